from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision_models.preprocess import prepare
from vision_models.training.lungs import find_lungs, lung_mask

EXAMPLES = Path(__file__).resolve().parents[3] / "ui" / "static" / "examples"
FILMS = ("normal", "bacterial_pneumonia", "viral_pneumonia", "covid19")

Pixels = NDArray[np.uint8]


def example(name: str, size: int = 224) -> Pixels:
    """A synthetic film of the page, as a network gets it but for CLAHE."""
    image = cv2.imread(str(EXAMPLES / f"{name}.png"), cv2.IMREAD_COLOR)
    return prepare(np.ascontiguousarray(image[..., ::-1]), size, contrast=False)


def drawn_film(
    size: int = 224, shift: float = 0.0, width: float = 0.13, white: str = ""
) -> tuple[Pixels, Pixels, Pixels]:
    """A body in black air with two dark half ovals, and the masks of the left and of the right one.

    ``white``: the side (``left`` or ``right`` of the picture) whose lung shows as light as the belly.
    """
    grey = np.zeros((size, size), np.uint8)
    grey[:, round(0.06 * size) : round(0.94 * size)] = 150
    y, x = np.mgrid[:size, :size] / size
    masks = []
    for side, centre in (("left", 0.5 - 0.2 + shift), ("right", 0.5 + 0.2 + shift)):
        inside = ((x - centre) / width) ** 2 + ((y - 0.7) / 0.52) ** 2 < 1
        mask = np.where(inside & (y < 0.7), 255, 0).astype(np.uint8)
        grey[mask > 0] = 140 if side == white else 70
        masks.append(mask)
    grain = np.random.default_rng(0).normal(0, 4, grey.shape)
    grey = np.clip(np.where(grey > 0, grey + grain, 0), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2), masks[0], masks[1]


def dice(one: Pixels, other: Pixels) -> float:
    return float(2 * ((one > 0) & (other > 0)).sum() / ((one > 0).sum() + (other > 0).sum()))


@pytest.mark.parametrize(("size", "shift", "width"), [(224, 0, 0.13), (224, 0.06, 0.13), (64, 0, 0.16)])
def test_finds_drawn_lungs(size: int, shift: float, width: float) -> None:
    picture, left, right = drawn_film(size, shift, width)
    lungs = find_lungs(picture)
    assert lungs.found
    assert dice(lungs.left, left) > 0.75
    assert dice(lungs.right, right) > 0.65  # its outline makes room for a heart that is not there
    assert abs(lungs.middle / size - 0.5 - shift) < 0.05


@pytest.mark.parametrize("white", ["left", "right"])
def test_a_white_lung_is_where_the_other_one_says(white: str) -> None:
    picture, *truth = drawn_film(white=white)
    lungs = find_lungs(picture)
    assert lungs.found
    covered = getattr(lungs, white)[truth[white == "right"] > 0].mean() / 255
    assert covered > 0.55


@pytest.mark.parametrize("name", FILMS)
def test_example_films(name: str) -> None:
    picture = example(name)
    lungs = find_lungs(picture)
    assert lungs.found
    assert not lungs.left[:, lungs.middle :].any()
    assert not lungs.right[:, : lungs.middle].any()
    mask = lung_mask(picture)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255}
    assert 0.1 < (mask > 0).mean() < 0.4
    around = cv2.dilate(mask, np.ones((31, 31), np.uint8)) > mask
    body = around & (picture[..., 0] > 20)
    assert picture[mask > 0].mean() < picture[body].mean() - 10


def test_depends_on_the_picture_alone() -> None:
    picture = example("normal")
    before = picture.copy()
    np.testing.assert_array_equal(lung_mask(picture), lung_mask(picture))
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_the_usual_place_where_there_is_nothing(value: int) -> None:
    lungs = find_lungs(np.full((96, 96, 3), value, np.uint8))
    assert not lungs.found
    assert lungs.middle == 48
    assert (lungs.left > 0).mean() > 0.05
    assert (lungs.right > 0).mean() > 0.05
