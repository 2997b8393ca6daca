import numpy as np
import pytest

from tests.vision_models.fakes import picture
from vision_models.saliency import overlay, region, saliency

SIZE = 70


def maps(row: int, column: int, target: int = 1, classes: int = 4) -> np.ndarray:
    """One cell of seven by seven speaks for one class."""
    made = np.zeros((7, 7, classes), np.float32)
    made[row, column, target] = 2.0
    return made


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 3), (6, 1), (2, 5)])
def test_the_map_peaks_where_the_evidence_is(row: int, column: int) -> None:
    heat = saliency(maps(row, column), (1,), SIZE)
    peak = np.unravel_index(heat.argmax(), heat.shape)
    assert (peak[0] // 10, peak[1] // 10) == (row, column)


def test_shape_and_range() -> None:
    heat = saliency(np.random.default_rng(0).normal(0, 5, (7, 7, 4)).astype(np.float32), (2,), SIZE)
    assert heat.shape == (SIZE, SIZE)
    assert heat.dtype == np.float32
    assert heat.min() == 0
    assert heat.max() == pytest.approx(1, abs=1e-4)


def test_what_speaks_for_every_class_is_no_evidence() -> None:
    everywhere = np.zeros((7, 7, 4), np.float32)
    everywhere[0, 0] = 50.0
    assert np.allclose(
        saliency(maps(5, 5) + everywhere, (1,), SIZE), saliency(maps(5, 5), (1,), SIZE), atol=1e-4
    )


def test_what_speaks_against_is_cut_off() -> None:
    assert not saliency(-maps(3, 3), (1,), SIZE).any()


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_a_map_of_nothing_is_empty(value: float) -> None:
    heat = saliency(np.full((7, 7, 4), value, np.float32), (0,), SIZE)
    assert not heat.any()
    assert region(heat) == "middle_centre"


def test_several_targets_share_one_map() -> None:
    heat = saliency(maps(0, 0, 1) + maps(6, 6, 2), (1, 2), SIZE)
    assert heat[:10, :10].max() > 0.95
    assert heat[-10:, -10:].max() > 0.95


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [
        (0, 0, "upper_left"),
        (0, 3, "upper_centre"),
        (0, 6, "upper_right"),
        (3, 0, "middle_left"),
        (3, 3, "middle_centre"),
        (3, 6, "middle_right"),
        (6, 0, "lower_left"),
        (6, 3, "lower_centre"),
        (6, 6, "lower_right"),
    ],
)
def test_regions_are_the_pictures_own(row: int, column: int, name: str) -> None:
    assert region(saliency(maps(row, column), (1,), SIZE)) == name


def test_the_overlay_is_clear_where_nothing_is() -> None:
    image = picture(height=SIZE, width=SIZE)
    assert np.array_equal(overlay(image, np.zeros((SIZE, SIZE), np.float32)), image)


def test_the_overlay_is_red_where_the_map_is_high_and_blue_where_low() -> None:
    heat = np.zeros((SIZE, SIZE), np.float32)
    heat[:10], heat[10:20] = 1.0, 0.1
    image = np.full((SIZE, SIZE, 3), 60, np.uint8)
    laid = overlay(image, heat)
    assert laid.shape == image.shape
    assert laid.dtype == np.uint8
    high, low = laid[5, 5].astype(int), laid[15, 5].astype(int)
    assert high[0] > high[2]
    assert low[2] > low[0]
    assert (image == 60).all()
