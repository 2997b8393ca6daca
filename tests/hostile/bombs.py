"""Small files that would cost a lot of memory or time if what they announce were believed.

Each function makes one file's bytes. What a decoder would do with it stands in its docstring.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
MEGA = 1 << 20


# PNG


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, rows: bytes | None = None, depth: int = 8) -> bytes:
    """A grey PNG; ``rows``: its scan lines as they are (``None``: black), after the ``extra`` chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    lines = bytes((width + 1) * height) if rows is None else rows
    parts = (chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND"))
    return PNG + b"".join(parts)


def png_of_gigapixels() -> bytes:
    """50,000 by 50,000 in a hundred bytes."""
    return png(50_000, 50_000, rows=b"\0" * 64)


def png_with_a_long_text() -> bytes:
    """20 kB of text that inflate to 20 MB."""
    return png(64, 64, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20 * MEGA), 9)))


def png_with_a_long_profile() -> bytes:
    """A colour profile that inflates to 20 MB."""
    return png(64, 64, chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(20 * MEGA), 9)))


def png_with_many_texts() -> bytes:
    """A hundred texts of just under a megabyte each: none is too long alone."""
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(MEGA - 100), 9))
    return png(64, 64, *[text] * 100)


def png_of_empty_chunks() -> bytes:
    """Four hundred thousand chunks without a byte in them, twelve bytes each."""
    whole = png(64, 64)
    start = whole.index(b"IDAT") - 4
    return whole[:start] + chunk(b"IDAT") * 400_000 + whole[start:]


def png_with_more_rows_than_it_says() -> bytes:
    """Says 64 rows and carries 20 MB of them."""
    return png(64, 64, rows=bytes(20 * MEGA))


def apng(frames: int, side: int = 64) -> bytes:
    """An animated PNG of that many frames."""
    pictures = [Image.new("L", (side, side), 40 + at % 200) for at in range(frames)]
    return _saved(pictures, "PNG")


# JPEG


def jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def jpeg_of_many_scans(side: int = 2048, scans: int = 4000) -> bytes:
    """A progressive JPEG that repeats its last scan: each goes over every block of the picture again."""
    content = jpeg(Image.new("L", (side, side), 128), progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + b"\xff\xd9"


def jpeg_of_empty_segments() -> bytes:
    """A million comments without a byte in them."""
    content = jpeg(Image.new("L", (64, 64), 128))
    return content[:2] + b"\xff\xfe\x00\x02" * 1_000_000 + content[2:]


def jpeg_of_fill_bytes(size: int = 20 * MEGA) -> bytes:
    """FF may be repeated before a marker: here no marker follows."""
    return jpeg(Image.new("L", (64, 64), 128))[:-2] + b"\xff" * size


def jpeg_of_many_fill_bytes() -> bytes:
    """A thousand FF and a zero, over and over."""
    return jpeg(Image.new("L", (64, 64), 128))[:-2] + (b"\xff" * 1000 + b"\0") * 20_000


def jpeg_that_says_it_is_huge() -> bytes:
    """The size in the header made 65,000 by 65,000."""
    content = bytearray(jpeg(Image.new("L", (64, 64), 128)))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    return bytes(content)


def jpeg_whose_tags_overlap(entries: int = 1000, size: int = 5 * MEGA) -> bytes:
    """EXIF in segments that are put together: a thousand tags that all point at the same five megabytes."""
    exif = overlapping_tags(entries, size)
    pieces = [exif[at : at + 65_000] for at in range(0, len(exif), 65_000)]
    segments = b"".join(
        b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(piece)) + b"Exif\0\0" + piece for piece in pieces
    )
    content = jpeg(Image.new("L", (64, 64), 128))
    end_of_jfif = 2 + 2 + int.from_bytes(content[4:6], "big")
    return content[:2] + segments + content[end_of_jfif:]


# TIFF


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    packed = struct.pack("<I", value) if kind != 3 or count != 1 else struct.pack("<HH", value, 0)
    return struct.pack("<HHI", tag, kind, count) + packed


def directory(*entries: bytes, following: int = 0) -> bytes:
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)


#: TIFF types by number.
BYTE, SHORT, LONG, RATIONAL = 1, 3, 4, 5


def tiff(
    width: int = 64,
    height: int = 64,
    *extra: bytes,
    pixels: bytes | None = None,
    compression: int = 1,
    rows_per_strip: int | None = None,
    following: int = 0,
    leave_out: tuple[int, ...] = (),
    tail: bytes = b"",
) -> bytes:
    """A grey TIFF, little endian, with ``extra`` entries; its pixels are at byte 8, then comes ``tail``."""
    data = bytes(width * height) if pixels is None else pixels
    entries = {
        256: entry(256, LONG, 1, width),
        257: entry(257, LONG, 1, height),
        258: entry(258, SHORT, 1, 8),
        259: entry(259, SHORT, 1, compression),
        262: entry(262, SHORT, 1, 1),
        273: entry(273, LONG, 1, 8),
        277: entry(277, SHORT, 1, 1),
        278: entry(278, LONG, 1, rows_per_strip or height),
        279: entry(279, LONG, 1, len(data)),
    }
    kept = [value for tag, value in entries.items() if tag not in leave_out]
    ordered = sorted([*kept, *extra], key=lambda packed: struct.unpack("<H", packed[:2]))
    body = data + tail
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory(*ordered, following=following)


def overlapping_tags(entries: int, size: int) -> bytes:
    """A TIFF structure (as EXIF has it) whose tags all point at the same ``size`` bytes: read one by one,
    they are ``entries`` times as many."""
    table = directory(*(entry(40_000 + at, BYTE, size, 8) for at in range(entries)))
    return b"II*\0" + struct.pack("<I", 8 + size) + bytes(size) + table


def tiff_whose_tags_overlap(entries: int = 1000, size: int = 5 * MEGA) -> bytes:
    """The same as a picture: 5 MB that are read as 5 GB."""
    tags = [entry(40_000 + at, BYTE, size, 8) for at in range(entries)]
    return tiff(64, 64, *tags, tail=bytes(size))


def tiff_with_a_sub_directory_of_overlapping_tags(entries: int = 1000, size: int = 5 * MEGA) -> bytes:
    """The tags are in the directory of EXIF, which is read after the picture."""
    tags = directory(*(entry(40_000 + at, BYTE, size, 8) for at in range(entries)))
    start = 8 + 64 * 64 + size
    return tiff(64, 64, entry(34_665, LONG, 1, start), tail=bytes(size) + tags)


def tiff_with_a_million_resolutions() -> bytes:
    """A resolution of a million fractions, each of which becomes an object."""
    return tiff(64, 64, entry(282, RATIONAL, 1_000_000, 8 + 64 * 64), tail=b"\1\0\0\0\1\0\0\0" * 1_000_000)


def tiff_of_a_huge_tile() -> bytes:
    """64 by 64 pixels in a single tile of 30,000 by 30,000, deflated: 900 MB to get at 4 kB."""
    data = zlib.compress(bytes(64 * MEGA), 9)
    tile = (
        entry(322, LONG, 1, 30_000 // 16 * 16),
        entry(323, LONG, 1, 30_000 // 16 * 16),
        entry(324, LONG, 1, 8),
        entry(325, LONG, 1, len(data)),
    )
    return tiff(64, 64, *tile, pixels=data, compression=8, leave_out=(273, 278, 279))


def tiff_of_a_huge_strip() -> bytes:
    """A strip that says it is four gigabytes long."""
    content = bytearray(tiff())
    at = content.index(struct.pack("<HHI", 279, LONG, 1)) + 8
    content[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(content)


def tiff_of_many_strips() -> bytes:
    """A hundred thousand strips, each of which is read by itself."""
    offsets = struct.pack("<I", 8) * 100_000
    start = 8 + 64 * 64
    strips = (entry(273, LONG, 100_000, start), entry(279, LONG, 100_000, start + len(offsets)))
    return tiff(64, 64, *strips, tail=offsets + struct.pack("<I", 1) * 100_000, leave_out=(273, 279))


def tiff_of_damaged_fax() -> bytes:
    """Six thousand rows of a fax, each of which would be a line in the log."""
    data = np.random.default_rng(0).integers(0, 256, 200_000, dtype=np.uint8).tobytes()
    one_bit = entry(258, SHORT, 1, 1)
    return tiff(6000, 6000, one_bit, pixels=data, compression=4, leave_out=(258,))


def tiff_that_says_it_is_huge() -> bytes:
    return tiff(60_000, 60_000, pixels=bytes(64))


def tiff_that_goes_round() -> bytes:
    """Its directory says that it is followed by itself."""
    return tiff(following=8 + 64 * 64)


# GIF, WebP, BMP


def gif(frames: int) -> bytes:
    rng = np.random.default_rng(0)
    shapes = rng.integers(0, 2, (frames, 8, 8), dtype=np.uint8) * 255
    return _saved([Image.fromarray(shape) for shape in shapes], "GIF")


def webp(frames: int, side: int = 64) -> bytes:
    return _saved([Image.new("RGB", (side, side), (at % 255, 9, 9)) for at in range(frames)], "WEBP")


def webp_of_a_huge_canvas(side: int = 30_000) -> bytes:
    """A canvas of that side around a picture of 64 pixels: the decoder takes memory for it at once."""
    still = _saved([Image.new("RGB", (64, 64), (9, 9, 9))], "WEBP")
    frame = still[12:]
    placed = bytes(6) + (63).to_bytes(3, "little") * 2 + bytes(3) + b"\0" + frame
    canvas = b"\x02\0\0\0" + (side - 1).to_bytes(3, "little") * 2
    parts = riff(b"VP8X", canvas) + riff(b"ANIM", bytes(6)) + riff(b"ANMF", placed)
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp_whose_tags_overlap(entries: int = 1000, size: int = 5 * MEGA) -> bytes:
    still = _saved([Image.new("RGB", (64, 64), (9, 9, 9))], "WEBP")
    canvas = b"\x08\0\0\0" + (63).to_bytes(3, "little") * 2
    parts = riff(b"VP8X", canvas) + still[12:] + riff(b"EXIF", overlapping_tags(entries, size))
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def bmp(width: int, height: int, data: bytes, bits: int = 24, compression: int = 0) -> bytes:
    palette = bytes(4 * 256) if bits == 8 else b""
    offset = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + palette + data


def bmp_of_runs_that_end_nowhere() -> bytes:
    """Run lengths (a decoder in Python) of which all but the first row add nothing: three million steps."""
    return bmp(64, 64, b"\xff\x01" * 3_000_000, bits=8, compression=1)


def bmp_of_line_ends() -> bytes:
    """A pixel and an end of line, over and over: each line is filled up a byte at a time."""
    return bmp(6000, 6000, b"\x01\x01\x00\x00" * 6000, bits=8, compression=1)


def _saved(pictures: list[Image.Image], form: str) -> bytes:
    buffer = io.BytesIO()
    pictures[0].save(buffer, form, save_all=len(pictures) > 1, append_images=pictures[1:])
    return buffer.getvalue()
