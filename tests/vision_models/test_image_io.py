import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vision_models.fakes import dicom, encoded, picture
from tests.vision_models.pictures import SIZE, assert_rises, ramp, reason
from vision_models import image_io
from vision_models.image_io import MIN_SIDE, decode, read_file
from vision_models.preprocess import is_grey


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and has next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


# What is read


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_give_the_very_pixels(form: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    decoded = decode(encoded(image, form))
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, image)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})])
def test_lossy_formats_come_close(form: str, options: dict[str, int]) -> None:
    image = np.repeat(ramp()[..., None], 3, axis=2)
    assert np.abs(decode(encoded(image, form, **options)).astype(int) - image).max() < 8


def test_colours_are_in_the_order_red_green_blue() -> None:
    red = np.zeros((SIZE, SIZE, 3), np.uint8)
    red[..., 0] = 255
    assert decode(encoded(red))[0, 0].tolist() == [255, 0, 0]
    assert decode(dicom(red, "RGB"))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA"])
def test_grey_in_other_modes(mode: str) -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    image[:, 32:] = 255
    assert np.array_equal(decode(encoded(image, mode=mode)), image)


def test_a_cmyk_jpeg_is_not_inverted() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    image[:, 32:] = 255
    decoded = decode(encoded(image, "JPEG", mode="CMYK", quality=95))
    assert np.abs(decoded[:, [2, -2]].astype(int) - image[:, [2, -2]]).max() < 10


def test_what_is_see_through_lies_on_black() -> None:
    image = np.full((SIZE, SIZE, 4), 200, np.uint8)
    image[..., 3] = 255
    image[:32, :, 3] = 0
    decoded = decode(encoded(image))
    assert not decoded[:32].any()
    assert (decoded[32:] == 200).all()


def test_a_palette_with_a_see_through_colour() -> None:
    palette = Image.fromarray(ramp(0, 1)).convert("P")
    palette.putpalette([255, 0, 0, 0, 255, 0])
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=0)
    decoded = decode(buffer.getvalue())
    assert decoded[0, 0].tolist() == [0, 0, 0]
    assert decoded[0, -1].tolist() == [0, 255, 0]


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_are_windowed_to_what_is_there(form: str) -> None:
    assert_rises(decode(encoded(ramp(1000, 3000, np.uint16), form)))


def test_one_hot_pixel_does_not_darken_16_bits() -> None:
    values = ramp(1000, 3000, np.uint16)
    values[0, 0] = 65535
    assert decode(encoded(values))[10, -1, 0] >= 250


def test_a_flat_16_bit_picture_is_black_and_no_error() -> None:
    assert not decode(encoded(np.full((SIZE, SIZE), 500, np.uint16))).any()


def test_a_float_tiff_with_holes() -> None:
    values = ramp(-1, 1, np.float32)
    values[0, 0] = np.nan
    assert decode(encoded(values, "TIFF"))[5, -1, 0] >= 250


def test_a_float_tiff_of_nothing_but_holes_is_unreadable() -> None:
    assert reason(encoded(np.full((SIZE, SIZE), np.nan, np.float32), "TIFF")) == "unreadable"


@pytest.mark.parametrize(("orientation", "corner"), [(3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_a_turned_photo_stands_upright(orientation: int, corner: tuple[int, int]) -> None:
    image = np.zeros((48, 96, 3), np.uint8)
    image[:16, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(image, "JPEG", quality=95, exif=exif))
    assert decoded.shape[:2] == ((48, 96) if orientation == 3 else (96, 48))
    assert decoded[corner].min() > 240


def test_the_first_frame_of_several() -> None:
    first, second = (Image.fromarray(np.full((SIZE, SIZE, 3), value, np.uint8)) for value in (40, 200))
    for form in ("TIFF", "WEBP", "PNG"):
        buffer = io.BytesIO()
        first.save(buffer, form, save_all=True, append_images=[second])
        assert abs(int(decode(buffer.getvalue())[5, 5, 0]) - 40) <= 2, form


def test_several_are_decoded_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0
    real = image_io._picture

    def slow(content: bytes, enough: int | None) -> np.ndarray:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.005)
        inside -= 1
        return real(content, enough)

    monkeypatch.setattr(image_io, "_picture", slow)
    with ThreadPoolExecutor(4) as pool:
        decoded = list(pool.map(decode, [encoded(ramp())] * 12))
    assert most == 1
    assert all(np.array_equal(image, decoded[0]) for image in decoded)


# What is not


def test_nothing() -> None:
    assert reason(None) == "missing"
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"hello, doctor",
        b"\0" * 400,
        bytes(range(256)) * 8,
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"II*\0\x08\0\0\0",
        b"BM",
    ],
    ids=["text", "zeros", "bytes", "jpeg", "png", "webp", "tiff", "bmp"],
)
def test_bytes_that_are_no_picture(content: bytes) -> None:
    assert reason(content) == "unreadable"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_picture_cut_short(form: str) -> None:
    content = encoded(picture(height=200, width=200), form)
    assert reason(content[: len(content) // 2]) == "unreadable"


def test_a_damaged_png() -> None:
    content = bytearray(encoded(picture(height=200, width=200)))
    content[60:90] = bytes(30)
    assert reason(bytes(content)) == "unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%\xe2\xe3",
        encoded(picture(), "GIF", mode="P"),
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"PK\x03\x04rest",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
    ids=["pdf", "gif", "heic", "zip", "svg"],
)
def test_another_kind_of_file(content: bytes) -> None:
    assert reason(content) == "unsupported"


@pytest.mark.parametrize("side", [50_000, 8_000])
def test_a_header_that_announces_too_many_pixels(side: int) -> None:
    assert reason(png_header(side, side)) == "too_large"


def test_more_bytes_than_allowed() -> None:
    assert reason(b"\xff\xd8\xff" + bytes(image_io.MAX_BYTES)) == "too_large"


@pytest.mark.parametrize(("height", "width"), [(1, 1), (MIN_SIDE - 1, 200), (200, MIN_SIDE - 1)])
def test_too_small_to_read(height: int, width: int) -> None:
    assert reason(encoded(picture(height=height, width=width))) == "too_small"


def test_the_smallest_that_is_read() -> None:
    assert decode(encoded(picture(height=MIN_SIDE, width=MIN_SIDE))).shape == (MIN_SIDE, MIN_SIDE, 3)


# Files


def test_a_file_is_read_up_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_io, "MAX_BYTES", 10)
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * 30)
    content = read_file(path)
    assert content == b"x" * 11
    assert reason(content) == "too_large"


@pytest.mark.parametrize("name", ["gone.png", ".", "nul\0.png"])
def test_what_cannot_be_read_is_none(tmp_path: Path, name: str) -> None:
    assert read_file(tmp_path / name) is None


def test_a_picture_far_longer_than_wide_is_refused() -> None:
    buffer = io.BytesIO()
    Image.new("L", (5000, 60), 128).save(buffer, "PNG")
    assert reason(buffer.getvalue()) == "odd_shape"


def jpeg(image: Image.Image, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=95, **options)
    return written.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(2048, 2048), (2400, 1500), (700, 4200), (4100, 520)], ids=str)
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_large_jpeg_is_decoded_smaller_and_looks_the_same(
    mode: str, size: tuple[int, int], orientation: int
) -> None:
    rough = np.random.default_rng(0).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    image = Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = jpeg(image, exif=exif, progressive=orientation == 3)
    whole, small = decode(content, enough=None), decode(content)
    factor = whole.shape[0] / small.shape[0]
    assert factor in (2, 4)
    assert max(small.shape) >= image_io.ENOUGH
    shrunk = np.asarray(Image.fromarray(whole).resize(small.shape[1::-1], Image.Resampling.BOX), np.int16)
    assert np.abs(shrunk - small).mean() < 2


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_picture_is_grey_only_where_every_pixel_is(channel: int) -> None:
    pixels = np.repeat(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64, 1), 3, axis=2)
    grey = decode(encoded(pixels))
    assert is_grey(grey)
    assert np.array_equal(grey, pixels)
    pixels[63, 63, channel] ^= 1
    assert np.array_equal(decode(encoded(pixels)), pixels)
