"""That the lungs of a film are its region, and where the signs of other diseases are drawn."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import encoded, make_sample, write_pack
from tests.vision_models.training.test_lungs import drawn_film
from tests.vision_models.training.tiny_batches import all_of, batches, shift, taught
from vision_models.training import data
from vision_models.training.augment import Augmentation
from vision_models.training.data import ImageStore, Sample
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import Recipe, Stage

pytestmark = pytest.mark.model


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

    place = data.place_lungs
    monkeypatch.setattr(data, "place_lungs", lambda picture: replace(place(picture), found=False))
    shown = all_of(batches(taught(packs, small), packs, replace(small, signs=1.0)))
    assert not shown["logits"][:, 4].any()
    assert (shown["region"] == loader.UNKNOWN).all()


def test_lungs_of_a_picture_are_looked_for_once(
    packs: Path, small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, seen = data.place_lungs, []
    monkeypatch.setattr(data, "place_lungs", lambda picture: seen.append(picture) or place(picture))
    samples = taught(packs, small)
    store = ImageStore(packs, samples)
    for sample in (*samples, *samples):
        store.read_lungs(sample)
    assert len(seen) == len(samples)
