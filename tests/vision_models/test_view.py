import io

import numpy as np
from PIL import Image

from vision_models import saliency
from vision_models.view import encode_jpeg, encode_view, heat_layer, outline_path


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_view_is_a_square_of_the_asked_size_and_never_enlarged() -> None:
    wide = np.full((100, 400, 3), 90, np.uint8)
    assert opened(encode_view(wide, 200)).size == (200, 200)
    assert opened(encode_view(wide, 1024)).size == (400, 400)


def test_a_grey_picture_has_one_channel_and_a_coloured_one_keeps_its_colours() -> None:
    grey = np.full((64, 64, 3), 120, np.uint8)
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 250
    assert opened(encode_jpeg(grey)).mode == "L"
    decoded = np.asarray(opened(encode_jpeg(red)))
    assert decoded[..., 0].mean() > 230
    assert decoded[..., 2].mean() < 20


def test_the_layer_over_a_picture_is_the_overlay() -> None:
    heat = np.linspace(0, 1, 64 * 64, dtype=np.float16).reshape(64, 64)
    picture = np.full((64, 64, 3), 90, np.uint8)
    layer = np.asarray(opened(heat_layer(heat)), np.float32)
    assert layer.shape == (64, 64, 4)
    share = layer[..., 3:] / 255 * saliency.OPACITY
    laid = picture * (1 - share) + layer[..., :3] * share
    assert np.abs(laid - saliency.overlay(picture, heat)).max() <= 2


def test_an_outline_goes_around_every_region_of_the_mask() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 30:50] = mask[40:60, 5:10] = 255
    path = outline_path(mask)
    assert path.count("M") == path.count("Z") == 2
    assert "30.5 10.5" in path
    assert outline_path(np.zeros((8, 8), np.uint8)) == ""
