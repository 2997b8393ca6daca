"""That pictures in a batch lend each other parts, and that their targets follow."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import brain_slice, encoded, redness, write_pack
from tests.vision_models.training.tiny_batches import ALL, all_of, batches, shift, taught
from vision_models.training.augment import Augmentation
from vision_models.training.data import Sample, load_samples
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import Recipe, Stage

pytestmark = pytest.mark.model
NO_TUMOR = [1, 0, 0, 0]
GLIOMA = [0, 1, 0, 0]
SOME_TUMOR = [0, 1, 1, 1]


@pytest.fixture
def slices(tmp_path: Path) -> Path:
    """A folder of brain slices: six healthy ones, six drawn tumors, and one that nobody drew."""
    rows, images = [], {}
    for number in range(13):
        tumor, drawn = number > 5, 5 < number < 12
        row = {"file": f"{number}.png", "source": "nickparvar", "finding": "glioma" if tumor else ""}
        row |= {"split": "train", "group": str(number), "mask": f"masks/{number}.png" if drawn else ""}
        image, mask = brain_slice(number, 110, 90, lesion=tumor)
        image = cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_CONSTANT)
        mask = cv2.copyMakeBorder(mask, 20, 20, 20, 20, cv2.BORDER_CONSTANT)
        images[row["file"]] = encoded(image)
        if drawn:
            images[row["mask"]] = encoded(mask)
        rows.append(row)
    write_pack(tmp_path, "brain_mri", rows, images)
    return tmp_path


def mixed(
    slices: Path, recipe: Recipe, quiet: Augmentation, **chances: float
) -> list[tuple[Sample, Any, Any, Any]]:
    """An epoch with these mixing chances and no tone: sample, picture, and both targets of each draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vision_models.training.data._check", lambda *_: None)  # not all classes are there
        samples = load_samples("brain_mri", slices)
    recipe = replace(
        recipe,
        stages=(Stage(64, 1),),
        contrast=False,
        draws=120,
        augmentation=replace(quiet, rotation=20, zoom=0.1, flip=0.5),
        mixing=Mixing(**chances),
    )
    made = batches(samples, slices, recipe)
    shown = all_of(made)
    drawn = [samples[row] for row in made._order]
    return list(zip(drawn, shown["pictures"], shown["logits"].tolist(), shown["region"], strict=True))


def test_without_mixing_each_keeps_its_target_and_the_region_follows_the_picture(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    for sample, picture, target, region in mixed(slices, small_brain, quiet):
        if sample.mask:
            assert target == GLIOMA
            assert shift(picture, region) < 1.5
        elif sample.labels == ("no_tumor",):
            assert target == NO_TUMOR
            assert not region.any()
        else:
            assert target == GLIOMA
            assert (region == -1).all()


def test_a_transplanted_tumor_may_be_any_and_the_region_is_where_it_went(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    outcomes: Counter[str] = Counter()
    for sample, picture, target, region in mixed(slices, small_brain, quiet, transplant=1):
        if sample.labels != ("no_tumor",):
            assert target == GLIOMA
        elif target == SOME_TUMOR:
            outcomes["tumor"] += 1
            assert shift(picture, region) < 2
        else:
            outcomes["healthy tissue"] += 1
            assert target == NO_TUMOR
            assert not region.any()
            assert redness(picture).max() < 15
    assert outcomes["tumor"] / outcomes.total() == pytest.approx(2 / 3, abs=0.15)


def test_a_picture_cropped_beside_its_tumor_is_healthy(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    cropped = 0
    for sample, picture, target, region in mixed(slices, small_brain, quiet, crop_out=1):
        if sample.mask and target == NO_TUMOR:
            cropped += 1
            assert redness(picture).max() < 5
            assert not region.any()
        elif sample.mask:  # no crop showed enough of the head
            assert target == GLIOMA
            assert shift(picture, region) < 1.5
        elif sample.labels != ("no_tumor",):  # nobody knows where it is, so it cannot be cut away
            assert target == GLIOMA
            assert redness(picture).max() > 30
    assert cropped > 5


def test_a_recoloured_tumor_stays_what_and_where_it_is(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    reds = []
    for sample, picture, target, region in mixed(slices, small_brain, quiet, recolour=1):
        if sample.mask:
            assert target == GLIOMA
            assert shift(picture, region) < 1.5
            reds.append(float(picture[..., 1][redness(picture) > 25].mean()))
    assert max(reds) - min(reds) > 60


def test_a_borrowed_tone_changes_no_target(slices: Path, small_brain: Recipe, quiet: Augmentation) -> None:
    plain, toned = (mixed(slices, small_brain, quiet, borrow_tone=chance) for chance in (0.0, 1.0))
    changed = []
    for (one, before, _, _), (other, after, target, _) in zip(plain, toned, strict=True):
        assert one == other
        assert target == (NO_TUMOR if other.labels == ("no_tumor",) else GLIOMA)
        changed.append(not np.array_equal(before, after))
    assert np.mean(changed) > 0.9


def test_a_film_with_grafted_lungs_may_be_either(packs: Path, small: Recipe, quiet: Augmentation) -> None:
    samples = taught(packs, small)
    recipe = replace(small, draws=80, augmentation=quiet, mixing=Mixing(graft=1), signs=0, region=None)
    made = batches(samples, packs, recipe)
    seen = set()
    for row, target in zip(made._order, all_of(made)["logits"], strict=True):
        own = made._targets[row]
        if samples[row].labels != ("normal",):
            assert np.array_equal(target, own)
            continue
        assert target[0] == 1
        donors = [t for s, t in zip(samples, made._targets, strict=True) if s.labels != ("normal",)]
        assert any(np.array_equal(target, np.maximum(own, donor)) for donor in donors)
        seen.add(tuple(target))
    assert len(seen) > 2


def test_no_masks_and_no_healthy_pictures_are_no_hindrance(packs: Path, small_brain: Recipe) -> None:
    samples = taught(packs, small_brain)
    recipe = replace(small_brain, mixing=replace(ALL, graft=0))
    for kept in (
        [sample for sample in samples if not sample.mask],
        [sample for sample in samples if sample.labels != ("no_tumor",)],
    ):
        assert len(all_of(batches(kept, packs, recipe))["pictures"]) == 16
