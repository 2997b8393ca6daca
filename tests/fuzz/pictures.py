"""Small sound pictures of every format that is read, and strategies of what may come in their place."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.fuzz.mutations import CHANGES, Change, changed
from tests.hostile.bombs import LONG, SHORT, bmp, entry, tiff

WIDTH, HEIGHT = 64, 56


@cache
def _grey() -> Image.Image:
    """A gradient with a little noise: something for every predictor to work on."""
    noise = np.random.default_rng(0).integers(0, 20, (HEIGHT, WIDTH))
    return Image.fromarray((np.indices((HEIGHT, WIDTH)).sum(axis=0) * 1.9 + noise).astype(np.uint8))


def _saved(mode: str, form: str, **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        buffer = io.BytesIO()
        _grey().convert(mode).save(buffer, form, **options)
        return buffer.getvalue()

    return make


def _of_array(dtype: str, form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        buffer = io.BytesIO()
        values = np.asarray(_grey()).astype(dtype) * (1 if dtype == "float32" else 200)
        Image.fromarray(values).save(buffer, form)
        return buffer.getvalue()

    return make


def _colour_of_16_bits(form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        values = np.dstack([np.asarray(_grey(), np.uint16) * 257] * 3)
        return cv2.imencode(form, values)[1].tobytes()

    return make


def _animated(form: str) -> Callable[[], bytes]:
    return lambda: _saved(
        "RGB", form, save_all=True, append_images=[_grey().rotate(90 * at).convert("RGB") for at in (1, 2)]
    )()


def _palette_and_transparency() -> bytes:
    buffer = io.BytesIO()
    _grey().quantize(4).save(buffer, "PNG", transparency=1)
    return buffer.getvalue()


def _tiled(compression: int) -> Callable[[], bytes]:
    """Four by four tiles of 16 by 16, the last row of them half empty."""

    def make() -> bytes:
        whole = np.pad(np.asarray(_grey()), ((0, 64 - HEIGHT), (0, 64 - WIDTH)))
        tiles = whole.reshape(4, 16, 4, 16).swapaxes(1, 2).tobytes()
        count, start = 16, 8 + len(tiles)
        offsets = struct.pack("<16I", *range(8, start, 256))
        tags = (
            entry(322, SHORT, 1, 16),
            entry(323, SHORT, 1, 16),
            entry(324, LONG, count, start),
            entry(325, LONG, count, start + len(offsets)),
        )
        tail = offsets + struct.pack("<16I", *[256] * 16)
        return tiff(
            WIDTH, HEIGHT, *tags, pixels=tiles, tail=tail, compression=compression, leave_out=(273, 278, 279)
        )

    return make


def _run_lengths() -> bytes:
    """BMP's: each row two literal runs, and an end of line."""
    row = bytes(range(32))
    return bmp(WIDTH, HEIGHT, (b"\0\x20" + row) * 2 * HEIGHT + b"\0\1", bits=8, compression=1)


def _run_lengths_of_4_bits() -> bytes:
    """Each row one run of two colours; the palette stands between header and runs."""
    content = bmp(WIDTH, HEIGHT, bytes(64) + bytes((WIDTH, 0x5A, 0, 0)) * HEIGHT + b"\0\1", 4, 2)
    return content[:10] + struct.pack("<I", 54 + 64) + content[14:]


SOUND: dict[str, Callable[[], bytes]] = {
    "jpeg_grey": _saved("L", "JPEG"),
    "jpeg_colour": _saved("RGB", "JPEG", subsampling="4:2:0", comment=b"hola"),
    "jpeg_progressive": _saved("RGB", "JPEG", progressive=True),
    "jpeg_cmyk": _saved("CMYK", "JPEG"),
    "jpeg_restarts": _saved("L", "JPEG", restart_marker_rows=1),
    **{f"png_{mode}": _saved(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")},
    "png_2_bits": _saved("P", "PNG", bits=2),
    "png_see_through": _palette_and_transparency,
    "png_colour_16": _colour_of_16_bits(".png"),
    "png_animated": _animated("PNG"),
    "webp_lossy": _saved("RGB", "WEBP"),
    "webp_lossless": _saved("RGB", "WEBP", lossless=True),
    "webp_alpha": _saved("LA", "WEBP", exact=True),
    "webp_animated": _animated("WEBP"),
    **{
        f"tiff_{mode}_{packed}": _saved(mode, "TIFF", compression=packed)
        for mode, packed in (
            ("1", "packbits"),
            ("L", None),
            ("L", "tiff_lzw"),
            ("RGB", "tiff_adobe_deflate"),
            ("RGB", "jpeg"),
            ("YCbCr", "jpeg"),
            ("P", "packbits"),
            ("CMYK", "tiff_lzw"),
            ("RGBA", None),
        )
    },
    "tiff_strips": _saved("RGB", "TIFF", compression="tiff_lzw", strip_size=1024),
    "tiff_big_endian": _of_array(">u2", "TIFF"),
    "tiff_16": _of_array("uint16", "TIFF"),
    "tiff_float": _of_array("float32", "TIFF"),
    "tiff_signed": _of_array("int32", "TIFF"),
    "tiff_tiles": _tiled(1),
    "tiff_colour_16": _colour_of_16_bits(".tiff"),
    "bmp_1": _saved("1", "BMP"),
    "bmp_8": _saved("P", "BMP"),
    "bmp_24": _saved("RGB", "BMP"),
    "bmp_32": _saved("RGBA", "BMP"),
    "bmp_run_lengths": _run_lengths,
    "bmp_run_lengths_4": _run_lengths_of_4_bits,
}

_MAGICS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x40\0\0\0WEBP",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"BM",
    bytes(128) + b"DICM",
    b"",
)


@cache
def sound(label: str) -> bytes:
    return SOUND[label]()


@dataclass(frozen=True, slots=True)
class Damaged:
    """The sound file ``label`` after ``changes``; a splice goes on with the file ``other``."""

    label: str
    changes: tuple[Change, ...]
    other: str = "jpeg_grey"

    def content(self) -> bytes:
        return changed(sound(self.label), self.changes, sound(self.other))


_LABELS = st.sampled_from(sorted(SOUND))
DAMAGED: st.SearchStrategy[Damaged] = st.builds(
    Damaged, _LABELS, st.lists(CHANGES, min_size=1, max_size=4).map(tuple), _LABELS
)
NOISE: st.SearchStrategy[bytes] = st.builds(bytes.__add__, st.sampled_from(_MAGICS), st.binary(max_size=400))
