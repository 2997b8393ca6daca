"""Two minutes of a crowd on the real app: ``make load`` and ``make soak`` are the same, longer and larger."""

from collections.abc import Iterator

import pytest

from tests.load import measure
from tests.load.__main__ import AT_ONCE
from tests.load.server import Server, running
from tests.loop import finish

pytestmark = [pytest.mark.load, pytest.mark.model]

#: Visitors, and the seconds that they come in haste, so that all is warm, and then as they are.
VISITORS, HASTE, SECONDS = 24, 50.0, 60.0
HURRIED = (0.2, 1.0)
#: Processors that others may use on this machine before its times say nothing.
QUIET = 0.5


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as app:
        yield app


def test_a_crowd_is_answered_in_time_and_leaves_nothing_behind(server: Server) -> None:
    warm = finish(measure.crowd(server, VISITORS, HASTE, 0.0, ramp=5.0, reading=HURRIED))
    assert warm.faults() == []
    summary = finish(measure.crowd(server, VISITORS, SECONDS, SECONDS / 10, ramp=5.0))
    assert summary.amiss() == []
    if summary.others > QUIET:
        pytest.skip(f"all was right, but others used {summary.others:.1f} processors, so times say nothing")
    assert summary.late() == []


def test_more_than_fit_in_are_told_to_wait_and_then_answered(server: Server) -> None:
    burst = finish(measure.burst(server, AT_ONCE))
    assert burst.refused
    assert "full" in burst.told
    assert burst.answered == burst.sent
    assert server.errors() == []
    assert server.leftovers() == []
