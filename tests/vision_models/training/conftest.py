"""A recipe small enough for a test."""

from dataclasses import replace

import pytest

from vision_models.training.recipes import RECIPES, Recipe


@pytest.fixture
def small() -> Recipe:
    return replace(RECIPES["chest_xray"], image_size=32, draws=16, batch_size=8, epochs=2)
