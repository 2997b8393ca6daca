"""Changes to a file that say what they do, so that the smallest file that fails can be read.

A file is cut where its format cuts it (segments, chunks, directory entries), changed there, and put together
again as its format wants it: with the checksums of a PNG, the length of a WebP, a directory of a TIFF.
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

#: What stands where a length, a size or an offset should.
NUMBERS = (0, 1, 2, 7, 47, 48, 63, 255, 512, 2**15 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
_CODES = ("<B", "<H", ">H", "<I", ">I")
#: A number that means something stands at the beginning of its part.
_HEAD = 48


@dataclass(frozen=True, slots=True)
class Change:
    """``drop``, ``double`` and ``move`` (to ``to``) the part ``at``; ``number``: ``value``, packed as
    ``code``, ``to`` bytes into it. ``cut`` the file ``at``; ``flip`` the bits of ``value`` there; ``splice``:
    from there on, another file from ``to`` on. Every place is taken modulo what there is."""

    kind: Literal["drop", "double", "move", "number", "cut", "flip", "splice"]
    at: int
    to: int = 0
    value: int = 0
    code: str = "<H"


_PART, _PLACE = st.integers(0, 20), st.integers(0, 20_000)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(Change, st.sampled_from(("drop", "double")), _PART),
    st.builds(Change, st.just("move"), _PART, _PART),
    *[
        st.builds(
            Change,
            st.just("number"),
            _PART,
            st.integers(0, _HEAD - 1),
            st.sampled_from(NUMBERS),
            st.sampled_from(_CODES),
        )
    ]
    * 3,
    st.builds(Change, st.just("cut"), _PLACE),
    st.builds(Change, st.just("flip"), _PLACE, value=st.integers(1, 255)),
    st.builds(Change, st.just("splice"), _PLACE, _PLACE),
)


def changed(content: bytes, changes: tuple[Change, ...], other: bytes = b"") -> bytes:
    """``content`` after ``changes``, one after the other."""
    for change in changes:
        if not content:
            break
        if change.kind in ("cut", "flip", "splice"):
            content = _bytes_changed(content, change, other)
        else:
            split, join = _format_of(content)
            content = join(_parts_changed(split(content), change))
    return content


def _bytes_changed(content: bytes, change: Change, other: bytes) -> bytes:
    at = change.at % len(content)
    if change.kind == "cut":
        return content[:at]
    if change.kind == "flip":
        return content[:at] + bytes([content[at] ^ change.value]) + content[at + 1 :]
    return content[:at] + other[change.to % max(1, len(other)) :]


def _parts_changed(parts: list[bytes], change: Change) -> list[bytes]:
    at = change.at % len(parts)
    part = parts[at]
    if change.kind == "drop":
        return parts[:at] + parts[at + 1 :]
    if change.kind == "double":
        return [*parts[:at], part, *parts[at:]]
    if change.kind == "move":
        rest = parts[:at] + parts[at + 1 :]
        to = change.to % len(parts)
        return [*rest[:to], part, *rest[to:]]
    size = struct.calcsize(change.code)
    number = struct.pack(change.code, change.value % 256**size)
    to = change.to % max(1, min(len(part), _HEAD))
    return [*parts[:at], part[:to] + number + part[to + size :], *parts[at + 1 :]]


Split, Join = Callable[[bytes], list[bytes]], Callable[[list[bytes]], bytes]


def _format_of(content: bytes) -> tuple[Split, Join]:
    for magic, split, join in (
        (b"\xff\xd8", _segments, b"".join),
        (b"\x89PNG", _chunks, _with_checksums),
        (b"RIFF", _riff, _with_length),
        (b"II*\0", _entries, _with_directory),
        (b"MM\0*", _entries, _with_directory),
        (b"BM", _bmp_parts, b"".join),
    ):
        if content.startswith(magic):
            return split, join
    return _slices, b"".join


def _slices(content: bytes) -> list[bytes]:
    return [content[at : at + 64] for at in range(0, len(content), 64)]


def _segments(content: bytes) -> list[bytes]:
    """The segments of a JPEG, each with what is coded after it."""
    starts = [found.start() for found in re.finditer(rb"\xff[\x01-\xcf\xd8-\xff]", content)]
    return [content[a:b] for a, b in zip(starts, [*starts[1:], len(content)], strict=True)]


def _chunks(content: bytes) -> list[bytes]:
    return [content[:8], *_by_length(content, 8, ">I", 12)]


def _riff(content: bytes) -> list[bytes]:
    return [content[:12], *_by_length(content, 12, "<I", 8)]


def _by_length(content: bytes, at: int, code: str, more: int) -> list[bytes]:
    """Pieces that say how long they are without ``more`` bytes: a PNG's first, a WebP's after their name."""
    parts = []
    while at < len(content):
        said = content[at + (4 if code == "<I" else 0) :][:4]
        length = struct.unpack(code, said)[0] if len(said) == 4 else 0
        end = at + more + length + (length % 2 if code == "<I" else 0)
        parts.append(content[at:end])
        at = end
    return parts


def _with_checksums(parts: list[bytes]) -> bytes:
    return b"".join(
        part[:-4] + struct.pack(">I", zlib.crc32(part[4:-4])) if len(part) >= 12 else part for part in parts
    )


def _with_length(parts: list[bytes]) -> bytes:
    content = b"".join(parts)
    return content[:4] + struct.pack("<I", max(0, len(content) - 8) % 2**32) + content[8:]


def _entries(content: bytes) -> list[bytes]:
    """A TIFF without its directory, and each entry of that."""
    order = "<" if content.startswith(b"II") else ">"
    try:
        (table,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, table)
    except struct.error:
        return [content]
    places = range(table + 2, table + 2 + 12 * count, 12)
    return [content, *(content[at : at + 12] for at in places if at + 12 <= len(content))]


def _with_directory(parts: list[bytes]) -> bytes:
    """The first part keeps its bytes where they are: a directory is written after them."""
    content, *entries = parts if parts and len(parts[0]) >= 8 else [b"II*\0" + bytes(4), *parts]
    order = "<" if content.startswith(b"II") else ">"
    head = content[:4] + struct.pack(f"{order}I", len(content))
    return head + content[8:] + struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)


def _bmp_parts(content: bytes) -> list[bytes]:
    start = struct.unpack_from("<I", content.ljust(14, b"\0"), 10)[0]
    return [content[:14], content[14:54], content[54:start], content[max(54, start) :]]
