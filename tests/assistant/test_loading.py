"""The page is there before the models: what can be answered already is, and the rest waits."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from assistant import build, loading
from assistant.conversation import Conversation, Reply, Step, Turn
from assistant.errors import GalenoError
from assistant.loading import ComingModels
from assistant.messages import messages
from assistant.models import Models
from assistant.rephrasing import Rephraser
from assistant.respond import respond
from assistant.settings import Settings
from tests.assistant.conftest import IMAGE, brain_analysis

ROOT = Path(__file__).resolve().parents[2]
REPHRASER = cast("Rephraser", object())
#: Loads for a minute, and ends at once.
ENDS = """
import time
from assistant.loading import ComingModels
from assistant.settings import Settings
load = lambda _: time.sleep(60)
ComingModels(Settings(), load, load, load).begin()
"""
QUESTION, DANGER = "How is a meningioma treated?", "My father can't breathe and his lips are blue"


class Halted:
    """Models that load as far as they are let."""

    def __init__(self, models: Models) -> None:
        self.words, self.analyzer, self.rephraser = Event(), Event(), Event()

        def after(let: Event, part: object) -> Callable[[Settings], object]:
            def load(_: Settings) -> object:
                assert let.wait(20)
                return part

            return load

        self.models = ComingModels(
            models.settings,
            after(self.words, models.words),
            after(self.analyzer, models.analyzer),
            after(self.rephraser, REPHRASER),
        )


@pytest.fixture
def halted(models: Callable[..., Models]) -> Iterator[Halted]:
    made = Halted(models("ask_treatment", analyses=(brain_analysis(),)))
    yield made
    for part in (made.words, made.analyzer, made.rephraser):
        part.set()


def _in_time(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def ask(models: Models, turn: Turn) -> tuple[Reply, list[Step]]:
    steps: list[Step] = []
    return respond(turn, Conversation(), models, steps.append)[0], steps


def test_words_are_answered_while_pictures_cannot_be_read_yet(halted: Halted) -> None:
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, halted.models, Turn(QUESTION))
        assert not halted.models.is_ready("words")
        halted.words.set()
        reply, _ = asked.result(20)
    assert reply.citations[0].topic == "meningioma"
    assert not halted.models.is_ready("analyzer")


def test_a_picture_waits_for_what_reads_it_and_says_so(halted: Halted) -> None:
    steps: list[Step] = []

    def let(step: Step) -> None:
        steps.append(step)
        assert not halted.models.is_ready("analyzer")
        halted.analyzer.set()

    halted.words.set()
    reply, _ = respond(Turn(images=(IMAGE,)), Conversation(), halted.models, let)
    assert [analysis.finding for analysis in reply.analyses] == ["glioma"]
    assert steps == ["load"]
    assert halted.models.is_ready("analyzer")


def test_an_emergency_is_answered_before_there_are_words(halted: Halted) -> None:
    reply, _ = ask(halted.models, Turn(DANGER))
    assert reply.action == "triage"
    assert not halted.models.is_ready("words")


def test_once_all_is_there_no_step_says_that_it_is_coming(halted: Halted) -> None:
    halted.words.set()
    halted.analyzer.set()
    assert halted.models.analyzer is not None
    assert ask(halted.models, Turn(images=(IMAGE,)))[1] == []


def test_nobody_waits_for_the_model_that_rephrases(halted: Halted) -> None:
    assert halted.models.rephraser is None
    for part in (halted.words, halted.analyzer, halted.rephraser):
        part.set()
    assert _in_time(lambda: halted.models.rephraser is REPHRASER)


def test_an_emergency_is_answered_before_its_picture_can_be_read_and_says_so(halted: Halted) -> None:
    reply, steps = ask(halted.models, Turn(DANGER, (IMAGE,)))
    assert reply.action == "triage"
    assert messages("en")("reading.vision_late") in reply.text
    assert (reply.analyses, steps) == ((), [])
    assert not halted.models.is_ready("words")


def test_a_part_that_fails_to_load_is_told_to_whoever_asks_and_the_others_come() -> None:
    def broken(_: Settings) -> None:
        raise MemoryError

    models = ComingModels(Settings(), broken, lambda _: None, lambda _: None)
    for _ in range(2):
        with pytest.raises(MemoryError):
            _ = models.words
    assert models.analyzer is None


def test_a_process_ends_while_models_load() -> None:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ENDS], cwd=ROOT, timeout=60, check=True)
    assert time.monotonic() - began < 30


def test_a_part_that_could_not_be_loaded_is_none_and_is_not_waited_for() -> None:
    models = ComingModels(Settings(), lambda _: None, lambda _: None, lambda _: None)
    assert (models.words, models.analyzer, models.look_up) == (None, None, None)
    assert models.is_ready("words")
    assert models.is_ready("analyzer")
    assert ask(models, Turn(QUESTION))[0].action == "clarify"


def test_what_no_turn_goes_without_is_looked_at_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged() -> None:
        raise GalenoError("en.toml is missing: restore it from git")

    loaded: list[Settings] = []
    monkeypatch.setattr(build, "check_messages", damaged)
    monkeypatch.setattr(build, "load_words", loaded.append)
    with pytest.raises(GalenoError):
        loading.coming_models(Settings())
    assert loaded == []
