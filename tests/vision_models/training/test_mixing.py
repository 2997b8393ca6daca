"""On drawn heads. The donor's lesion is reddish, so what travelled can be told from what was there."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision_models.fakes import brain_slice, picture, redness
from vision_models.training.mixing import borrow_tone, crop_out, graft, recolour, strip, transplant

SEEDS = range(30)
Image = NDArray[np.uint8]


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def grown(mask: Image, by: int) -> NDArray[np.bool_]:
    """The mask and all within ``by`` pixels of it."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(mask, disc) > 0)


def head_of(image: Image) -> NDArray[np.bool_]:
    return np.asarray(cv2.morphologyEx(np.uint8(image[..., 2] > 0), cv2.MORPH_CLOSE, np.ones((5, 5))) > 0)


def framed(image: Image, margin: int) -> Image:
    """With black air around it."""
    return np.asarray(cv2.copyMakeBorder(image, *[margin] * 4, cv2.BORDER_CONSTANT), np.uint8)


def distance(one: Image, other: Image) -> float:
    """Between two histograms: the levels by which a pixel of one has to move to give the other."""
    shares = [
        np.bincount(image[..., 1].ravel(), minlength=256) / image[..., 1].size for image in (one, other)
    ]
    return float(np.abs(np.cumsum(shares[0] - shares[1])).sum())


# Tone


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_borrowed_tone_moves_the_histogram_some_way_to_the_other(share: float) -> None:
    for seed in range(5):
        image, other = picture(60, 80, 60, seed), picture(170, 50, 90, seed + 100)
        made = borrow_tone(image, other, share)
        assert (made.dtype, made.shape) == (np.uint8, image.shape)
        assert distance(made, other) / distance(image, other) == pytest.approx(1 - share, abs=0.03)


def test_borrowed_tone_keeps_what_is_lighter_lighter() -> None:
    image = picture(100, 80, 60, 1)
    made = borrow_tone(image, brain_slice(2)[0], 0.8)
    order = np.argsort(image[..., 0].ravel())
    assert (np.diff(made[..., 0].ravel()[order].astype(int)) >= 0).all()


def test_a_picture_has_nothing_to_borrow_from_itself() -> None:
    image = picture(100, 80, 60)
    assert np.abs(borrow_tone(image, image, 1.0).astype(int) - image).max() <= 1


# Graft


def test_a_graft_changes_one_lung_or_both_and_leaves_the_frame() -> None:
    sides = set()
    for seed in SEEDS:
        host = picture(120, 120, 140, seed)
        donor = picture(90, 150, 100, seed + 100)
        donor[..., 0] += 60
        before = donor.copy()
        made = graft(host, donor, rng(seed))
        assert (made.dtype, made.shape) == (np.uint8, host.shape)
        assert np.array_equal(donor, before)
        red = cv2.blur(np.abs(redness(made)).astype(np.float32), (9, 9))
        left, right = (red[60, column] > 10 for column in (42, 98))
        sides.add((bool(left), bool(right)))
        assert red[[0, 0, -1, -1], [0, -1, 0, -1]].max() < 2
        assert red[-1].max() < 0.1 * red.max()
    assert sides == {(True, False), (False, True), (True, True)}


def test_a_graft_takes_the_tone_of_its_host() -> None:
    for seed in range(10):
        host, donor = picture(170, 120, 140, seed), picture(60, 120, 140, seed + 100)
        assert distance(graft(host, donor, rng(seed)), host) < 0.1 * distance(donor, host)


# Transplant


@pytest.mark.parametrize(
    "margin",
    [30, 0],
)
def test_a_transplanted_region_lies_in_the_head_and_the_mask_says_where(margin: int) -> None:
    done = 0
    for seed in SEEDS:
        host, _ = brain_slice(seed, 160, 140, lesion=False)
        host = framed(host, margin)
        donor, region = brain_slice(seed + 100, 160, 140, mean=120)
        made = transplant(host, donor, region, rng(seed))
        if made is None:
            continue
        done += 1
        image, landed = made
        assert (image.dtype, image.shape) == (np.uint8, host.shape)
        assert (landed.dtype, landed.shape) == (np.uint8, host.shape[:2])
        assert set(np.unique(landed)) == {0, 255}
        assert head_of(host)[landed > 0].all()
        assert np.array_equal(image[~grown(landed, 10)], host[~grown(landed, 10)])
        core = ~grown(255 - landed, 3)
        assert (redness(image)[core] > 20).all()
        assert (redness(image)[~grown(landed, 3)] < 20).all()
    assert done > 0.9 * len(SEEDS)


@pytest.mark.parametrize(("ours", "theirs"), [(60, 180), (180, 60)])
def test_the_copy_takes_the_brightness_around_it(ours: int, theirs: int) -> None:
    """Healthy tissue of another scanner leaves no light or dark patch."""
    for seed in SEEDS:
        host = framed(brain_slice(seed, 160, 140, mean=ours, lesion=False)[0], 30)
        donor, _ = brain_slice(seed + 100, 160, 140, mean=theirs, lesion=False)
        region = np.zeros((160, 140), np.uint8)
        region[60:90, 50:80] = 255
        region = framed(region, 30)
        donor = framed(donor, 30)
        made = transplant(host, donor, region, rng(seed))
        if made is not None:
            image, landed = made
            assert image[landed > 0].mean() == pytest.approx(ours, abs=12)


def test_a_transplanted_lesion_stays_lighter_than_its_new_place() -> None:
    host, _ = brain_slice(0, 160, 140, mean=60, lesion=False)
    donor, region = brain_slice(1, 160, 140, mean=90)
    made = transplant(host, donor, region, rng(0))
    assert made is not None
    image, landed = made
    assert image[landed > 0].mean() > host[landed > 0].mean() + 15


def test_a_donor_of_another_size() -> None:
    host, _ = brain_slice(0, 160, 140, lesion=False)
    made = transplant(host, *brain_slice(1, 90, 200), rng(3))
    assert made is not None
    assert made[0].shape == host.shape
    assert made[1].shape == host.shape[:2]


def _black(host: Image, region: Image) -> None:
    host[:] = 0


def _small_head(host: Image, region: Image) -> None:
    host[:, 40:] = 0


def _empty_region(host: Image, region: Image) -> None:
    region[:] = 0


def _speck(host: Image, region: Image) -> None:
    region[:] = 0
    region[50:52, 50:52] = 255


@pytest.mark.parametrize("spoil", [_black, _small_head, _empty_region, _speck])
def test_no_room_or_nothing_to_transplant(spoil: Callable[[Image, Image], None]) -> None:
    host, _ = brain_slice(0, 160, 140, lesion=False)
    donor, region = brain_slice(1, 160, 140)
    spoil(host, region)
    assert all(transplant(host, donor, region, rng(seed)) is None for seed in range(10))


# Crop


def test_a_crop_shows_nothing_of_the_region_and_enough_of_the_head() -> None:
    kept = 0
    for seed in SEEDS:
        height, width = (int(side) for side in rng(seed).integers(100, 200, 2))
        image, mask = brain_slice(seed, height, width)
        crop = crop_out(image, mask)
        if crop is None:
            continue
        kept += 1
        assert crop.flags["C_CONTIGUOUS"]
        assert crop.dtype == np.uint8
        assert redness(crop).max() == 0
        assert min(crop.shape[:2]) >= 0.4 * height
        assert (crop > 0).mean() > 0.35
    assert kept > 0.7 * len(SEEDS)


def test_the_largest_crop_is_taken_whatever_side_the_region_is_on() -> None:
    image = picture(90, 100, 100)
    for rows, columns, shape in (
        (slice(10, 20), slice(40, 60), (74, 100)),
        (slice(80, 90), slice(40, 60), (74, 100)),
        (slice(40, 60), slice(10, 20), (100, 74)),
        (slice(40, 60), slice(80, 90), (100, 74)),
        (slice(0, 5), slice(0, 9), (89, 100)),
    ):
        mask = np.zeros((100, 100), np.uint8)
        mask[rows, columns] = 255
        crop = crop_out(image, mask)
        assert crop is not None
        assert crop.shape[:2] == shape


def test_no_crop_is_left() -> None:
    image, mask = brain_slice(0, 100, 100)
    assert crop_out(image, np.zeros_like(mask)) is None
    middle = np.zeros_like(mask)
    middle[35:65, 35:65] = 255
    assert crop_out(image, middle) is None
    assert crop_out(image, np.full_like(mask, 255)) is None
    air = image.copy()
    air[:, 50:] = 0  # the only large crop shows air
    left = np.zeros_like(mask)
    left[:, :30] = 255
    assert crop_out(air, left) is None


# Colour


def test_recolour_changes_the_region_and_a_soft_edge_alone() -> None:
    changes = []
    for seed in SEEDS:
        image, mask = brain_slice(seed, 160, 140)
        made = recolour(image, mask, rng(seed))
        assert made.dtype == np.uint8
        assert np.array_equal(made[~grown(mask, 7)], image[~grown(mask, 7)])
        core = ~grown(255 - mask, 6)
        factors = made[core, 1] / image[core, 1]
        assert np.ptp(factors) < 0.02  # the whole region alike, but for rounding
        changes.append(factors.mean())
    assert min(changes) < 0.75
    assert max(changes) > 1.3
    assert 0.5 < min(changes) <= max(changes) < 1.7


# The skull


def test_a_stripped_head_is_its_inside_on_black() -> None:
    sizes = set()
    for seed in SEEDS:
        image, mask = brain_slice(seed, 220, 200)
        made = strip(image, mask, rng(seed))
        if made is None:
            continue
        stripped, left = made
        kept = stripped.any(axis=2)
        head = head_of(image)
        assert 0.1 < kept.mean() < head.mean()
        assert not (kept & ~head).any()
        assert np.array_equal(stripped[kept], image[kept])
        assert np.array_equal(left > 0, (mask > 0) & (left > 0))
        assert (left > 0).sum() >= 0.8 * (mask > 0).sum()
        sizes.add(int(kept.sum()) // 500)
    assert len(sizes) > 3  # not the same edge each time


def test_a_region_beside_the_skull_stays_with_it() -> None:
    image, _ = brain_slice(0, 220, 200, lesion=False)
    head = head_of(image)
    rim = np.uint8(head & ~(cv2.erode(np.uint8(head), np.ones((15, 15))) > 0)) * 255
    assert strip(image, rim, rng(0)) is None
    assert strip(np.zeros_like(image), np.zeros_like(rim), rng(0)) is None


# All of them


@pytest.mark.parametrize(
    "mix",
    [
        lambda image, mask, other, random: borrow_tone(image, other, 0.5),
        lambda image, mask, other, random: graft(image, other, random),
        lambda image, mask, other, random: transplant(other, image, mask, random),
        lambda image, mask, other, random: crop_out(image, mask),
        lambda image, mask, other, random: recolour(image, mask, random),
        lambda image, mask, other, random: strip(image, mask, random),
    ],
    ids=["borrow_tone", "graft", "transplant", "crop_out", "recolour", "strip"],
)
def test_the_same_draw_gives_the_same_and_nothing_is_changed_in_place(
    mix: Callable[[Image, Image, Image, np.random.Generator], Image | tuple[Image, Image] | None],
) -> None:
    image, mask = brain_slice(0, 160, 140)
    other, _ = brain_slice(1, 150, 170, lesion=False)
    before = [given.copy() for given in (image, mask, other)]
    first, second = (mix(image, mask, other, rng(7)) for _ in range(2))
    assert first is not None
    assert second is not None
    for one, again in zip(first, second, strict=True):
        assert np.array_equal(one, again)
    for given, kept in zip((image, mask, other), before, strict=True):
        assert np.array_equal(given, kept)
    for made in first if isinstance(first, tuple) else (first,):
        assert not any(np.shares_memory(made, given) for given in (mask, other))
