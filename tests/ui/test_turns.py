from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from time import monotonic, sleep
from typing import Any, cast

import pytest

from assistant.conversation import Conversation, Reply, Turn
from ui.turns import TurnStoppedError, TurnTooSlowError, run_turn

TURN = Turn("one")


def test_a_turn_that_is_slow_but_alive_is_waited_for(reply: Reply) -> None:
    def slow(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        for _ in range(6):
            sleep(0.1)
            on_step("decode")
        return reply, conversation

    *steps, outcome = run_turn(slow, TURN, Conversation(), patience=0.4)
    assert steps == ["decode"] * 6
    assert outcome == (reply, Conversation())


def test_a_turn_that_shows_no_sign_of_life_is_given_up_and_works_no_further() -> None:
    goes_on, ended = Event(), Event()

    def stuck(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        try:
            goes_on.wait(20)
            on_step("decode")
            raise AssertionError("its first step should have been its last")
        finally:
            ended.set()

    began = monotonic()
    with pytest.raises(TurnTooSlowError):
        list(run_turn(stuck, TURN, Conversation(), patience=0.2))
    assert monotonic() - began < 5
    goes_on.set()
    assert ended.wait(5)


def test_the_time_that_the_page_takes_to_show_a_step_is_not_the_turns(reply: Reply) -> None:
    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        on_step("decode")
        shown.wait(20)
        sleep(0.15)
        return reply, conversation

    shown = Event()
    outcomes: Iterator[Any] = run_turn(answer, TURN, Conversation(), patience=0.3)
    assert next(outcomes) == "decode"
    sleep(0.5)
    shown.set()
    assert next(outcomes)[0] == reply


def test_a_turn_whose_page_is_gone_works_no_further() -> None:
    goes_on, told = Event(), []

    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        for step in ("decode", "gate", "classify"):
            on_step(step)
            told.append(step)
            goes_on.wait(20)
        raise AssertionError("it should have ended at its second step")

    outcomes: Any = run_turn(answer, TURN, Conversation())
    assert next(outcomes) == "decode"
    outcomes.close()
    goes_on.set()
    sleep(0.2)
    assert told == ["decode"]


def test_so_many_work_at_once_and_those_that_are_shown_leave_their_place() -> None:
    working, inside, most, free = Semaphore(2), 0, 0, Event()

    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        free.wait(0.05)
        inside -= 1
        return turn.text, conversation

    def go(number: int) -> Any:
        outcomes: Any = run_turn(answer, Turn(str(number)), Conversation(), working=working)
        outcome = next(outcomes)  # it is being shown now
        assert working.acquire(timeout=5)
        working.release()
        return outcome[0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(go, range(8))) == [str(number) for number in range(8)]
    assert most == 2


def test_who_waits_for_a_place_can_stop() -> None:
    full = Semaphore(0)
    with pytest.raises(TurnStoppedError):
        next(iter(run_turn(cast("Any", None), TURN, Conversation(), stop=lambda: True, working=full)))


def test_a_turn_that_is_given_up_leaves_its_place() -> None:
    working, end = Semaphore(1), Event()

    def stuck(turn: Turn, conversation: Conversation, on_step: Any = None) -> Any:
        end.wait(10)

    with pytest.raises(TurnTooSlowError):
        list(run_turn(stuck, TURN, Conversation(), patience=0.1, working=working))
    assert working.acquire(blocking=False)
    end.set()
