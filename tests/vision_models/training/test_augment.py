import numpy as np
import pytest

from tests.vision_models.fakes import picture
from vision_models.training.augment import Augmentation
from vision_models.training.recipes import RECIPES

STILL = Augmentation(rotation=0, zoom=0, aspect=0, flip=0)


def augmented(augmentation: Augmentation, seed: int, image: np.ndarray | None = None) -> np.ndarray:
    return augmentation(picture(height=80, width=60) if image is None else image, np.random.default_rng(seed))


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_draw_gives_the_same_picture(name: str) -> None:
    augmentation = RECIPES[name].augmentation
    assert np.array_equal(augmented(augmentation, 3), augmented(augmentation, 3))
    assert not np.array_equal(augmented(augmentation, 3), augmented(augmentation, 4))


@pytest.mark.parametrize("name", RECIPES)
def test_any_draw_gives_a_picture(name: str) -> None:
    for seed in range(60):
        made = augmented(RECIPES[name].augmentation, seed)
        assert made.dtype == np.uint8
        assert made.ndim == 3
        assert made.shape[2] == 3
        assert min(made.shape[:2]) > 30


def test_the_picture_given_is_not_changed() -> None:
    image = picture()
    before = image.copy()
    for seed in range(30):
        Augmentation(invert=0.5, grey=0.5, tint=0.5)(image, np.random.default_rng(seed))
    assert np.array_equal(image, before)


def test_flip_and_invert_are_certain_or_never() -> None:
    image = np.zeros((80, 80, 3), np.uint8)
    image[:, :40] = 200

    def left_is_lighter(augmentation: Augmentation, seed: int) -> bool:
        made = augmented(augmentation, seed, image).astype(int)
        quarter = made.shape[1] // 4
        return bool(made[20:60, quarter].mean() > made[20:60, -quarter].mean())

    mirrored = Augmentation(rotation=0, zoom=0, aspect=0, flip=1)
    inverted = Augmentation(rotation=0, zoom=0, aspect=0, flip=0, invert=1)
    for seed in range(20):
        assert left_is_lighter(STILL, seed)
        assert not left_is_lighter(mirrored, seed)
        assert not left_is_lighter(inverted, seed)


def test_grey_takes_the_colour_away() -> None:
    coloured = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert any(np.ptp(augmented(STILL, seed, coloured).astype(int), axis=2).max() > 50 for seed in range(5))
    for seed in range(20):
        made = augmented(Augmentation(grey=1), seed, coloured).astype(int)
        assert np.ptp(made, axis=2).max() <= 6  # what JPEG leaves


def test_rotation_stays_within_its_limit() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[98:102] = 255
    limit = 10
    geometry = Augmentation(rotation=limit, zoom=0, aspect=0, flip=0)
    slopes = []
    for seed in range(20):
        warped = geometry._geometry(image, np.random.default_rng(seed))
        rows, columns = np.nonzero(warped[..., 0] > 127)
        slopes.append(np.rad2deg(np.arctan(np.polyfit(columns, rows, 1)[0])))
    assert max(np.abs(slopes)) <= limit + 0.5
    assert min(slopes) < 0 < max(slopes)
