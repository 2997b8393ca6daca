import numpy as np
import pytest

from tests.vision_models.fakes import brain_slice, picture
from vision_models.outline import AIR, COLOUR, EDGE, SMALLEST, draw, outline, share_of_slice

SIZE, CELLS = 64, 16
STEP = SIZE // CELLS


def cells(*parts: tuple[slice, slice], share: float = 1.0) -> np.ndarray:
    made = np.zeros((CELLS, CELLS), np.float32)
    for part in parts:
        made[part] = share
    return made


BLOCK = (slice(4, 8), slice(6, 12))


def head(radius: float) -> np.ndarray:
    """A bright disc in black air."""
    y, x = np.mgrid[:SIZE, :SIZE]
    disc = np.hypot(y - SIZE / 2, x - SIZE / 2) < radius
    return np.repeat(np.where(disc, 120, 0)[..., None], 3, axis=2).astype(np.uint8)


def test_the_mask_lies_where_the_cells_are() -> None:
    mask = outline(cells(BLOCK), SIZE, 0.5)
    assert mask.shape == (SIZE, SIZE)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255}
    expected = np.zeros((SIZE, SIZE), bool)
    expected[4 * STEP : 8 * STEP, 6 * STEP : 12 * STEP] = True
    assert ((mask > 0) != expected).sum() <= 4  # the corners are rounded


@pytest.mark.parametrize(
    ("share", "threshold", "drawn"), [(0.6, 0.5, True), (0.4, 0.5, False), (0.4, 0.3, True)]
)
def test_only_what_reaches_the_threshold_is_drawn(share: float, threshold: float, drawn: bool) -> None:
    assert outline(cells(BLOCK, share=share), SIZE, threshold).any() == drawn


def test_a_lower_threshold_takes_in_more() -> None:
    slope = np.tile(np.linspace(0, 1, CELLS, dtype=np.float32), (CELLS, 1))
    low, high = (outline(slope, SIZE, threshold) > 0 for threshold in (0.3, 0.7))
    assert (low | ~high).all()
    assert low.sum() > 1.5 * high.sum()


def test_specks_are_left_out_and_the_rest_stays() -> None:
    size = 224
    fine = np.zeros((size, size), np.float32)
    fine[50:90, 50:90] = 1.0
    fine[150:154, 150:154] = 1.0
    assert SMALLEST * size * size > 4 * 4
    mask = outline(fine, size, 0.5)
    assert mask[70, 70] == 255
    assert not mask[140:].any()


def test_two_parts_are_both_drawn() -> None:
    mask = outline(cells((slice(2, 5), slice(2, 5)), (slice(10, 14), slice(10, 14))), SIZE, 0.5)
    assert mask[3 * STEP, 3 * STEP] == mask[12 * STEP, 12 * STEP] == 255
    assert mask[7 * STEP, 7 * STEP] == 0


def test_holes_are_filled() -> None:
    ring = cells((slice(3, 12), slice(3, 12)))
    ring[6:9, 6:9] = 0.0
    mask = outline(ring, SIZE, 0.5)
    assert mask[7 * STEP, 7 * STEP] == 255
    assert (mask > 0).sum() == pytest.approx((9 * STEP) ** 2, rel=0.02)


def test_a_region_of_nothing_is_an_empty_mask() -> None:
    mask = outline(cells(), SIZE, 0.5)
    assert mask.shape == (SIZE, SIZE)
    assert not mask.any()


@pytest.mark.parametrize("radius", [20, 30])
def test_the_share_is_that_of_the_head_and_not_of_the_picture(radius: int) -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[28:36, 28:36] = 255
    assert share_of_slice(mask, head(radius)) == pytest.approx(64 / (np.pi * radius**2), rel=0.06)


def test_dark_parts_inside_the_head_belong_to_it() -> None:
    slice_ = head(28)
    slice_[26:38, 26:38] = AIR  # ventricles
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[26:38, 26:38] = 255
    assert share_of_slice(mask, slice_) == pytest.approx(144 / (np.pi * 28**2), rel=0.06)


def test_what_lies_outside_the_head_does_not_count() -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:8, :8] = 255
    assert share_of_slice(mask, head(20)) == 0


def test_a_mask_of_the_whole_head_is_all_of_it() -> None:
    assert share_of_slice(np.full((SIZE, SIZE), 255, np.uint8), head(24)) == 1


def test_a_drawn_lesion_has_the_share_it_was_drawn_with() -> None:
    slice_, mask = brain_slice(3, SIZE, SIZE)
    inside = np.pi * (0.46 * SIZE) ** 2
    assert share_of_slice(mask, slice_) == pytest.approx((mask > 0).sum() / inside, rel=0.06)


@pytest.mark.parametrize("level", [0, AIR])
def test_where_no_head_is_seen_the_share_is_that_of_the_picture(level: int) -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:16] = 255
    assert share_of_slice(mask, np.full((SIZE, SIZE, 3), level, np.uint8)) == 0.25


def test_a_lone_bright_dot_is_no_head() -> None:
    dark = np.zeros((SIZE, SIZE, 3), np.uint8)
    dark[3:6, 3:6] = 250
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:16] = 255
    assert share_of_slice(mask, dark) == 0.25


def test_only_the_edge_is_drawn() -> None:
    image = picture(height=SIZE, width=SIZE)
    mask = outline(cells((slice(4, 12), slice(4, 12))), SIZE, 0.5)
    drawn = draw(image, mask)
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    changed = (drawn != image).any(axis=2)
    assert changed[16, 20:44].all()
    assert not changed[20:44, 20:44].any()
    assert not changed[:12].any()
    assert not changed[52:].any()


def test_the_line_shows_on_any_grey() -> None:
    mask = outline(cells(BLOCK), SIZE, 0.5)
    for grey in (0, 128, 255):
        colours = draw(np.full((SIZE, SIZE, 3), grey, np.uint8), mask).reshape(-1, 3)
        for line in (COLOUR, EDGE):
            nearest = np.abs(colours.astype(int) - line).max(axis=1).min()
            assert nearest < 40, grey


def test_the_picture_itself_stays_as_it_was() -> None:
    image = picture(height=SIZE, width=SIZE)
    before = image.copy()
    draw(image, outline(cells(BLOCK), SIZE, 0.5))
    assert np.array_equal(image, before)


def test_an_empty_mask_draws_nothing() -> None:
    image = picture(height=SIZE, width=SIZE)
    assert np.array_equal(draw(image, np.zeros((SIZE, SIZE), np.uint8)), image)
