"""Bytes to array. An upload is hostile until it has passed here; what comes out has pixels and nothing else.

Formats are known by content, never by name. Identifiers, EXIF and every other tag stay behind.
"""

import threading
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vision_models.containers import is_dicom, open_container
from vision_models.grey_levels import window
from vision_models.image_limits import (
    ENOUGH,
    MAX_BYTES,
    MAX_PIXELS,
    MIN_SIDE,
    BoundedStream,
    ImageError,
    check_size,
)
from vision_models.preprocess import in_three

__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "MIN_SIDE", "ImageError", "decode", "read_file"]

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
#: How a picture comes upright, by its orientation (EXIF 2.32, tag 0x0112).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: One upload is decoded at a time, so that together they need no more memory than the largest; and what
#: decoders warn of, which may quote the file, is kept from the log without a thread undoing it for another.
_ONE_AT_A_TIME = threading.Lock()


def read_file(path: Path) -> bytes | None:
    """The bytes of a file, at most one more than allowed; ``None`` where it cannot be read."""
    try:
        if not path.is_file():  # a pipe or a device would never end
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


def decode(content: bytes | None, enough: int | None = ENOUGH) -> NDArray[np.uint8]:
    """The picture in ``content`` as ``uint8 (H, W, 3)`` RGB, upright, 0..255; a grey one is read-only.

    Deeper grey values are windowed: by the file's own window (DICOM PS3.3 C.11.2), else from the
    0.5th to the 99.5th percentile. MONOCHROME1 is inverted. Of several frames the middle one of a
    DICOM file, the first of any other, is taken. A JPEG with twice ``enough`` pixels or more on a side is
    decoded to half of them, a quarter or an eighth, ``enough`` at least; ``None`` means all of them.
    Raises ``ImageError``.
    """
    if content is None:
        raise ImageError("missing")
    if not content:
        raise ImageError("empty")
    if len(content) > MAX_BYTES:
        raise ImageError("too_large")
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = _medical(content) if is_dicom(content) else _picture(content, enough)
        return in_three(image) if image.ndim == 2 else image
    except ImageError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageError("too_large") from error
    except Exception as error:  # a decoder meets anything in a hostile file; all of it means the same
        raise ImageError("unreadable") from error


def _picture(content: bytes, enough: int | None) -> NDArray[np.uint8]:
    """``uint8 (H, W, 3)`` RGB, or ``uint8 (H, W)`` where the file is grey."""
    container = open_container(content)
    if container is None:
        raise ImageError("unsupported" if _is_other_format(content) else "unreadable")
    with Image.open(BoundedStream(container.content), formats=(container.form,)) as opened:
        check_size(opened.width, opened.height)
        factor = max(opened.size) // enough if enough else 1
        if factor > 1:  # only a JPEG can be had smaller, by less work
            opened.draft(None, (opened.width // factor, opened.height // factor))
        opened.load()
        turn = _TURNS.get(container.orientation)
        upright = opened.transpose(turn) if turn is not None else opened
        if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
            return window(np.array(upright, np.float32))
        if upright.has_transparency_data:
            upright = Image.alpha_composite(
                Image.new("RGBA", upright.size, (0, 0, 0, 255)), upright.convert("RGBA")
            )
        if upright.mode == "L":
            return np.asarray(upright, np.uint8)
        coloured = upright if upright.mode == "RGB" else upright.convert("RGB")
        red, green, blue = (np.asarray(channel, np.uint8) for channel in coloured.split())
        if np.array_equal(red, green) and np.array_equal(green, blue):
            return red
        return np.asarray(cv2.merge((red, green, blue)), np.uint8)


def _medical(content: bytes) -> NDArray[Any]:
    from vision_models.dicom import decode_dicom  # pydicom takes its time, and few send such files

    return decode_dicom(content)


def _is_other_format(content: bytes) -> bool:
    """Whether it is a sound file of a kind that is not read here, as far as its first bytes tell."""
    starts = (
        b"GIF8",
        b"%PDF",
        b"PK\x03\x04",
        b"SIMPLE",
        b"<svg",
        b"<?xml",
        b"<!DO",
        b"<html",
        b"%!PS",
        b"MZ",
        b"II+\0",
        b"MM\0+",
    )
    return content.startswith(starts) or content[4:8] == b"ftyp"
