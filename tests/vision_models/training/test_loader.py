"""An epoch of batches, and what the region of a picture becomes.

Keras is needed to make batches, so these are ``model`` tests; it is imported inside.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import brain_slice
from tests.vision_models.training.tiny_batches import (
    ALL,
    HALF,
    all_of,
    batches,
    model_of,
    same,
    shift,
    taught,
)
from vision_models.analysis import CLASS_NAMES
from vision_models.preprocess import prepare
from vision_models.training.augment import Augmentation
from vision_models.training.data import ImageStore, targets
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import Recipe, Stage

pytestmark = pytest.mark.model


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
