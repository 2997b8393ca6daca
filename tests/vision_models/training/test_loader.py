"""Keras is needed to make batches, so these are ``model`` tests; it is imported inside."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vision_models.analysis import CLASS_NAMES
from vision_models.preprocess import prepare
from vision_models.training.data import ImageStore, Sample, load_samples
from vision_models.training.recipes import Recipe

if TYPE_CHECKING:
    from vision_models.training.loader import Batches

pytestmark = pytest.mark.model
NAMES = CLASS_NAMES["chest_xray"]


@pytest.fixture
def samples(packs: Path) -> list[Sample]:
    return [sample for sample in load_samples("chest_xray", packs) if sample.split == "train"]


def batches(samples: list[Sample], packs: Path, recipe: Recipe, **options: Any) -> "Batches":
    from vision_models.training.loader import Batches

    return Batches(samples, NAMES, ImageStore(packs, samples), recipe, **{"training": True} | options)


def all_of(made: "Batches") -> tuple[np.ndarray, np.ndarray]:
    pairs = [made[i] for i in range(len(made))]
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def test_a_batch_is_what_the_network_takes(samples: list[Sample], packs: Path, small: Recipe) -> None:
    made = batches(samples, packs, small)
    assert len(made) == 2
    pictures, targets = made[0]
    assert pictures.shape == (8, 32, 32, 3)
    assert pictures.dtype == targets.dtype == np.float32
    assert pictures.max() > 1
    assert targets.shape == (8, 4)


def test_the_same_seed_and_epoch_draw_the_same(samples: list[Sample], packs: Path, small: Recipe) -> None:
    first, second = (all_of(batches(samples, packs, small, first_epoch=3)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_another_seed_or_epoch_draws_anew(samples: list[Sample], packs: Path, small: Recipe) -> None:
    first = all_of(batches(samples, packs, small))[0]
    assert not np.array_equal(first, all_of(batches(samples, packs, small, first_epoch=1))[0])
    assert not np.array_equal(first, all_of(batches(samples, packs, replace(small, seed=1)))[0])


def test_a_resumed_epoch_is_that_of_an_unbroken_run(
    samples: list[Sample], packs: Path, small: Recipe
) -> None:
    unbroken = batches(samples, packs, small)
    for _ in range(2):
        unbroken.on_epoch_end()
    resumed = batches(samples, packs, small, first_epoch=2)
    for one, other in zip(all_of(unbroken), all_of(resumed), strict=True):
        assert np.array_equal(one, other)


def test_batches_do_not_depend_on_the_order_they_are_asked_in(
    samples: list[Sample], packs: Path, small: Recipe
) -> None:
    made = batches(samples, packs, small)
    last = made[1][0]
    first = made[0][0]
    assert np.array_equal(made[1][0], last)
    assert np.array_equal(made[0][0], first)


def test_validation_is_every_picture_once_as_it_is_served(
    samples: list[Sample], packs: Path, small: Recipe
) -> None:
    made = batches(samples, packs, small, training=False)
    pictures, targets = all_of(made)
    store = ImageStore(packs, samples)
    assert len(pictures) == len(samples)
    for shown, target, sample in zip(pictures, targets, samples, strict=True):
        assert np.array_equal(shown, prepare(store.read(sample), small.image_size, small.contrast))
        assert {NAMES[i] for i in np.flatnonzero(target)} == set(sample.labels)
    made.on_epoch_end()
    assert np.array_equal(all_of(made)[0], pictures)


def test_strata_are_balanced_by_the_root_of_their_size(packs: Path, small: Recipe) -> None:
    samples = [s for s in load_samples("chest_xray", packs) if s.split == "train" and len(s.labels) == 1]
    many = [s for s in samples if s.labels == ("normal",)] * 32  # 64 against 2: drawn 8 to 1.41
    rest = [s for s in samples if s.labels == ("covid19",)]
    recipe = replace(small, draws=8000, boost={})
    made = batches(many + rest, packs, recipe)
    drawn = Counter(NAMES[int(made._targets[row].argmax())] for row in made._order)
    assert drawn["normal"] / drawn["covid19"] == pytest.approx(np.sqrt(64 / 2), rel=0.1)
    boosted = batches(many + rest, packs, replace(recipe, boost={"kermany:covid19": 2.0}))
    drawn = Counter(NAMES[int(boosted._targets[row].argmax())] for row in boosted._order)
    assert drawn["normal"] / drawn["covid19"] == pytest.approx(np.sqrt(64 / 2) / 2, rel=0.1)
