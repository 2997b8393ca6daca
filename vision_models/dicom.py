"""A DICOM file to one picture. Of the data set only what the picture needs is parsed: no name, no date.

What a file may cost is known before it is spent: one frame is decoded, of a size that the header announces
and the coded frame confirms; what is deflated is inflated as far as an upload may be long.
"""

import math
import struct
import zlib
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate, get_frame
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless

from vision_models.containers import DICOM_MAGIC, DICOM_PREAMBLE, plain_jpeg
from vision_models.grey_levels import stretch, window
from vision_models.image_limits import (
    MAX_BYTES,
    MAX_PIXELS,
    SLOW_PIXELS,
    BoundedStream,
    ImageError,
    check_size,
)

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_KEPT = tuple(
    tag
    for name in (
        *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PlanarConfiguration"),
        *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
        *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
        *("WindowCenter", "WindowWidth", "VOILUTSequence"),
        *_PIXELS,
    )
    if (tag := tag_for_keyword(name)) is not None
)
#: Bytes of an element that holds no pixels; a look-up table has 131,072, and there may be several.
_MAX_ELEMENT = 1 << 21
#: Pixels of all frames together, of which one is decoded; and bytes of that one, decoded.
_MAX_FRAMES, _MAX_DECODED = 4 * MAX_PIXELS, 4 * MAX_PIXELS


def decode_dicom(content: bytes) -> NDArray[Any]:
    """The middle frame, as it is to be seen: ``uint8 (H, W, 3)`` RGB, or ``uint8 (H, W)`` grey.

    Grey values are shown by the file's look-up table or its first window (PS3.3 C.11.2), else by ``window``.
    MONOCHROME1 is inverted. Raises ``ImageError``, or whatever pydicom makes of a damaged file.
    """
    dataset = _read(content)
    rows, columns = int(dataset.get("Rows", 0)), int(dataset.get("Columns", 0))
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    if rows * columns == 0:
        raise ImageError("unreadable")
    sample = int(dataset.get("SamplesPerPixel", 1)) * int(dataset.get("BitsAllocated", 8)) // 8
    if rows * columns * frames > _MAX_FRAMES or rows * columns * sample > _MAX_DECODED:
        raise ImageError("too_large")
    check_size(columns, rows)
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        _keep_one_frame(dataset, frames)
        frames = 1
    pixels = pixel_array(dataset, index=frames // 2)
    if pixels.ndim == 3:
        deeper = max(0, int(dataset.BitsStored) - 8)
        return np.ascontiguousarray(pixels[..., :3] >> deeper, np.uint8)
    grey = _displayed(pixels, dataset)
    return 255 - grey if dataset.get("PhotometricInterpretation") == "MONOCHROME1" else grey


def _read(content: bytes) -> pydicom.FileDataset:
    """The data set, as far as it is ``_KEPT``, with its transfer syntax and nothing else before it."""
    stream = BoundedStream(content)
    stream.seek(DICOM_PREAMBLE + len(DICOM_MAGIC))
    meta = read_dataset(stream, is_implicit_VR=False, is_little_endian=True, stop_when=_is_past_meta)
    syntax, rest = meta.get("TransferSyntaxUID"), content[stream.tell() :]
    if syntax == DeflatedExplicitVRLittleEndian:
        syntax, rest = ExplicitVRLittleEndian, _inflated(rest)
    start = bytes(DICOM_PREAMBLE) + DICOM_MAGIC + (_syntax_element(syntax) if syntax else b"")
    dataset = pydicom.dcmread(BoundedStream(start + rest), specific_tags=list(_KEPT))
    if not dataset.file_meta.get("TransferSyntaxUID"):
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pixels = {tag_for_keyword(name) for name in _PIXELS}
    for element in dataset.elements():
        if (
            isinstance(element, RawDataElement)
            and element.tag not in pixels
            and element.length > _MAX_ELEMENT
        ):
            raise ImageError("unreadable")
    return dataset


def _is_past_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >> 16 != 2


def _syntax_element(syntax: str) -> bytes:
    """Explicit VR, little endian, as file meta information always is (PS3.10, 7.1)."""
    value = syntax.encode("ascii")
    value += bytes(len(value) % 2)
    return struct.pack("<HH2sH", 0x0002, 0x0010, b"UI", len(value)) + value


def _inflated(packed: bytes) -> bytes:
    """Deflated without a header (PS3.5, A.5), to at most what an upload may be long."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    content = unpacker.decompress(packed, MAX_BYTES)
    if unpacker.unconsumed_tail:
        raise ImageError("too_large")
    return content


def _keep_one_frame(dataset: pydicom.FileDataset, frames: int) -> None:
    """Leaves the middle frame alone in ``dataset``, once it is what its header says."""
    syntax: UID = dataset.file_meta.TransferSyntaxUID
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:  # a film, for one
        available = False
    if not available:
        raise ImageError("compressed")
    coded = BoundedStream(dataset.PixelData)
    frame = get_frame(coded, frames // 2, number_of_frames=frames)
    if syntax == RLELossless:
        dataset.PixelData = _run_lengths(frame, dataset)
        dataset.PlanarConfiguration = 1
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    else:
        dataset.PixelData = encapsulate([_checked(frame, (dataset.Columns, dataset.Rows))])
    dataset.NumberOfFrames = 1


def _checked(frame: bytes, size: tuple[int, int]) -> bytes:
    """A JPEG or JPEG 2000 that is as large as the data set says; of a JPEG only the picture."""
    if frame.startswith(b"\xff\xd8"):
        frame = plain_jpeg(frame).content
    with Image.open(BoundedStream(frame), formats=("JPEG", "JPEG2000")) as opened:
        if opened.size != size:
            raise ImageError("unreadable")
        if opened.format == "JPEG2000":
            check_size(*size, most=SLOW_PIXELS)
    return frame


def _run_lengths(frame: bytes, dataset: pydicom.FileDataset) -> bytes:
    """The frame's planes, little endian (PS3.5, annex G). Pillow stops where a plane is full; pydicom's own
    decoder, which is written in Python, goes on to the end of what it is given."""
    planes, sample = int(dataset.SamplesPerPixel), int(dataset.BitsAllocated) // 8
    count, *offsets = struct.unpack_from("<16I", frame)
    if count != planes * sample or not 1 <= count <= 15:
        raise ImageError("unreadable")
    size = int(dataset.Rows) * int(dataset.Columns)
    starts = [*offsets[:count], len(frame)]
    decoded = np.empty((planes, size, sample), np.uint8)
    for at in range(count):
        segment = frame[starts[at] : starts[at + 1]]
        plane, byte = divmod(at, sample)  # the most significant byte comes first
        row = Image.frombytes("L", (size, 1), segment, "packbits", "L")
        decoded[plane, :, sample - 1 - byte] = np.asarray(row)[0]
    return decoded.tobytes()


def _displayed(pixels: NDArray[Any], dataset: pydicom.Dataset) -> NDArray[np.uint8]:
    """The grey values as the file asks to see them: its look-up table, its first window, or neither."""
    if dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        values = apply_voi_lut(apply_modality_lut(pixels, dataset), dataset)
        return stretch(values.astype(np.float32), 0.0, float(2**bits - 1))
    values = _rescaled(pixels, dataset)
    centre, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if centre is None or width is None or width < 1:
        return window(values)
    low = centre - 0.5 - (width - 1) / 2
    return stretch(values, low, low + max(width - 1, 1.0))


def _rescaled(pixels: NDArray[Any], dataset: pydicom.Dataset) -> NDArray[np.float32]:
    """Stored values to those that windows speak of (PS3.3 C.11.1)."""
    if dataset.get("ModalityLUTSequence"):
        return np.asarray(apply_modality_lut(pixels, dataset)).astype(np.float32)
    values = pixels.astype(np.float32)
    slope, intercept = _first(dataset.get("RescaleSlope")), _first(dataset.get("RescaleIntercept"))
    if slope is not None and intercept is not None:
        values *= np.float32(slope)
        values += np.float32(intercept)
    return values


def _first(value: Any) -> float | None:
    """The first number of an element that may hold one, several, or none."""
    values = list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]
    number = float(values[0]) if values and values[0] not in (None, "") else math.nan
    return number if math.isfinite(number) else None
