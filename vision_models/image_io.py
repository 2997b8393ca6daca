"""Bytes to array. An upload is hostile until it has passed here; what comes out has pixels and nothing else.

Formats are known by content, never by name. Identifiers, EXIF and every other tag stay behind.
"""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

MAX_BYTES = 30 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 48
MAX_ASPECT = 8
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
DICOM_MAGIC = b"DICM"
DICOM_PREAMBLE = 128
#: Transfer syntax "deflated explicit VR little endian" (DICOM PS3.5 A.5), and where to look for it.
DEFLATED = b"1.2.840.10008.1.2.1.99"
HEADER = 4096


class ImageError(Exception):
    """A file that gives no picture. ``reason`` is the code that the sentence to the person is made from.

    ``missing``, ``empty``, ``too_large``, ``too_small``, ``odd_shape``, ``unsupported`` or ``unreadable``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_file(path: Path) -> bytes | None:
    """The bytes of a file, at most one more than allowed; ``None`` where it cannot be read."""
    try:
        if not path.is_file():  # a pipe or a device would never end
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


def decode(content: bytes | None) -> NDArray[np.uint8]:
    """The picture in ``content`` as ``uint8 (H, W, 3)`` RGB, upright, 0..255.

    Deeper grey values are windowed: by the file's own window (DICOM PS3.3 C.11.2), else from the
    0.5th to the 99.5th percentile. MONOCHROME1 is inverted. Of several frames the middle one of a
    DICOM file, the first of any other, is taken. Raises ``ImageError``.
    """
    if content is None:
        raise ImageError("missing")
    if not content:
        raise ImageError("empty")
    if len(content) > MAX_BYTES:
        raise ImageError("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = _dicom(content) if is_dicom(content) else _picture(content)
    except ImageError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageError("too_large") from error
    except Exception as error:  # a decoder meets anything in a hostile file; all of it means the same
        raise ImageError("unreadable") from error
    if min(image.shape[:2]) < MIN_SIDE:
        raise ImageError("too_small")
    if max(image.shape[:2]) > MAX_ASPECT * min(image.shape[:2]):
        raise ImageError("odd_shape")
    return image


def is_dicom(content: bytes) -> bool:
    return content[DICOM_PREAMBLE : DICOM_PREAMBLE + 4] == DICOM_MAGIC


def _picture(content: bytes) -> NDArray[np.uint8]:
    try:
        opened = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError("unsupported" if _is_other_format(content) else "unreadable") from error
    with opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ImageError("too_large")
        upright = ImageOps.exif_transpose(opened)
        if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
            return _grey_to_rgb(_window(np.asarray(upright, np.float32)))
        if upright.has_transparency_data:
            upright = Image.alpha_composite(
                Image.new("RGBA", upright.size, (0, 0, 0, 255)), upright.convert("RGBA")
            )
        return np.array(upright.convert("RGB"), np.uint8)


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
    )
    return content.startswith(starts) or content[4:8] == b"ftyp"


def _dicom(content: bytes) -> NDArray[np.uint8]:
    if DEFLATED in content[:HEADER]:  # would be inflated without a limit before anything can be checked
        raise ImageError("unsupported")
    header = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
    rows, columns = int(header.get("Rows", 0)), int(header.get("Columns", 0))
    frames = int(header.get("NumberOfFrames", 1) or 1)
    if rows * columns == 0:
        raise ImageError("unreadable")
    if rows * columns > MAX_PIXELS or rows * columns * frames > 4 * MAX_PIXELS:
        raise ImageError("too_large")
    dataset = pydicom.dcmread(io.BytesIO(content))
    pixels = dataset.pixel_array
    if frames > 1:
        pixels = pixels[len(pixels) // 2]
    if pixels.ndim == 3:
        return np.ascontiguousarray(pixels[..., :3], np.uint8)
    values = apply_modality_lut(pixels, dataset)
    grey = _displayed(values, dataset)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = np.asarray(255 - grey, np.uint8)
    return _grey_to_rgb(grey)


def _displayed(values: NDArray[np.generic], dataset: pydicom.Dataset) -> NDArray[np.uint8]:
    """The grey values as the file asks to see them: its look-up table, its first window, or neither."""
    if dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return _stretch(np.asarray(apply_voi_lut(values, dataset), np.float32), 0.0, float(2**bits - 1))
    centre, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if centre is None or width is None or width < 1:
        return _window(np.asarray(values, np.float32))
    low = centre - 0.5 - (width - 1) / 2
    return _stretch(np.asarray(values, np.float32), low, low + max(width - 1, 1.0))


def _first(value: Any) -> float | None:
    """The first number of an element that may hold one, several, or none."""
    values = list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]
    return float(values[0]) if values and values[0] not in (None, "") else None


def _window(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = np.percentile(values[np.isfinite(values)], (0.5, 99.5))
    return _stretch(values, float(low), float(high))


def _stretch(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    scaled = (np.nan_to_num(values) - low) / max(high - low, 1e-6)
    return np.asarray(np.clip(scaled, 0, 1) * 255, np.uint8)


def _grey_to_rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[..., None], 3, axis=2)
