import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision_models.training.test_lungs import example
from vision_models.training.lookalikes import (
    LOOKALIKES,
    RADIUS,
    Sign,
    chest_walls,
    heart_edges,
    large_heart,
    mass,
    pleural_effusion,
    pneumothorax,
)
from vision_models.training.lungs import Lungs, find_lungs

Pixels = NDArray[np.uint8]
SIZE = 224


@pytest.fixture(scope="module")
def film() -> Pixels:
    return example("normal", SIZE)


@pytest.fixture(scope="module")
def lungs(film: Pixels) -> Lungs:
    return find_lungs(film)


def change(before: Pixels, after: Pixels) -> NDArray[np.int_]:
    """Grey levels gained, ``(S, S)``."""
    return after[..., 0].astype(int) - before[..., 0]


def sides(gain: NDArray[np.int_], lungs: Lungs) -> tuple[Pixels, Pixels]:
    """The lung with the sign and the one without, by where more changed."""
    left, right = np.abs(gain)[lungs.left > 0].sum(), np.abs(gain)[lungs.right > 0].sum()
    return (lungs.left, lungs.right) if left > right else (lungs.right, lungs.left)


def box(mask: Pixels) -> tuple[int, int, int, int]:
    """First and last row, first and last column of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@pytest.mark.parametrize("name", LOOKALIKES)
def test_changes_the_film_and_nothing_it_was_given(name: str, film: Pixels, lungs: Lungs) -> None:
    before = film.copy()
    drawn = LOOKALIKES[name](film, np.random.default_rng(3), lungs)
    assert (drawn.shape, drawn.dtype) == (film.shape, np.uint8)
    assert np.abs(change(film, drawn)).max() > 20
    np.testing.assert_array_equal(film, before)
    np.testing.assert_array_equal(drawn, LOOKALIKES[name](film, np.random.default_rng(3), None))
    assert (drawn != LOOKALIKES[name](film, np.random.default_rng(4), lungs)).any()
    assert (drawn[..., 0] == drawn[..., 2]).all()


@pytest.mark.parametrize("name", LOOKALIKES)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_picture_is_no_error(name: str, value: int) -> None:
    flat = np.full((64, 64, 3), value, np.uint8)
    assert LOOKALIKES[name](flat, np.random.default_rng(0), None).shape == flat.shape


@pytest.mark.parametrize("draw", [pleural_effusion, pneumothorax, mass])
def test_both_sides_are_drawn_on_and_one_at_a_time(draw: Sign, film: Pixels, lungs: Lungs) -> None:
    drawn_on = set()
    for seed in range(8):
        gain = change(film, draw(film, np.random.default_rng(seed), lungs))
        ill, well = sides(gain, lungs)
        inner = np.abs(gain)[well > 0]
        assert (inner > 3).mean() < 0.01
        drawn_on.add(ill is lungs.left)
    assert drawn_on == {True, False}


@pytest.mark.parametrize("seed", range(4))
def test_an_effusion_fills_the_lower_lateral_lung_up_to_a_meniscus(
    seed: int, film: Pixels, lungs: Lungs
) -> None:
    drawn = pleural_effusion(film, np.random.default_rng(seed), lungs)
    gain = change(film, drawn)
    ill, _ = sides(gain, lungs)
    top, bottom, left, right = box(ill)
    height, width = bottom - top, right - left
    lateral = (
        slice(left + 2, left + width // 4) if ill is lungs.left else slice(right - width // 4, right - 2)
    )
    medial = slice(right - width // 4, right) if ill is lungs.left else slice(left, left + width // 4)
    rows = np.arange(SIZE)[:, None]
    low = (ill > 0) & (rows > bottom - height // 4)
    assert gain[low].mean() > 25
    assert np.abs(gain[: top + height // 5]).max() <= 2
    # As light as the heart and the belly, and even: what was lung is gone.
    assert drawn[low].mean() > film[ill > 0].mean() + 40
    first = [int(np.argmax((gain[:, band] > 15).mean(axis=1) > 0.5)) for band in (lateral, medial)]
    assert first[0] < first[1]


@pytest.mark.parametrize("seed", range(6))
def test_a_mass_is_one_light_spot_within_a_lung(seed: int, film: Pixels, lungs: Lungs) -> None:
    gain = change(film, mass(film, np.random.default_rng(seed), lungs))
    assert gain.min() >= -1
    spot = np.argwhere(gain > 8)
    centre = spot.mean(axis=0)
    reach = np.hypot(*(spot - centre).T).max() / SIZE
    assert RADIUS[0] * 0.5 < reach < RADIUS[1] * 1.5
    row, column = np.rint(centre).astype(int)
    assert max(lungs.left[row, column], lungs.right[row, column]) == 255
    assert gain[:, lungs.middle - 5 : lungs.middle + 5].max() <= 1
    # Soft: no step from pixel to pixel as high as the spot.
    assert np.abs(np.diff(gain, axis=1)).max() < 0.6 * gain.max()


@pytest.mark.parametrize("name", ["normal", "covid19"])
@pytest.mark.parametrize("seed", range(3))
def test_a_large_heart_fills_more_than_half_of_the_chest(name: str, seed: int) -> None:
    film = example(name, SIZE)
    lungs = find_lungs(film)
    left, right = chest_walls(lungs)

    def ratio(picture: Pixels) -> float:
        first, last = heart_edges(picture, lungs)
        return (last - first) / (right - left)

    drawn = large_heart(film, np.random.default_rng(seed), lungs)
    assert ratio(film) < 0.45
    assert ratio(drawn) > max(0.5, ratio(film) + 0.1)
    gain = np.abs(change(film, drawn))
    top, bottom, *_ = box(np.maximum(lungs.left, lungs.right))
    assert gain[: top + (bottom - top) // 12].max() <= 8
    assert gain[:, lungs.middle - 2 : lungs.middle + 3].mean() < 2
    assert gain[:, : left - 12].mean() < 1


@pytest.mark.parametrize("seed", range(4))
def test_a_pneumothorax_is_a_dark_rim_without_texture(seed: int, film: Pixels, lungs: Lungs) -> None:
    drawn = pneumothorax(film, np.random.default_rng(seed), lungs)
    gain = change(film, drawn)
    ill, _ = sides(gain, lungs)
    rim = (gain < -8) & (ill > 0)
    assert 0.1 < rim.sum() / (ill > 0).sum() < 0.7
    columns = np.argwhere(rim)[:, 1].mean(), np.argwhere(ill)[:, 1].mean()
    outward = columns[0] < columns[1] if ill is lungs.left else columns[0] > columns[1]
    assert outward

    def texture(picture: Pixels) -> float:
        grey = picture[..., 0].astype(float)
        return float(np.abs(np.diff(grey, axis=0, prepend=grey[:1]))[rim].mean())

    assert texture(drawn) < texture(film)
    # The pleural line: lighter than the film was, at the inner edge of the rim.
    assert gain[ill > 0].max() > 8
