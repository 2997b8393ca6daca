"""Keras is needed to make batches, so these are ``model`` tests; it is imported inside.

Where a test follows a lesion, it does so by its colour (see ``brain_slice``): CLAHE, tone and handling are
off, so that what is reddish in a batch is what was drawn as a lesion.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision_models.fakes import brain_slice, encoded, make_sample, redness, write_pack
from tests.vision_models.training.test_lungs import drawn_film
from vision_models.analysis import CLASS_NAMES
from vision_models.preprocess import prepare
from vision_models.training.augment import Augmentation
from vision_models.training.data import ImageStore, Sample, load_samples, targets
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import Recipe, Stage

if TYPE_CHECKING:
    from vision_models.training.loader import Batches

pytestmark = pytest.mark.model
#: Every chance at once, certain or even.
ALL, HALF = (Mixing(**dict.fromkeys(Mixing.__dataclass_fields__, chance)) for chance in (1.0, 0.5))
NO_TUMOR = [1, 0, 0, 0]
SOME_TUMOR = [0, 1, 1, 1]


def model_of(recipe: Recipe) -> str:
    return "brain_mri" if recipe.region == "finding" else "chest_xray"


def taught(packs: Path, recipe: Recipe) -> list[Sample]:
    return [sample for sample in load_samples(model_of(recipe), packs) if sample.split == "train"]


def batches(samples: list[Sample], packs: Path, recipe: Recipe, **options: Any) -> "Batches":
    from vision_models.training.loader import Batches

    names = CLASS_NAMES[samples[0].pack]
    return Batches(samples, names, ImageStore(packs, samples), recipe, **{"training": True} | options)


def all_of(made: "Batches") -> dict[str, np.ndarray]:
    """A whole epoch: the pictures, and the targets by name."""
    pairs = [made[i] for i in range(len(made))]
    goals = {name: np.concatenate([goal[name] for _, goal in pairs]) for name in pairs[0][1]}
    return {"pictures": np.concatenate([pictures for pictures, _ in pairs])} | goals


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    assert one.keys() == other.keys()
    return all(np.array_equal(one[name], other[name]) for name in one)


# An epoch


def test_a_batch_is_what_the_network_takes(packs: Path, recipe: Recipe) -> None:
    made = batches(taught(packs, recipe), packs, recipe)
    assert len(made) == 2
    pictures, goals = made[0]
    assert pictures.shape == (8, 32, 32, 3)
    assert pictures.dtype == np.float32
    assert 1 < pictures.max() <= 255
    assert goals["logits"].shape == (8, 4 + recipe.has_other)
    assert goals["region"].shape == (8, 8, 8, 1)
    assert all(goal.dtype == np.float32 for goal in goals.values())


def test_a_recipe_without_a_region_has_no_such_target(packs: Path, small: Recipe) -> None:
    made = batches(taught(packs, small), packs, replace(small, region=None, signs=0.0))
    assert {name: goal.shape for name, goal in made[0][1].items()} == {"logits": (8, 4)}


def test_the_last_batch_is_what_is_left(packs: Path, recipe: Recipe) -> None:
    made = batches(taught(packs, recipe), packs, replace(recipe, draws=19))
    assert [len(made[i][0]) for i in range(len(made))] == [8, 8, 3]


def test_the_same_seed_and_epoch_draw_the_same(packs: Path, recipe: Recipe) -> None:
    samples = taught(packs, recipe)
    first, second = (all_of(batches(samples, packs, recipe, first_epoch=3)) for _ in range(2))
    assert same(first, second)


def test_another_seed_or_epoch_draws_anew(packs: Path, recipe: Recipe) -> None:
    samples = taught(packs, recipe)
    recipe = replace(recipe, stages=(Stage(32, 5),))
    first = all_of(batches(samples, packs, recipe))
    assert not same(first, all_of(batches(samples, packs, recipe, first_epoch=1)))
    assert not same(first, all_of(batches(samples, packs, replace(recipe, seed=1))))


@pytest.mark.parametrize("mixing", [Mixing(), ALL, HALF], ids=["none", "all", "half"])
def test_a_resumed_epoch_is_that_of_an_unbroken_run(packs: Path, recipe: Recipe, mixing: Mixing) -> None:
    samples = taught(packs, recipe)
    recipe = replace(recipe, stages=(Stage(32, 1), Stage(64, 3)), mixing=mixing)
    unbroken = batches(samples, packs, recipe, first_epoch=1)
    for _ in range(2):
        unbroken.on_epoch_end()
    assert same(all_of(unbroken), all_of(batches(samples, packs, recipe, first_epoch=3)))


def test_batches_do_not_depend_on_the_order_they_are_asked_in(packs: Path, recipe: Recipe) -> None:
    made = batches(taught(packs, recipe), packs, recipe)
    last, first = made[1][0], made[0][0]
    assert np.array_equal(made[1][0], last)
    assert np.array_equal(made[0][0], first)


def test_the_picture_size_is_that_of_the_first_epoch(packs: Path, recipe: Recipe) -> None:
    samples = taught(packs, recipe)
    recipe = replace(recipe, stages=(Stage(32, 2), Stage(64, 1), Stage(96, 1)))
    for epoch, side in enumerate((32, 32, 64, 96, 96)):
        pictures, goals = batches(samples, packs, recipe, first_epoch=epoch)[0]
        assert pictures.shape == (8, side, side, 3)
        assert goals["region"].shape == (8, side // 4, side // 4, 1)
    made = batches(samples, packs, recipe, first_epoch=1)
    made.on_epoch_end()
    assert made[0][0].shape[1] == 32  # Keras wants one size a fit, so a new stage is a new epoch's Batches


def test_validation_is_every_picture_once_as_it_is_served(packs: Path, recipe: Recipe) -> None:
    from vision_models.training.loader import region_target

    samples = taught(packs, recipe)
    # Whatever mixes, marks or augments training, and whatever the stage.
    signs = 1.0 if recipe.has_other else 0.0
    everything = replace(recipe, mixing=ALL, signs=signs, augmentation=Augmentation(erase=1, shade=1))
    made = batches(samples, packs, everything, training=False)
    shown = all_of(made)
    store = ImageStore(packs, samples)
    for index, sample in enumerate(samples):
        expected = prepare(store.read(sample), recipe.image_size, recipe.contrast)
        assert np.array_equal(shown["pictures"][index], expected)
        if recipe.region == "finding":
            target = region_target(store.read_mask(sample), recipe.image_size)
            assert np.array_equal(shown["region"][index], target)
    assert len(shown["pictures"]) == len(samples)
    assert np.array_equal(shown["logits"][:, :4], targets(samples, CLASS_NAMES[model_of(recipe)]))
    assert not shown["logits"][:, 4:].any()
    made.on_epoch_end()
    assert same(all_of(made), shown)


def test_strata_are_balanced_by_the_root_of_their_size(packs: Path, small: Recipe) -> None:
    samples = [s for s in taught(packs, small) if len(s.labels) == 1]
    many = [s for s in samples if s.labels == ("normal",)] * 32  # 64 against 2: drawn 8 to 1.41
    rest = [s for s in samples if s.labels == ("covid19",)]
    names = CLASS_NAMES["chest_xray"]
    recipe = replace(small, draws=8000, boost={})
    made = batches(many + rest, packs, recipe)
    drawn = Counter(names[int(made._targets[row].argmax())] for row in made._order)
    assert drawn["normal"] / drawn["covid19"] == pytest.approx(np.sqrt(64 / 2), rel=0.1)
    boosted = batches(many + rest, packs, replace(recipe, boost={"kermany:covid19": 2.0}))
    drawn = Counter(names[int(boosted._targets[row].argmax())] for row in boosted._order)
    assert drawn["normal"] / drawn["covid19"] == pytest.approx(np.sqrt(64 / 2) / 2, rel=0.1)


# The region


@pytest.mark.parametrize("shape", [(64, 64), (96, 64), (40, 100), (224, 180)])
def test_a_cell_is_the_share_of_it_that_the_mask_covers(shape: tuple[int, int]) -> None:
    from vision_models.training.loader import region_target

    _, mask = brain_slice(1, *shape)
    target = region_target(mask, 64)
    assert (target.dtype, target.shape) == (np.float32, (16, 16, 1))
    assert 0 <= target.min() < target.max() <= 1
    assert target.mean() == pytest.approx((mask > 0).sum() / max(shape) ** 2, rel=0.06)


def test_the_cells_of_a_square_mask_one_by_one() -> None:
    from vision_models.training.loader import region_target

    mask = np.zeros((32, 32), np.uint8)
    mask[4:12, 8:14] = 255
    expected = np.zeros((8, 8))
    expected[1:3, 2] = 1
    expected[1:3, 3] = 0.5
    assert np.allclose(region_target(mask, 32)[..., 0], expected)


def test_where_nobody_drew_the_region_is_unknown() -> None:
    from vision_models.training.loader import UNKNOWN, region_target

    target = region_target(None, 64)
    assert (target.dtype, target.shape) == (np.float32, (16, 16, 1))
    assert (target == UNKNOWN).all()
    assert not region_target(np.zeros((50, 40), np.uint8), 64).any()


@pytest.mark.parametrize("shape", [(80, 60), (60, 80), (70, 70), (300, 200)])
def test_the_region_is_padded_as_the_picture_is(shape: tuple[int, int]) -> None:
    from vision_models.training.loader import region_target

    image, mask = brain_slice(3, *shape)
    assert shift(prepare(image, 64, contrast=False), region_target(mask, 64)) < 1.5


def shift(picture: np.ndarray, region: np.ndarray) -> float:
    """How many pixels lie between the middle of what is reddish and the middle of the region."""
    red = np.maximum(redness(picture), 0).astype(float)
    cells = cv2.resize(region[..., 0], red.shape, interpolation=cv2.INTER_NEAREST)
    assert red.max() > 15
    return float(np.hypot(*(middle(red) - middle(cells))))


def middle(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    axes = np.indices(weights.shape)
    return np.asarray((axes * weights).sum(axis=(1, 2)) / weights.sum())


# Mixing


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
            assert target == [0, 1, 0, 0]
            assert shift(picture, region) < 1.5
        elif sample.labels == ("no_tumor",):
            assert target == NO_TUMOR
            assert not region.any()
        else:
            assert target == [0, 1, 0, 0]
            assert (region == -1).all()


def test_a_transplanted_tumor_may_be_any_and_the_region_is_where_it_went(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    outcomes: Counter[str] = Counter()
    for sample, picture, target, region in mixed(slices, small_brain, quiet, transplant=1):
        if sample.labels != ("no_tumor",):
            assert target == [0, 1, 0, 0]
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
            assert target == [0, 1, 0, 0]
            assert shift(picture, region) < 1.5
        elif sample.labels != ("no_tumor",):  # nobody knows where it is, so it cannot be cut away
            assert target == [0, 1, 0, 0]
            assert redness(picture).max() > 30
    assert cropped > 5


def test_a_recoloured_tumor_stays_what_and_where_it_is(
    slices: Path, small_brain: Recipe, quiet: Augmentation
) -> None:
    reds = []
    for sample, picture, target, region in mixed(slices, small_brain, quiet, recolour=1):
        if sample.mask:
            assert target == [0, 1, 0, 0]
            assert shift(picture, region) < 1.5
            reds.append(float(picture[..., 1][redness(picture) > 25].mean()))
    assert max(reds) - min(reds) > 60


def test_a_borrowed_tone_changes_no_target(slices: Path, small_brain: Recipe, quiet: Augmentation) -> None:
    plain, toned = (mixed(slices, small_brain, quiet, borrow_tone=chance) for chance in (0.0, 1.0))
    changed = []
    for (one, before, _, _), (other, after, target, _) in zip(plain, toned, strict=True):
        assert one is other or one == other
        assert target == (NO_TUMOR if other.labels == ("no_tumor",) else [0, 1, 0, 0])
        changed.append(not np.array_equal(before, after))
    assert np.mean(changed) > 0.9


def test_a_film_with_grafted_lungs_may_be_either(
    packs: Path, small: Recipe, quiet: Augmentation, monkeypatch: pytest.MonkeyPatch
) -> None:
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


# Lungs and signs


@pytest.fixture
def films(tmp_path: Path) -> list[Sample]:
    """Two healthy films with lungs that are reddish, one of them wide, and a covid19 in black."""
    film, *lungs = drawn_film()
    film[np.maximum(*lungs) > 0, 0] += 40
    wide = cv2.copyMakeBorder(film[10:-10], 0, 0, 30, 30, cv2.BORDER_CONSTANT)
    images = {"a.png": film, "wide.png": wide, "black.png": np.zeros_like(film)}
    write_pack(tmp_path, "chest_xray", [{"file": "a.png"}], {name: encoded(i) for name, i in images.items()})
    labels = {"a.png": "normal", "wide.png": "normal", "black.png": "covid19"}
    return [make_sample((label,), file=file, split="train") for file, label in labels.items()]


def test_lungs_are_found_and_follow_the_picture(
    films: list[Sample], tmp_path: Path, small: Recipe, quiet: Augmentation
) -> None:
    moving = replace(quiet, rotation=15, zoom=0.1, flip=0.5)
    recipe = replace(small, stages=(Stage(64, 1),), contrast=False, draws=40, augmentation=moving)
    recipe = replace(recipe, mixing=Mixing(), signs=0.0)
    for training in (False, True):
        made = batches(films, tmp_path, recipe, training=training)
        shown = all_of(made)
        for row, picture, region in zip(made._order, shown["pictures"], shown["region"], strict=True):
            if films[row].file == "black.png":
                assert (region == -1).all()
            else:
                assert region.min() == 0
                assert shift(picture, region) < 4  # outlines of usual lungs, not of these half ovals


def test_a_sign_of_another_disease_makes_a_healthy_film_the_class_beyond(
    films: list[Sample], tmp_path: Path, small: Recipe, quiet: Augmentation
) -> None:
    recipe = replace(small, draws=24, augmentation=quiet, mixing=Mixing())
    plain, signed = (all_of(batches(films, tmp_path, replace(recipe, signs=signs))) for signs in (1e-9, 1.0))
    made = batches(films, tmp_path, recipe)
    for row, before, after, target in zip(
        made._order, plain["pictures"], signed["pictures"], signed["logits"].tolist(), strict=True
    ):
        healthy = films[row].labels == ("normal",)
        assert target == ([0, 0, 0, 0, 1] if healthy else [0, 0, 0, 1, 0])
        assert np.array_equal(before, after) != healthy
    assert not plain["logits"][:, 4].any()


def test_a_film_without_lungs_gets_no_sign(
    packs: Path, small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision_models.training import loader

    find = loader.find_lungs
    monkeypatch.setattr(loader, "find_lungs", lambda picture: replace(find(picture), found=False))
    shown = all_of(batches(taught(packs, small), packs, replace(small, signs=1.0)))
    assert not shown["logits"][:, 4].any()
    assert (shown["region"] == loader.UNKNOWN).all()


def test_lungs_of_a_picture_are_looked_for_once(
    packs: Path, small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision_models.training import loader

    find, seen = loader.find_lungs, []
    monkeypatch.setattr(loader, "find_lungs", lambda picture: seen.append(picture) or find(picture))
    samples = taught(packs, small)
    made = batches(samples, packs, replace(small, draws=64))
    all_of(made)
    made.on_epoch_end()
    all_of(made)
    assert len(seen) <= len(samples)


def test_no_masks_and_no_healthy_pictures_are_no_hindrance(packs: Path, small_brain: Recipe) -> None:
    samples = taught(packs, small_brain)
    recipe = replace(small_brain, mixing=replace(ALL, graft=0))
    for kept in (
        [sample for sample in samples if not sample.mask],
        [sample for sample in samples if sample.labels != ("no_tumor",)],
    ):
        assert len(all_of(batches(kept, packs, recipe))["pictures"]) == 16
