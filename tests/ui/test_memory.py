import gc
from collections.abc import Iterator

import pytest

from ui.memory import nothing_collected


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_while_it_is_put_together_nothing_is_collected_and_what_stands_is_not_looked_through() -> None:
    before = gc.get_freeze_count()
    with nothing_collected():
        assert not gc.isenabled()
        built = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(built)


def test_a_start_that_fails_leaves_collection_on() -> None:
    with pytest.raises(ValueError, match="no"), nothing_collected():
        raise ValueError("no")
    assert gc.isenabled()
