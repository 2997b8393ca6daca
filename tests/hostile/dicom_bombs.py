"""DICOM files that would cost a lot of memory or time if what they announce were believed."""

import io
import struct
import zlib

from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from tests.hostile.bombs import MEGA, jpeg_of_many_scans, jpeg_whose_tags_overlap

SIDE = 64
_LONG = ("OB", "OW", "SQ", "UN", "UT")


def element(group: int, number: int, kind: str, value: bytes, length: int | None = None) -> bytes:
    """One element in explicit VR, little endian; ``length`` is what it says of itself, else the truth."""
    value += b"\0" * (len(value) % 2)
    said = len(value) if length is None else length
    packed = struct.pack("<2xI", said) if kind in _LONG else struct.pack("<H", said)
    return struct.pack("<HH", group, number) + kind.encode() + packed + value


def short(number: int, value: int) -> bytes:
    return element(0x28, number, "US", struct.pack("<H", value))


def picture(
    rows: int = SIDE, columns: int = SIDE, frames: int = 1, bits: int = 8, pixels: bytes | None = None
) -> bytes:
    """The elements of a grey picture, without what comes before them in a file."""
    data = bytes(rows * columns * frames * bits // 8) if pixels is None else pixels
    return b"".join(
        (
            short(0x02, 1),
            element(0x28, 0x04, "CS", b"MONOCHROME2 "),
            element(0x28, 0x08, "IS", str(frames).encode() + b" " * (len(str(frames)) % 2)),
            short(0x10, rows),
            short(0x11, columns),
            short(0x100, bits),
            short(0x101, bits),
            short(0x102, bits - 1),
            short(0x103, 0),
            element(0x7FE0, 0x10, "OW", data),
        )
    )


def file_of(dataset: bytes, syntax: UID = ExplicitVRLittleEndian, before: bytes = b"") -> bytes:
    """A file of these elements; ``before`` stands before the transfer syntax."""
    return b"\0" * 128 + b"DICM" + before + element(2, 0x10, "UI", syntax.encode()) + dataset


def deflated(dataset: bytes, before: bytes = b"") -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(dataset) + packer.flush()
    return file_of(packed, DeflatedExplicitVRLittleEndian, before)


def deflated_bomb() -> bytes:
    """100 MB of nothing before the picture, deflated."""
    return deflated(element(0x09, 0x1001, "OB", bytes(100 * MEGA)) + picture())


def deflated_bomb_behind_a_long_header() -> bytes:
    """The same, and what says that it is deflated lies beyond the first 4,096 bytes."""
    before = element(2, 0x01, "OB", bytes(5000))
    return deflated(element(0x09, 0x1001, "OB", bytes(100 * MEGA)) + picture(), before)


def many_empty_items() -> bytes:
    """A sequence, without a length, of half a million empty items; each becomes an object."""
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * 500_000 + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return file_of(element(0x08, 0x1140, "SQ", b"", 0xFFFFFFFF) + items + picture())


def nested_sequences(depth: int = 100_000) -> bytes:
    """Sequences in sequences, a hundred thousand deep."""
    opened = element(0x08, 0x1140, "SQ", b"", 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return file_of(opened * depth)


def many_small_elements() -> bytes:
    """A million elements of nothing."""
    return file_of(struct.pack("<HH2sH", 0x09, 0x10, b"LO", 0) * 1_000_000 + picture())


def many_fragments() -> bytes:
    """Encapsulated pixel data in half a million pieces without a byte."""
    pieces = b"\xfe\xff\x00\xe0\0\0\0\0" * 500_000 + b"\xfe\xff\xdd\xe0\0\0\0\0"
    head = picture(pixels=b"")[: -len(element(0x7FE0, 0x10, "OW", b""))]
    return file_of(head + element(0x7FE0, 0x10, "OB", b"", 0xFFFFFFFF) + pieces, JPEGBaseline8Bit)


def ten_thousand_frames() -> bytes:
    """A tiny picture, ten thousand times: only the middle one needs decoding."""
    return file_of(picture(frames=10_000, rows=50, columns=50))


def rle_of_many_frames(frames: int = 2000) -> bytes:
    """Two thousand frames of run lengths, of which one is wanted."""
    head = struct.pack("<II", 1, 64) + bytes(56)
    frame = head + bytes((0x81, 7)) * (256 * 256 // 128)
    return _encapsulated([frame] * frames, RLELossless, rows=256, columns=256, frames=frames)


def rle_that_swells() -> bytes:
    """Run lengths of a gigabyte for a picture of 64 by 64."""
    frame = struct.pack("<II", 1, 64) + bytes(56) + b"\x81\x07" * (8 * MEGA)
    return _encapsulated([frame], RLELossless)


def jpeg_that_says_another_size(side: int = 12_000) -> bytes:
    """A JPEG of 144 million pixels in a file that says 64 by 64."""
    buffer = io.BytesIO()
    Image.new("L", (side, side)).save(buffer, "JPEG")
    return _encapsulated([buffer.getvalue()], JPEGBaseline8Bit)


def jpeg_2000_that_says_another_size(side: int = 12_000) -> bytes:
    """A JPEG 2000 whose header was made to say 144 million pixels, in a file that says 64 by 64."""
    buffer = io.BytesIO()
    Image.new("L", (SIDE, SIDE)).save(buffer, "JPEG2000", no_jp2=True)
    content = bytearray(buffer.getvalue())
    at = content.index(b"\xff\x51") + 6  # SIZ: the size of the picture, then where it begins, then a tile
    content[at : at + 8] = struct.pack(">II", side, side)
    content[at + 16 : at + 24] = struct.pack(">II", side, side)
    return _encapsulated([bytes(content)], JPEG2000)


def jpeg_of_many_scans_inside() -> bytes:
    return _encapsulated([jpeg_of_many_scans()], JPEGBaseline8Bit, rows=2048, columns=2048)


def jpeg_whose_tags_overlap_inside() -> bytes:
    return _encapsulated([jpeg_whose_tags_overlap()], JPEGBaseline8Bit)


def announces(rows: int, columns: int, frames: int = 1) -> bytes:
    """A header that says so much, and 64 bytes of it."""
    return file_of(picture(rows, columns, frames, bits=16, pixels=bytes(64)))


def _encapsulated(encoded: list[bytes], syntax: UID, **tags: int) -> bytes:
    size = {"rows": SIDE, "columns": SIDE} | tags
    head = picture(**size, pixels=b"")[: -len(element(0x7FE0, 0x10, "OW", b""))]
    data = element(0x7FE0, 0x10, "OB", encapsulate(encoded), 0xFFFFFFFF)
    return file_of(head + data + b"\xfe\xff\xdd\xe0\0\0\0\0", syntax)
