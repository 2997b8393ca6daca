"""One build of the real models for the whole corpus."""

import pytest

from assistant.models import Models
from tests.golden.conversations import load_models
from tests.hostile.memory import is_measured


@pytest.fixture(scope="session")
def models() -> Models:
    if not is_measured():
        pytest.skip("memory is read from /proc, which only Linux has")
    return load_models()
