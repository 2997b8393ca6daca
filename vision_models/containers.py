"""What of a picture file may reach a decoder: the pixels, and what it takes to decode them.

Texts, profiles, thumbnails, EXIF, further frames and whatever follows the end are cut out of the file
before: a decoder that never sees them cannot be kept busy with them, and cannot give them away. Only
which way is up is read, here.
"""

import re
import struct
from dataclasses import dataclass

from vision_models.image_limits import MAX_PIXELS, SLOW_PIXELS, ImageError

#: Segments of a JPEG, chunks of a PNG or a WebP: more would only take time.
MAX_PARTS = 50_000
#: Values of one entry of a TIFF: strips, for one, of which a picture has at most one a row.
MAX_VALUES = 32_768
#: Pixels that all scans of a progressive JPEG may go over: 40 for the largest picture, where 10 are usual.
MAX_SCANNED = 40 * MAX_PIXELS
#: Pixels and bytes of a BMP of run lengths, which Pillow decodes in Python.
MAX_RUNS = 1 << 22


@dataclass(frozen=True, slots=True)
class Container:
    """``form`` as Pillow names it, ``content`` without all that is no picture, ``orientation`` as in EXIF
    (1 to 8, 1 being upright)."""

    form: str
    content: bytes
    orientation: int = 1


#: What a DICOM file begins with: so many bytes of anything, then its name (PS3.10, 7.1).
DICOM_PREAMBLE, DICOM_MAGIC = 128, b"DICM"


def is_dicom(content: bytes) -> bool:
    return content[DICOM_PREAMBLE : DICOM_PREAMBLE + len(DICOM_MAGIC)] == DICOM_MAGIC


def open_container(content: bytes) -> Container | None:
    """The file as a decoder may see it; ``None`` where it is of no kind that is read.

    Raises ``ImageError``, or whatever a file that breaks off makes ``struct`` raise.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return plain_jpeg(content)
    if content.startswith(_PNG):
        return _plain_png(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _plain_webp(content)
    if content.startswith((b"II*\0", b"MM\0*")):
        return _plain_tiff(content)
    if content.startswith(b"BM"):
        return _plain_bmp(content)
    return None


# JPEG (ITU T.81, annex B)

_SOI, _EOI, _SOS, _APP0, _APP1, _APP14, _APP15, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: The next marker but the restarts, which are among the coded pixels, and TEM; FF 00 is a coded FF. Several
#: FF may fill up what is before a marker: the last one begins it. (With ``\xff+`` a run of them that ends in
#: no marker would be gone through from each of them again.)
_NEXT_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")


def plain_jpeg(content: bytes) -> Container:
    """Without comments and applications' segments but JFIF's and Adobe's, which tell what the colours are,
    and without what follows the end."""
    kept, at, pixels, scans, exif = [b"\xff\xd8"], 2, 0, 0, b""
    for _ in range(MAX_PARTS):
        found = _NEXT_MARKER.search(content, at)
        if scans:
            kept.append(content[at : found.start()] if found else content[at:].rstrip(b"\xff"))
        if found is None or found[1][0] == _EOI:
            end = b"\xff\xd9" if found else b""
            return Container("JPEG", b"".join((*kept, end)), _orientation(exif))
        marker, start = found[1][0], found.end()
        at = start + max(2, int.from_bytes(content[start : start + 2]))
        segment = content[start:at]
        if marker == _APP1 and segment[2:8] == b"Exif\0\0":
            exif = exif or segment[8:]
        if marker in _SOF:
            pixels = max(pixels, int.from_bytes(segment[3:5]) * int.from_bytes(segment[5:7]))
        scans += marker == _SOS
        if scans * pixels > MAX_SCANNED:
            raise ImageError("too_large")
        meant = (marker == _APP0 and segment[2:6] == b"JFIF") or (
            marker == _APP14 and segment[2:7] == b"Adobe"
        )
        if meant or not (_APP0 <= marker <= _APP15 or marker == _COM):
            kept.append(found[0] + segment)
    raise ImageError("unreadable")


def _orientation(exif: bytes) -> int:
    """Which way is up, by the first directory of EXIF (JEITA CP-3451, tag 0x0112)."""
    order = "<" if exif.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", exif, at)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(f"{order}{'I' if kind == _LONG else 'H'}", exif, at + 8)
                return _upright_unless_said(value)
    except struct.error:  # it breaks off, or points nowhere
        pass
    return 1


def _upright_unless_said(value: int) -> int:
    return value if value in range(1, 9) else 1


# PNG (W3C PNG, third edition, section 5)

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def _plain_png(content: bytes) -> Container:
    """Size, palette and pixels: of an animation its first picture."""
    kept, at, exif = [_PNG], len(_PNG), b""
    for _ in range(MAX_PARTS):
        kind, end = content[at + 4 : at + 8], at + 12 + int.from_bytes(content[at : at + 4])
        if kind in _PNG_CHUNKS:
            kept.append(content[at:end])
        elif kind == b"eXIf":
            exif = exif or content[at + 8 : end - 4]
        if kind == b"IEND" or end >= len(content):
            return Container("PNG", b"".join(kept), _orientation(exif))
        at = end
    raise ImageError("unreadable")


# WebP (RFC 9649, section 2)

_WEBP_CHUNKS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
#: What a header says of profile, EXIF and XMP.
_WEBP_EXTRAS = 0b00101100


def _plain_webp(content: bytes) -> Container:
    """Pixels, and of an animation its first frame. The size is checked here: the decoder takes memory for
    the whole canvas when it is opened, before anyone can ask it."""
    kept: list[bytes] = []
    at, frames, exif = 12, 0, b""
    for _ in range(MAX_PARTS):
        kind, (length,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        chunk = content[at : at + 8 + length + length % 2]
        frames += kind == b"ANMF"
        width, height = _webp_size(kind, chunk)
        if width * height > MAX_PIXELS:
            raise ImageError("too_large")
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_EXTRAS]) + chunk[9:]
        elif kind == b"EXIF":
            exif = exif or chunk[8:].removeprefix(b"Exif\0\0")
        if kind in _WEBP_CHUNKS and not (kind == b"ANMF" and frames > 1):
            kept.append(chunk)
        at += 8 + length + length % 2
        if at + 8 > len(content):
            body = b"WEBP" + b"".join(kept)
            return Container("WEBP", b"RIFF" + struct.pack("<I", len(body)) + body, _orientation(exif))
    raise ImageError("unreadable")


def _webp_size(kind: bytes, chunk: bytes) -> tuple[int, int]:
    """Width and height that a chunk announces, if it announces any."""
    if kind == b"VP8X":
        return 1 + int.from_bytes(chunk[12:15], "little"), 1 + int.from_bytes(chunk[15:18], "little")
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", chunk, 14)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", chunk, 9)
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    return 0, 0


# TIFF (6.0, sections 2, 8, 14 and 15)

_COMPRESSION, _ORIENTATION, _TILE_WIDTH, _TILE_LENGTH = 259, 274, 322, 323
#: None, LZW, JPEG, deflate (two numbers) and PackBits. Not fax: of each damaged row libtiff itself writes a
#: line to the log, and no scan is in black and white alone.
_TIFF_COMPRESSIONS = (1, 5, 7, 8, 32946, 32773)
#: Size, depth, compression, colours, strips and tiles. Not EXIF, texts, profiles, and further pictures.
_TIFF_TAGS = frozenset(
    {
        *(256, 257, 258, _COMPRESSION, 262, 266, 273, 277, 278, 279, 284, 317, 320),
        *(_TILE_WIDTH, _TILE_LENGTH, 324, 325, 338, 339, 347, 529, 530, 531, 532),
    }
)
_TIFF_READ = _TIFF_TAGS | {_ORIENTATION}
_SHORT, _LONG = 3, 4


def _plain_tiff(content: bytes) -> Container:
    """The file with a directory of its own, at the end, of the entries that the picture needs."""
    order = "<" if content.startswith(b"II") else ">"
    (table,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, table)
    entries: dict[int, bytes] = {}
    numbers: dict[int, int] = {}
    for at in range(table + 2, table + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(f"{order}HHI", content, at)
        if tag in numbers or tag not in _TIFF_READ:
            continue
        if values > MAX_VALUES or (tag in (_TILE_WIDTH, _TILE_LENGTH) and kind not in (_SHORT, _LONG)):
            raise ImageError("unreadable")
        (numbers[tag],) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", content, at + 8)
        if tag in _TIFF_TAGS:
            entries[tag] = content[at : at + 12]
    if numbers.get(_COMPRESSION, 1) not in _TIFF_COMPRESSIONS:
        raise ImageError("compressed")
    if numbers.get(_TILE_WIDTH, 0) * numbers.get(_TILE_LENGTH, 0) > SLOW_PIXELS:
        raise ImageError("too_large")
    body = content[8:] + bytes(len(content) % 2)
    head = content[:4] + struct.pack(f"{order}I", 8 + len(body))
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries.values()) + bytes(4)
    return Container("TIFF", head + body + directory, _upright_unless_said(numbers.get(_ORIENTATION, 1)))


# BMP

_RUN_LENGTHS = (1, 2)


def _plain_bmp(content: bytes) -> Container:
    """As it is: it holds nothing but pixels."""
    (size,) = struct.unpack_from("<I", content, 14)
    if size >= 40:
        width, height, compression = struct.unpack_from("<ii4xI", content, 18)
        if compression in _RUN_LENGTHS and abs(width * height) + len(content) > MAX_RUNS:
            raise ImageError("too_large")
    return Container("BMP", content)
