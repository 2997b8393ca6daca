import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.hostile import bombs
from tests.vision_models.fakes import encoded, picture
from vision_models import containers
from vision_models.containers import open_container
from vision_models.image_io import ImageError, decode

SECRET = "Jane Doe 48.85N 2.29E"
WIDE = picture(height=60, width=120)


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = orientation, SECRET
    return tags


def with_secret(form: str) -> bytes:
    """A picture with the secret wherever the format has a place for it."""
    options: dict[str, object] = {"exif": exif()}
    if form == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", SECRET)
        texts.add_itxt("XML:com.adobe.xmp", SECRET)
        options["pnginfo"] = texts
    if form == "JPEG":
        options["comment"] = SECRET.encode()
    if form in ("PNG", "JPEG", "WEBP"):
        options["icc_profile"] = SECRET.encode() * 9
    if form in ("JPEG", "WEBP"):
        options["xmp"] = SECRET.encode()
    return encoded(WIDE, form, **options)


def plain(content: bytes) -> bytes:
    container = open_container(content)
    assert container is not None
    return container.content


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_what_is_no_picture_is_left_out_and_the_picture_stays(form: str) -> None:
    content = with_secret(form)
    assert SECRET.encode() in content
    assert SECRET.encode() not in plain(content)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(plain(content)))), decode(content))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_what_follows_the_end_is_left_out(form: str) -> None:
    content = encoded(WIDE, form)
    assert b"<script>" not in plain(content + b"<script>" * 9)
    assert np.array_equal(decode(content + b"<script>" * 9), decode(content))


def test_no_decoder_is_told_of_a_tiffs_other_tags() -> None:
    with Image.open(io.BytesIO(plain(with_secret("TIFF")))) as opened:
        assert set(opened.tag_v2) <= containers._TIFF_TAGS
        assert opened.n_frames == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_in_every_format(form: str, orientation: int) -> None:
    """What Pillow makes of it, from EXIF or, for TIFF, from the picture's own directory."""
    image = np.zeros((64, 128, 3), np.uint8)
    image[:32, :32] = 255
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    turned = decode(encoded(image, form, exif=exif(orientation), **options))
    corners = [(0, 0), (0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0), (0, -1), (-1, -1), (-1, 0)]
    assert turned.shape[:2] == ((64, 128) if orientation < 5 else (128, 64))
    assert turned[corners[orientation]].min() > 240
    assert turned.mean() == pytest.approx(255 / 8, abs=2)


@pytest.mark.parametrize("tags", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"x"])
def test_exif_that_says_nothing_is_upright(tags: bytes) -> None:
    content = encoded(WIDE, "JPEG", exif=b"Exif\0\0" + tags)
    assert decode(content).shape == WIDE.shape


def test_as_many_scans_as_pixels_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bombs.jpeg_of_many_scans(side=64, scans=20)
    assert decode(content).shape == (64, 64, 3)
    monkeypatch.setattr(containers, "MAX_SCANNED", 64 * 64 * 20)
    with pytest.raises(ImageError, match="too_large"):
        decode(content)


def test_a_scan_that_a_comment_hides_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An end of the picture within a comment is none."""
    monkeypatch.setattr(containers, "MAX_SCANNED", 64 * 64 * 20)
    content = bombs.jpeg_of_many_scans(side=64, scans=20)
    first = content.index(b"\xff\xda")
    hidden = content[:first] + b"\xff\xfe\x00\x06\xff\xd9\xff\xd9" + content[first:]
    with pytest.raises(ImageError, match="too_large"):
        decode(hidden)


@pytest.mark.parametrize("side", [(1 << 14) - 1, 8_000])
def test_a_webp_that_says_it_is_huge_is_not_opened(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    for lossless in (True, False):
        content = bytearray(encoded(WIDE, "WEBP", lossless=lossless))
        if lossless:
            content[21:25] = struct.pack("<I", (side - 1) | (side - 1) << 14)
        else:
            content[26:30] = struct.pack("<HH", side, side)
        with pytest.raises(ImageError, match="too_large"):
            decode(bytes(content))


@pytest.mark.parametrize("kind", [bombs.BYTE, bombs.RATIONAL])
def test_a_tile_whose_size_is_told_oddly_is_refused(kind: int) -> None:
    tile = (bombs.entry(322, kind, 1, 64), bombs.entry(323, bombs.LONG, 1, 64))
    with pytest.raises(ImageError, match="unreadable"):
        decode(bombs.tiff(64, 64, *tile))


def test_a_tag_that_comes_twice_counts_once() -> None:
    """The decoder sees the first alone, which is the one that was checked."""
    content = bombs.tiff(64, 64, bombs.entry(256, bombs.LONG, 1, 60_000))
    assert decode(content).shape == (64, 64, 3)


def test_a_bigtiff_is_told_apart() -> None:
    with pytest.raises(ImageError, match="unsupported"):
        decode(b"II+\0\x08\0\0\0" + bytes(64))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "code"), [(3, "H2x"), (4, "I")])
def test_which_way_is_up_may_be_said_in_two_bytes_or_four(order: str, kind: int, code: str) -> None:
    entry = struct.pack(f"{order}HHI{code}", 0x0112, kind, 1, 6)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 1)
    exif = b"Exif\0\0" + head + entry + bytes(4)
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif
    content = encoded(picture(), "JPEG")
    assert open_container(content[:2] + segment + content[2:]).orientation == 6
