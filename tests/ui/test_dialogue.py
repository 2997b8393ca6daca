import logging
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.errors import GalenoError
from ui.convert import with_marks
from ui.dialogue import Frame, Transcript, converse, settled


def no_pause(_: float) -> None:
    return None


def frames(
    answer: Any, turn: Turn, transcript: Transcript = (), conversation: Conversation | None = None
) -> list[Frame]:
    return list(converse(answer, turn, conversation or Conversation(), transcript, "es", no_pause))


def test_the_reply_grows_and_the_last_frame_is_whole(queued_answer: Any, reply: Reply) -> None:
    shown = frames(queued_answer(reply), Turn("¿Qué es?"))
    assert shown[0].transcript[-1].passing
    texts = [frame.transcript[1].content for frame in shown[1:]]
    assert len(set(texts)) > 3
    assert [entry.role for entry in shown[-1].transcript] == ["user", "assistant", "assistant"]
    assert shown[-1].conversation.turns == 1


def test_steps_are_told_as_they_happen(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply, steps=("decode", "gate"))
    shown = frames(answer, Turn(images=(Attachment("a.png", b""),)))
    lines = [frame.transcript[-1].content for frame in shown if frame.transcript[-1].passing]
    assert "Comprobando" in lines[1]
    assert "Averiguando" in lines[2]


def test_what_was_said_before_stays(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply, reply)
    first = frames(answer, Turn("uno"))[-1]
    second = frames(answer, Turn("dos"), first.transcript, first.conversation)[-1]
    assert second.transcript[: len(first.transcript)] == first.transcript
    assert second.conversation.turns == 2


def test_a_failure_is_an_apology_and_the_next_turn_works(
    queued_answer: Any, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    answer = queued_answer(ValueError("my private words"), reply)
    with caplog.at_level(logging.DEBUG):
        failed = frames(answer, Turn("my private words"))[-1]
    assert failed.conversation == Conversation()
    apology = failed.transcript[-1].content
    reference = apology.rsplit(" ", 1)[1]
    assert reference in caplog.text
    assert "ValueError" in caplog.text
    assert "private" not in caplog.text
    assert "private" not in apology
    assert frames(answer, Turn("otra"), failed.transcript)[-1].conversation.turns == 1


def test_a_stopped_turn_loses_its_passing_line_only(queued_answer: Any, reply: Reply) -> None:
    first = frames(queued_answer(reply), Turn("uno"))[0].transcript
    assert settled(first) == first[:-1]


def test_an_error_meant_for_the_person_is_shown_as_it_is(queued_answer: Any) -> None:
    shown = frames(queued_answer(GalenoError("The image models are not here.")), Turn("hola"))[-1]
    assert shown.transcript[-1].content == "The image models are not here."


def test_a_text_that_is_being_written_is_shown_and_grows_on(reply: Reply) -> None:
    drafts = (
        replace(reply, text="Es un **tumor**. [1]"),
        replace(reply, text="Es un **tumor**. [1] Otro. [2]"),
    )

    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        for draft in drafts:
            on_step(draft)
        return reply, conversation.with_(turns=1)

    shown = frames(answer, Turn("¿Qué es?"))
    texts = [entry.content for frame in shown for entry in frame.transcript[1:] if entry.kind == "text"]
    assert texts[0] == with_marks(drafts[0].text, reply.citations)
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert [frame.transcript[-1].passing for frame in shown[:3]] == [True, True, True]
    assert [len(frame.transcript) for frame in shown[:3]] == [2, 3, 3]
    assert shown[-1].conversation.turns == 1
    assert texts[-1] == with_marks(reply.text, reply.citations)
