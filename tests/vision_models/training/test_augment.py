"""Any draw gives a picture, and its mask goes where the picture goes.

The tests that follow pixels do so by colour: the lesion of a ``brain_slice`` is reddish, while frames,
letters and grain are grey.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision_models.fakes import brain_slice, picture, redness
from vision_models.training import augment as module
from vision_models.training.augment import AIR, Augmentation
from vision_models.training.recipes import RECIPES

STILL = Augmentation(rotation=0, zoom=0, aspect=0, flip=0)
EVERYTHING = Augmentation(
    rotation=25, zoom=0.35, invert=0.3, sequence=0.5, shade=0.5, tint=0.5, grey=0.5, erase=0.5, photo=0.5
)


def augmented(augmentation: Augmentation, seed: int, image: np.ndarray | None = None) -> np.ndarray:
    image = picture(height=80, width=60) if image is None else image
    made, mask = augmentation(image, np.random.default_rng(seed))
    assert mask is None
    return made


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union; 1 where both are empty."""
    return float((one & other).sum() / max((one | other).sum(), 1)) if (one | other).any() else 1.0


def certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step that has a chance is taken."""
    for steps in ("_TONE_STEPS", "_HANDLING_STEPS"):
        monkeypatch.setattr(module, steps, tuple((1.0, step) for _, step in getattr(module, steps)))
    monkeypatch.setattr(module, "_BORDER_CHANCE", 1.0)


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_draw_gives_the_same_picture_and_mask(name: str) -> None:
    augmentation = RECIPES[name].augmentation

    def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
        image, mask = brain_slice()
        made, moved = augmentation(image, np.random.default_rng(seed), mask)
        assert moved is not None
        return made, moved

    for one, other in zip(draw(3), draw(3), strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(draw(3)[0], draw(4)[0])


@pytest.mark.parametrize("name", RECIPES)
def test_any_draw_gives_a_picture(name: str) -> None:
    for seed in range(60):
        made = augmented(RECIPES[name].augmentation, seed)
        assert made.dtype == np.uint8
        assert made.ndim == 3
        assert made.shape[2] == 3
        assert min(made.shape[:2]) > 30


def test_a_mask_does_not_change_what_is_drawn() -> None:
    image, mask = brain_slice()
    for seed in range(20):
        made, _ = EVERYTHING(image, np.random.default_rng(seed), mask)
        assert np.array_equal(made, augmented(EVERYTHING, seed, image))


def test_neither_picture_nor_mask_is_changed_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    certain(monkeypatch)
    image, mask = brain_slice()
    before = image.copy(), mask.copy()
    for seed in range(10):
        for augmentation in (STILL, EVERYTHING, Augmentation(invert=1, sequence=1, shade=1, tint=1, erase=1)):
            augmentation(image, np.random.default_rng(seed), mask)
    assert np.array_equal(image, before[0])
    assert np.array_equal(mask, before[1])


# Where the mask goes


@pytest.mark.parametrize("border", [0.0, 1.0])
@pytest.mark.parametrize(
    "geometry",
    [
        STILL,
        replace(STILL, flip=1),
        replace(STILL, rotation=90),
        replace(STILL, zoom=0.35),
        replace(STILL, aspect=0.3),
        RECIPES["brain_mri"].augmentation,
    ],
    ids=["still", "flip", "rotation", "zoom", "aspect", "brain_mri"],
)
def test_the_mask_moves_with_the_picture(
    geometry: Augmentation, border: float, quiet: Augmentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BORDER_CHANCE", border)
    only_geometry = replace(geometry, invert=0, sequence=0, shade=0, tint=0, erase=0, photo=0)
    unmoved = []
    for seed in range(25):
        image, mask = brain_slice(seed, height=120, width=100)
        made, moved = only_geometry(image, np.random.default_rng(seed), mask)
        assert moved is not None
        assert (moved.dtype, moved.shape) == (np.uint8, made.shape[:2])
        assert overlap(redness(made) > 30, moved > 127) > 0.97
        height, width = (min(sides) for sides in zip(mask.shape, moved.shape, strict=True))
        unmoved.append(overlap(mask[:height, :width] > 0, moved[:height, :width] > 127))
    assert np.mean(unmoved) < 0.75  # a mask left where it was would have been found out


def test_the_mask_stays_with_the_picture_through_every_other_step(monkeypatch: pytest.MonkeyPatch) -> None:
    certain(monkeypatch)
    # Noise and JPEG would hide so small a difference in colour, so the lesion is pure red.
    overlaps = []
    for seed in range(30):
        image, mask = brain_slice(seed, height=100, width=80)
        image[mask > 0] = (255, 0, 0)
        made, moved = Augmentation(shade=1, tint=1)(image, np.random.default_rng(seed), mask)
        assert moved is not None
        red = redness(made)
        overlaps.append(overlap(red > red.max() / 2, moved > 127))
    assert min(overlaps) > 0.65  # blur and tone curves shift an edge of so small a disc
    assert np.mean(overlaps) > 0.87


def test_an_empty_mask_stays_empty_and_none_stays_none(monkeypatch: pytest.MonkeyPatch) -> None:
    certain(monkeypatch)
    image, mask = brain_slice(lesion=False)
    for seed in range(10):
        made, moved = EVERYTHING(image, np.random.default_rng(seed), mask)
        assert moved is not None
        assert moved.shape == made.shape[:2]
        assert not moved.any()
        assert EVERYTHING(image, np.random.default_rng(seed))[1] is None


def test_a_frame_is_outside_the_mask(quiet: Augmentation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BORDER_CHANCE", 1.0)
    image, mask = picture(height=100, width=100), np.full((100, 100), 255, np.uint8)
    values = set()
    for seed in range(20):
        made, moved = quiet(image, np.random.default_rng(seed), mask)
        assert moved is not None
        rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
        frame = np.ones(moved.shape, bool)
        frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = False
        assert made[-1, 0, 0] == made[-1, -1, 1]
        values.add(int(made[-1, 0, 0]))
        assert not moved[frame].any()
    assert {0, 255} < values


# One step each


def test_flip_and_invert_are_certain_or_never() -> None:
    image = np.zeros((80, 80, 3), np.uint8)
    image[:, :40] = 200

    def left_is_lighter(augmentation: Augmentation, seed: int) -> bool:
        made = augmented(augmentation, seed, image).astype(int)
        quarter = made.shape[1] // 4
        return bool(made[20:60, quarter].mean() > made[20:60, -quarter].mean())

    for seed in range(20):
        assert left_is_lighter(STILL, seed)
        assert not left_is_lighter(replace(STILL, flip=1), seed)
        assert not left_is_lighter(replace(STILL, invert=1), seed)


def test_grey_takes_the_colour_away() -> None:
    coloured = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert any(np.ptp(augmented(STILL, seed, coloured).astype(int), axis=2).max() > 50 for seed in range(5))
    for seed in range(20):
        made = augmented(Augmentation(grey=1), seed, coloured).astype(int)
        assert np.ptp(made, axis=2).max() <= 6  # what JPEG leaves


def test_rotation_stays_within_its_limit() -> None:
    line = np.zeros((200, 200), np.uint8)
    line[98:102] = 255
    limit = 10
    geometry = replace(STILL, rotation=limit)
    slopes = []
    for seed in range(20):
        image = np.repeat(line[..., None], 3, axis=2)
        for warped in geometry._geometry(image, line, np.random.default_rng(seed)):
            assert warped is not None
            rows, columns = np.nonzero(warped.reshape(*warped.shape[:2], -1)[..., 0] > 127)
            slopes.append(np.rad2deg(np.arctan(np.polyfit(columns, rows, 1)[0])))
    assert np.allclose(slopes[::2], slopes[1::2])
    assert max(np.abs(slopes)) <= limit + 0.5
    assert min(slopes) < 0 < max(slopes)


def test_another_sequence_keeps_air_black(quiet: Augmentation) -> None:
    tissues = (40, 90, 140, 190)
    image = np.zeros((100, 100, 3), np.uint8)
    image[30:70, 10:90] = np.repeat(tissues, 20)[None, :, None]
    image[:10] = AIR
    risen, orders = [], set()
    for seed in range(40):
        plain = augmented(quiet, seed, image)
        made = augmented(replace(quiet, sequence=1), seed, image)
        assert np.array_equal(made[plain <= AIR], plain[plain <= AIR])
        levels = [int(np.median(made[plain == tissue])) for tissue in tissues]
        assert min(levels) > AIR
        risen.append(levels == sorted(levels))
        orders.add(tuple(np.argsort(levels)))
    assert not all(risen)
    assert len(orders) > 5


def test_erase_hides_one_rectangle(quiet: Augmentation) -> None:
    image, mask = brain_slice(height=90, width=70)
    for seed in range(30):
        plain, _ = quiet(image, np.random.default_rng(seed), mask)
        made, moved = replace(quiet, erase=1)(image, np.random.default_rng(seed), mask)
        assert moved is not None
        assert overlap(moved > 127, redness(plain) > 30) > 0.9  # hidden is not gone: the mask keeps it
        rows, columns = np.nonzero((made != plain).any(axis=2))
        box = made[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.ptp(box) == 0
        assert 4 <= box.shape[0] <= 0.33 * 90
        assert 4 <= box.shape[1] <= 0.33 * 70


def test_shade_is_smooth(quiet: Augmentation) -> None:
    flat = np.full((120, 120, 3), 120, np.uint8)
    spans = []
    for seed in range(20):
        inside = augmented(replace(quiet, shade=1), seed, flat)[20:100, 20:100, 0].astype(int)
        assert np.abs(np.diff(inside, axis=0)).max() <= 5
        assert np.abs(np.diff(inside, axis=1)).max() <= 5
        spans.append(np.ptp(inside))
    assert np.median(spans) > 15


def test_a_photographed_screen_is_tilted_with_its_mask(quiet: Augmentation) -> None:
    unmoved = []
    for seed in range(20):
        image, mask = brain_slice(seed, height=100, width=80)
        image[mask > 0] = (255, 0, 0)
        made, moved = replace(quiet, photo=1)(image, np.random.default_rng(seed), mask)
        assert moved is not None
        assert made.shape == image.shape
        red = redness(made)
        assert overlap(red > red.max() / 2, moved > 127) > 0.9
        unmoved.append(overlap(mask > 0, moved > 127))
    assert np.mean(unmoved) < 0.9


def test_a_photographed_screen_shows_its_grid_and_a_cast(quiet: Augmentation) -> None:
    flat = np.full((90, 90, 3), 128, np.uint8)
    for seed in range(10):
        made = augmented(replace(quiet, photo=1), seed, flat)[20:70, 20:70].astype(float)
        assert made.std(axis=(0, 1)).min() > 0.5
        assert np.ptp(made.mean(axis=(0, 1))) > 1
        assert abs(made.mean() - 128) < 30
