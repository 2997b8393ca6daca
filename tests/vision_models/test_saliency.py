import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import make_card, picture
from vision_models.saliency import (
    DELETED_SHARE,
    REGION_FLOOR,
    deleted,
    heat_map,
    margin,
    overlay,
    region,
    saliency,
)

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


def test_a_region_weights_the_map_at_its_finer_grain() -> None:
    cells = np.zeros((35, 35), np.float32)
    cells[2:4, 2:4] = 1.0
    evidence = maps(0, 0) + maps(6, 6)
    heat = saliency(evidence, (1,), SIZE, cells)
    assert (heat.shape, heat.dtype) == ((SIZE, SIZE), np.float32)
    assert heat[4:8, 4:8].min() > 0.3
    assert heat.max() == pytest.approx(1, abs=1e-4)
    assert 0 < heat[65, 65] < 3 * REGION_FLOOR
    even = saliency(evidence, (1,), SIZE, np.full((35, 35), 0.5, np.float32))
    assert even == pytest.approx(saliency(evidence, (1,), SIZE), abs=1e-4)


def test_within_the_region_of_a_finding_the_map_peaks_where_the_region_does() -> None:
    cells = np.zeros((35, 35), np.float32)
    cells[0:8, 0:8] = 0.8
    cells[3, 3] = 1.0  # where the evidence, of another cell, is past its peak
    organ = saliency(maps(0, 0), (1,), SIZE, cells)
    finding = saliency(maps(0, 0), (1,), SIZE, cells, outlines=True)
    assert max(np.unravel_index(organ.argmax(), organ.shape)) < 5
    assert min(np.unravel_index(finding.argmax(), finding.shape)) >= 6
    far = saliency(maps(6, 6), (1,), SIZE, cells, outlines=True)
    assert far[:18, :18].max() < 0.05 < far[60:, 60:].max()


def test_without_any_region_seen_the_map_is_the_plain_one() -> None:
    nothing = np.zeros((35, 35), np.float32)
    assert saliency(maps(2, 5), (1,), SIZE, nothing) == pytest.approx(
        saliency(maps(2, 5), (1,), SIZE), abs=1e-3
    )


@pytest.mark.parametrize(
    ("model", "name", "weighted"),
    [
        ("brain_mri", "glioma", True),
        ("brain_mri", "no_tumor", False),
        ("chest_xray", "viral_pneumonia", True),
        ("chest_xray", "normal", True),
    ],
)
def test_only_a_healthy_class_beside_outlined_findings_is_not_weighted(
    model: str, name: str, weighted: bool
) -> None:
    card = make_card(model, SIZE)
    target = card.class_names.index(name)
    cells = np.zeros((35, 35), np.float32)
    cells[:10, :10] = 1
    spread = maps(0, 0, target) + maps(6, 6, target)
    with_region, without = (heat_map(spread, each, (target,), card) for each in (cells, None))
    assert with_region.shape == without.shape == (SIZE, SIZE)
    assert without[-5, -5] > 0.5
    assert (with_region[-5, -5] < 0.1) == weighted


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


def patch_of_heat() -> np.ndarray:
    """High in a square that is less than the check takes away, nothing elsewhere."""
    heat = np.zeros((SIZE, SIZE), np.float32)
    heat[10:30, 10:30] = 1.0
    return heat


def test_what_the_map_marks_loses_its_detail_and_keeps_its_brightness() -> None:
    image, heat = picture(height=SIZE, width=SIZE), patch_of_heat()
    without = deleted(image, heat)
    assert without.shape == image.shape
    assert without.dtype == np.uint8
    inside = (slice(14, 26), slice(14, 26))
    assert without[inside].std() < 0.3 * image[inside].std()
    assert without[inside].mean() == pytest.approx(image[inside].mean(), abs=5)
    assert np.array_equal(without[50:, 50:], image[50:, 50:])


def test_the_picture_itself_is_not_changed_by_the_check() -> None:
    image = picture(height=SIZE, width=SIZE)
    before = image.copy()
    deleted(image, patch_of_heat())
    assert np.array_equal(image, before)


def test_no_more_than_a_share_of_the_picture_is_taken_away() -> None:
    image = picture(height=SIZE, width=SIZE)
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    changed = (deleted(image, ramp) != image).any(axis=(0, 2))
    assert changed[-5:].all()
    assert not changed[: int((1 - DELETED_SHARE) * SIZE) - 15].any()


def test_an_empty_map_takes_nothing_away() -> None:
    image = picture(height=SIZE, width=SIZE)
    assert np.array_equal(deleted(image, np.zeros((SIZE, SIZE), np.float32)), image)


def test_margin_by_hand() -> None:
    logits = np.log(np.array([1.0, 2.0, 5.0], np.float32))
    assert margin(logits, (2,)) == pytest.approx(np.log(5 / 3))
    assert margin(logits, (0, 1)) == pytest.approx(np.log(3 / 5))


def test_margin_is_the_log_odds_and_no_shift_moves_it() -> None:
    logits = np.random.default_rng(0).normal(0, 3, 4).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert margin(logits, (1,)) == pytest.approx(np.log(shares[1] / (1 - shares[1])), abs=1e-4)
    assert margin(logits + 500, (1,)) == pytest.approx(margin(logits, (1,)), abs=1e-3)


@pytest.mark.parametrize("size", [96, 160, 224, 512])
def test_detail_goes_as_a_gaussian_blur_takes_it(size: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    image[size // 5 : size // 2, size // 4 :] = 255
    without = deleted(image, np.ones((size, size), np.float32))
    assert np.array_equal(without, cv2.GaussianBlur(image, (0, 0), size / 12))
