"""The models, loaded once for all of these tests."""

from functools import partial

import pytest

from assistant.build import build_models
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from ui.turns import Answer


@pytest.fixture(scope="session")
def models() -> Models:
    """Whole: what a test damages is a copy."""
    return build_models(Settings())


@pytest.fixture(scope="session")
def answer(models: Models) -> Answer:
    return partial(respond, models=models)
