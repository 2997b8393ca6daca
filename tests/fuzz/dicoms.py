"""DICOM data sets, sound and not: absurd values, wrong types and lengths, tables, frames, every syntax."""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from tests.fuzz.mutations import CHANGES, Change, changed
from tests.fuzz.pictures import HEIGHT, WIDTH, sound
from tests.hostile.dicom_bombs import element

_LONG = frozenset(("OB", "OW", "OF", "SQ", "UN", "UT", "UC"))
_KINDS = ("US", "SS", "IS", "DS", "CS", "LO", "PN", "SQ", "OB", "OW", "UN", "UT", "AT", "FL", "FD", "ZZ")
_ENCAPSULATED = (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEG2000,
    JPEG2000Lossless,
    RLELossless,
)
_SYNTAXES = (
    *(ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian),
    *_ENCAPSULATED,
)
_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
#: What a number may be that is written in letters.
_NUMBERS_IN_LETTERS = (
    *("", "0", "-1", "1", "1.5", "128", "4096", "-400", "1e300", "-1e300", "1e400", "1e-320", "nan", "inf"),
    *("-inf", "2147483648", "9" * 40, "abc", "1\\2\\3", "\\", " 7 ", "40\\400", "0x10", "1_0", "٣"),
)
_SHORTS = (0, 1, 2, 3, 4, 7, 8, 9, 12, 16, 24, 32, 47, 64, 128, 255, 512, 4096, 32768, 65535)


@dataclass(frozen=True, slots=True)
class Element:
    """``said``: the length it claims, ``None`` for its own."""

    tag: int
    kind: str
    value: bytes
    said: int | None = None


@dataclass(frozen=True, slots=True)
class DicomFile:
    """What the file is made of, as which transfer syntax, and which texts in it are a person's."""

    syntax: str
    is_written_as: str
    elements: tuple[Element, ...]
    changes: tuple[Change, ...]
    secrets: tuple[str, ...]

    def content(self) -> bytes:
        order = ">" if self.syntax == ExplicitVRBigEndian else "<"
        explicit = self.syntax != ImplicitVRLittleEndian
        data = b"".join(_packed(one, order, explicit) for one in self.elements)
        if self.syntax == DeflatedExplicitVRLittleEndian:
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            data = packer.compress(data) + packer.flush()
        meta = element(2, 0x10, "UI", self.is_written_as.encode())
        return changed(bytes(128) + b"DICM" + meta + data, self.changes, sound("jpeg_grey"))


def _packed(one: Element, order: str, explicit: bool) -> bytes:
    value = one.value
    if one.kind in ("US", "SS", "AT", "OW") and order == ">":
        value = b"".join(value[at : at + 2][::-1] for at in range(0, len(value), 2))
    said = len(value) if one.said is None else one.said
    tag = struct.pack(f"{order}HH", one.tag >> 16, one.tag & 0xFFFF)
    if not explicit:
        return tag + struct.pack(f"{order}I", said % 2**32) + value
    if one.kind in _LONG:
        return tag + one.kind.encode() + struct.pack(f"{order}2xI", said % 2**32) + value
    return tag + one.kind.encode() + struct.pack(f"{order}H", said % 2**16) + value


def _mostly(sound: Sequence[Any], *odd: Any) -> st.SearchStrategy[Any]:
    """One of ``sound``, and one time in eight one of ``odd``: with all odd, nothing would be reached."""
    return st.integers(0, 7).flatmap(lambda one: st.sampled_from(tuple(odd if one == 7 else sound)))


def _mostly_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.integers(0, 3).flatmap(lambda one: st.lists(values, max_size=2 if one == 3 else 0))


def _text(value: str) -> bytes:
    content = value.encode("utf-8", "replace")
    return content + b" " * (len(content) % 2)


def _short(tag: int, value: int) -> Element:
    return Element(tag, "US", struct.pack("<H", value))


def _item(content: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(content)) + content


def _run_lengths(samples: int, size: int) -> bytes:
    """One plane after the other, all of one grey (PS3.5, annex G)."""
    plane = b"\x81\x40" * (size // 128 + 1)
    starts = [64 + at * len(plane) for at in range(samples)]
    return struct.pack("<16I", samples, *starts, *[0] * (15 - samples)) + plane * samples


def _jpeg_2000() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(buffer, "JPEG2000", no_jp2=True)
    return buffer.getvalue()


#: Of a person: nothing that any text of ours or of a library could have by chance.
SECRETS = st.text(min_size=1, max_size=12).map(lambda drawn: f"Zúñiga^Xq{drawn.replace(chr(92), '')}")
_OF_A_PERSON = (0x00100010, 0x00100020, 0x00080050, 0x00081030, 0x00104000, 0x00091001, 0x00281055)
_LETTERS = st.sampled_from(_NUMBERS_IN_LETTERS)


@st.composite
def _tables(draw: st.DrawFn, tag: int) -> Element:
    """A look-up table that may have fewer entries than it says, or none of it at all."""
    bits = draw(st.sampled_from((8, 8, 16, 0, 1, 32, 65535)))
    said, first = draw(st.sampled_from((256, 256, 0, 1, 65535))), draw(st.sampled_from((0, 1, 32768, 65535)))
    data = draw(st.sampled_from((512, 256, 0, 1, 131_070)))
    content = element(0x28, 0x3002, "US", struct.pack("<HHH", said, first, bits))
    content += element(0x28, 0x3006, draw(st.sampled_from(("OW", "US", "UN"))), bytes(range(256)) * 2)[:data]
    return Element(tag, "SQ", _item(content) * draw(st.integers(0, 2)))


@st.composite
def _pixels(draw: st.DrawFn, syntax: str, size: int, samples: int, bits: int, frames: int) -> Element:
    if syntax not in _ENCAPSULATED:
        length = size * samples * bits // 8 * frames
        kind, tag = draw(_mostly((("OW", 0x7FE00010),), ("OF", 0x7FE00008), ("OD", 0x7FE00009)))
        length += draw(_mostly((0,), -2, -1, 1, 2))
        return Element(tag, kind, (bytes(range(256)) * (length // 256 + 1))[: max(0, length)])
    runs = _run_lengths(min(samples * bits // 8, 15), size)
    coded = (_jpeg_2000(), sound("jpeg_grey" if samples == 1 else "jpeg_colour"))
    own = (runs,) if syntax == RLELossless else coded
    frame = draw(_mostly(own, runs, *coded, sound("jpeg_progressive"), b""))
    frame = changed(frame, tuple(draw(_mostly_none(CHANGES))))
    fragments = [_item(frame + bytes(len(frame) % 2))] * min(frames, 4)
    return Element(0x7FE00010, "OB", _item(b"") + b"".join(fragments) + _END, 0xFFFFFFFF)


@st.composite
def _elements(draw: st.DrawFn, syntax: str, secrets: tuple[str, ...]) -> tuple[Element, ...]:
    rows, columns = draw(_mostly(((HEIGHT, WIDTH),), (48, 48), (47, 64), (400, 50), (512, 512)))
    samples = draw(_mostly((1, 1, 1, 3), 0, 4))
    bits = draw(_mostly((8, 16), 0, 1, 12, 32, 64))
    stored = draw(_mostly((bits, min(bits, 8)), 12, 1))
    frames = draw(_mostly((1, 1, 1, 2, 5), 0, -1, 2**31))
    photometric = ("MONOCHROME1", "MONOCHROME2") if samples == 1 else ("RGB", "YBR_FULL", "YBR_ICT")
    found = [
        _short(0x00280002, samples),
        Element(0x00280004, "CS", _text(draw(_mostly(photometric, "PALETTE COLOR", "RGB", secrets[0])))),
        Element(0x00280008, "IS", _text(str(frames))),
        _short(0x00280006, draw(_mostly((0, 1), 2))),
        _short(0x00280010, rows),
        _short(0x00280011, columns),
        _short(0x00280100, bits),
        _short(0x00280101, stored),
        _short(0x00280102, draw(_mostly((max(stored, 1) - 1,), 0, 15, 255))),
        _short(0x00280103, draw(_mostly((0, 0, 1), 2))),
    ]
    for tag in (0x00281050, 0x00281051, 0x00281052, 0x00281053):
        if draw(st.booleans()):
            found.append(Element(tag, "DS", _text(draw(_LETTERS | st.just(secrets[0])))))
    for tag in (0x00283000, 0x00283010):
        if draw(st.integers(0, 3)) == 0:
            found.append(draw(_tables(tag)))
    for tag, secret in zip(draw(st.permutations(_OF_A_PERSON)), secrets, strict=False):
        found.append(Element(tag, draw(st.sampled_from(("PN", "LO", "UT", "UN"))), _text(secret)))
    if draw(st.booleans()):  # somebody else's data in this one's
        inner = _packed(found[-1], "<", syntax != ImplicitVRLittleEndian)
        for _ in range(draw(st.sampled_from((1, 2, 40)))):
            inner = element(0x08, 0x1140, "SQ", _item(inner))
        found.append(Element(0x00081140, "SQ", _item(inner)))
    found.append(draw(_pixels(syntax, rows * columns, samples, bits, min(max(frames, 1), 5))))
    for at, spoiled in draw(_mostly_none(st.tuples(st.integers(0, 30), _spoiling()))):
        at %= len(found)
        found[at : at + 1] = spoiled(found[at])
    return tuple(sorted(found, key=lambda one: one.tag) if draw(st.integers(0, 5)) else found)


def _spoiling() -> st.SearchStrategy:
    """Functions from an element to what stands in its place."""
    return st.one_of(
        st.just(lambda one: []),
        st.just(lambda one: [one, one]),
        st.sampled_from(_KINDS).map(lambda kind: lambda one: [replace(one, kind=kind)]),
        st.sampled_from((0, 1, 3, 2**15, 2**16 - 1, 2**31, 2**32 - 1)).map(
            lambda said: lambda one: [replace(one, said=said)]
        ),
        st.sampled_from(_SHORTS).map(lambda value: lambda one: [_short(one.tag, value)]),
        _LETTERS.map(lambda text: lambda one: [replace(one, value=_text(text))]),
        st.binary(max_size=9).map(lambda value: lambda one: [replace(one, value=value)]),
    )


@st.composite
def _files(draw: st.DrawFn) -> DicomFile:
    syntax = draw(st.sampled_from(_SYNTAXES))
    secrets = tuple(draw(st.lists(SECRETS, min_size=1, max_size=4)))
    written = draw(_mostly((syntax,), "1.2.840.10008.1.2.4.100", "1.2.3", "", secrets[0]))
    changes = tuple(draw(_mostly_none(CHANGES)))
    return DicomFile(str(syntax), written, draw(_elements(syntax, secrets)), changes, secrets)


DICOM_FILES: st.SearchStrategy[DicomFile] = _files()
