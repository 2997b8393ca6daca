"""The clock on the wall is set, forward and back by a day: what takes time is measured with another one."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from assistant.conversation import Conversation, Step, Turn
from ui.dialogue import Talk, converse
from ui.pace import TURNS, WINDOW, Pace
from ui.stop import Stop
from ui.turns import Answer
from ui.upload_folder import EVERY, OLDEST, Sweeper

pytestmark = pytest.mark.model

DAY = 86_400.0


@pytest.fixture(params=["forward", "back", "to and fro"])
def jumping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every look the clock on the wall is a day away from where it was."""
    jumps: Iterator[float] = {
        "forward": iter(DAY * days for days in range(1, 1_000_000)),
        "back": iter(-DAY * days for days in range(1, 1_000_000)),
        "to and fro": cycle([DAY, -DAY]),
    }[request.param]
    real = time.time
    monkeypatch.setattr("time.time", lambda: real() + next(jumps))


@pytest.mark.usefixtures("jumping")
def test_a_turn_ends_and_its_time_is_true(answer: Answer) -> None:
    reply, _ = answer(Turn("What is a meningioma?"), Conversation())
    assert 0 < reply.elapsed_ms < 10_000
    frames = list(converse(Talk(answer, "en"), Turn("What is a glioma?"), Conversation(), ()))
    last = frames[-1].transcript[-1].reply
    assert last is not None
    assert last.action == "answer"


@pytest.mark.usefixtures("jumping")
def test_a_turn_is_stopped_at_once(answer: Answer) -> None:
    stop = Stop()

    def slow(turn: Turn, conversation: Conversation, on_step: Callable[[Step], None] | None = None) -> object:
        time.sleep(1)
        return answer(turn, conversation)

    began = time.monotonic()
    with stop.turn():
        stop.ask()
        talk = Talk(slow, "en", stop=stop.asked)
        frames = list(converse(talk, Turn("x"), Conversation(), ()))
        stop.wait(0.1)  # the turn has not ended, and nobody waits for long
    assert time.monotonic() - began < 0.9
    assert frames[-1].transcript[-1].reply is None


@pytest.mark.usefixtures("jumping")
def test_the_pace_is_the_same() -> None:
    pace = Pace()
    assert [pace.wait() for _ in range(TURNS)] == [0] * TURNS
    assert 0 < pace.wait() <= WINDOW


@pytest.mark.parametrize("age", [-DAY, 0, DAY], ids=["from tomorrow", "now", "from yesterday"])
def test_an_upload_is_swept_in_its_time_whatever_its_date(tmp_path: Path, age: float) -> None:
    """One from tomorrow was written before the clock was set back, one from yesterday before it was set
    forward, and its turn may still want it."""
    file = tmp_path / "5f3a" / "scan.png"
    file.parent.mkdir()
    file.write_bytes(b"x")
    written = time.time() - age
    for path in (file, file.parent):
        os.utime(path, (written, written))
    now = [0.0]
    sweeper = Sweeper(tmp_path, now=lambda: now[0])
    while now[0] < OLDEST:
        assert sweeper.sweep() == 0
        assert file.is_file()
        now[0] += EVERY
    assert sweeper.sweep() == 1
    assert list(tmp_path.iterdir()) == []
