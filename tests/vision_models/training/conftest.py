"""Recipes small enough for a test, and the module that trains by them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.vision_models.training.tiny_runs import tiny_network
from vision_models.training.augment import Augmentation
from vision_models.training.recipes import RECIPES, Recipe, Stage

TINY = {"stages": (Stage(32, 1), Stage(64, 1)), "draws": 16, "batch_size": 8}


@pytest.fixture
def small() -> Recipe:
    """With lungs as its region, and a class for signs of other diseases."""
    return replace(RECIPES["chest_xray"], **TINY)


@pytest.fixture
def small_brain() -> Recipe:
    """With the finding as its region, and with all that pictures lend each other."""
    return replace(RECIPES["brain_mri"], **TINY)


@pytest.fixture(params=["small", "small_brain"])
def recipe(request: pytest.FixtureRequest) -> Recipe:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Recipe)
    return made


@pytest.fixture
def tiny(small_brain: Recipe) -> Recipe:
    """For the network of that name (see ``module``), with regions and all that mixes pictures."""
    return replace(small_brain, architecture="tiny", learning_rate=0.01)


@pytest.fixture(scope="module")
def _cleared() -> Iterator[None]:
    """Once a file: it takes seconds in a process that has seen much."""
    import keras

    yield
    keras.backend.clear_session()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, _cleared: None) -> Iterator[Any]:
    """``vision_models.training.train``, with a network named ``tiny`` that learns in seconds.

    TensorFlow runs step by step: for so few steps, tracing a graph takes far longer than they do.
    """
    import tensorflow as tf

    from vision_models.training import train

    monkeypatch.setitem(train.ARCHITECTURES, "tiny", tiny_network)
    tf.config.run_functions_eagerly(True)
    yield train
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Augmentation:
    """An augmentation that shifts the picture a little and does nothing else, until more is asked."""
    from vision_models.training import augment

    for steps in ("_TONE_STEPS", "_HANDLING_STEPS"):
        monkeypatch.setattr(augment, steps, ())
    monkeypatch.setattr(augment, "_BORDER_CHANCE", 0.0)
    return Augmentation(rotation=0, zoom=0, aspect=0, flip=0)
