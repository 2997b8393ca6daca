import logging
from dataclasses import replace
from itertools import pairwise
from threading import Event
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from assistant.conversation import Attachment, Conversation, Language, Reply, Turn
from assistant.errors import GalenoError
from ui.again import TOO_LARGE
from ui.convert import with_marks
from ui.dialogue import GROWS, LARGE, Frame, Talk, converse
from ui.transcript import Entry, Transcript, entries_of
from vision_models.analysis import Analysis
from vision_models.image_io import MAX_BYTES
from vision_models.view import encode_view


def no_pause(_: float) -> None:
    return None


def frames(
    answer: Any, turn: Turn, transcript: Transcript = (), conversation: Conversation | None = None
) -> list[Frame]:
    talk = Talk(answer, "es", "112", pause=no_pause)
    return list(converse(talk, turn, conversation or Conversation(), transcript))


def shown(frame: Frame) -> tuple[Entry, ...]:
    return frame.transcript[-1].shown


def test_the_reply_grows_and_the_last_frame_is_whole(queued_answer: Any, reply: Reply) -> None:
    told = frames(queued_answer(reply), Turn("¿Qué es?"))
    assert shown(told[0])[-1].passing
    texts = [shown(frame)[0].content for frame in told[1:]]
    assert len(set(texts)) > 3
    assert [entry.role for entry in entries_of(told[-1].transcript)] == [*["user"] * 2, *["assistant"] * 3]
    assert told[-1].transcript[-1].reply == reply
    assert told[-1].conversation.turns == 1


def test_steps_are_told_as_they_happen(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply, steps=("decode", "gate"))
    told = frames(answer, Turn(images=(Attachment("a.png", b""),)))
    lines = [shown(frame)[-1].content for frame in told if shown(frame)[-1].passing]
    assert "Comprobando" in lines[1]
    assert "Averiguando" not in lines[1]
    assert "Averiguando" in lines[2]


@pytest.mark.parametrize(
    ("turn", "pinned", "seen"),
    [
        (Turn("What can be seen here?"), None, "Checking"),
        (Turn("🙂"), None, "Comprobando"),
        (Turn("What can be seen here?"), "es", "Comprobando"),
        (Turn("🙂", language="en"), None, "Checking"),
    ],
    ids=["as it is asked in", "as the page is", "as was chosen", "as the turn says"],
)
def test_steps_are_told_in_the_language_of_the_answer(
    queued_answer: Any, reply: Reply, turn: Turn, pinned: Language | None, seen: str
) -> None:
    conversation = Conversation(pinned_language=pinned)
    told = frames(queued_answer(reply, steps=("decode",)), turn, conversation=conversation)
    assert seen in shown(told[1])[-1].content


def test_an_answered_turn_keeps_its_readings_and_not_the_upload(
    queued_answer: Any, reply: Reply, reading: Analysis
) -> None:
    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        return replace(reply, analyses=(reading,)), conversation.with_(analyses=(reading,))

    exchange = frames(answer, Turn(images=(Attachment("a.png", b"bytes"),)))[-1].transcript[-1]
    assert exchange.turn.images == ()
    assert exchange.turn.read == (reading,)
    assert exchange.files == ("a.png",)


def test_what_was_said_before_stays(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply, reply)
    first = frames(answer, Turn("uno"))[-1]
    second = frames(answer, Turn("dos"), first.transcript, first.conversation)[-1]
    assert second.transcript[:1] == first.transcript
    assert second.transcript[1].before == first.conversation
    assert second.conversation.turns == 2


def test_a_failure_is_an_apology_and_the_next_turn_works(
    queued_answer: Any, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    answer = queued_answer(ValueError("my private words"), reply)
    turn = Turn("my private words", (Attachment("a.png", b"x"),))
    with caplog.at_level(logging.DEBUG):
        failed = frames(answer, turn)[-1]
    assert failed.conversation == Conversation()
    apology, again = shown(failed)
    reference = apology.content.rsplit(" ", 1)[1]
    assert reference in caplog.text
    assert "ValueError" in caplog.text
    assert "private" not in caplog.text
    assert "private" not in apology.content
    assert 'data-do="retry"' in again.content
    assert failed.transcript[-1].turn == turn  # nothing is lost: it can be asked again
    assert frames(answer, Turn("otra"), failed.transcript)[-1].conversation.turns == 1


def test_a_stopped_turn_says_so_keeps_what_stood_there_and_can_be_asked_again(
    queued_answer: Any, reply: Reply
) -> None:
    looks = iter([False] * 4 + [True] * 99)
    talk = Talk(queued_answer(reply), "es", "112", lambda: next(looks), no_pause)
    *_, last = converse(talk, Turn("uno"), Conversation(), ())
    half, note, again = shown(last)
    assert with_marks(reply.text, reply.citations).startswith(half.content)
    assert half.content
    assert "Usted detuvo" in note.content
    assert 'data-do="retry"' in again.content
    assert last.transcript[-1].reply is None
    assert last.conversation == Conversation()


def test_a_turn_that_takes_long_is_stopped_before_it_answers() -> None:
    wanted, done = Event(), Event()

    def slow(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        wanted.set()
        done.wait(20)
        raise AssertionError("nobody waits for this")

    last = list(converse(Talk(slow, "en", stop=wanted.is_set), Turn("one"), Conversation(), ()))[-1]
    done.set()
    assert "You stopped" in shown(last)[0].content


@pytest.mark.parametrize(("language", "words"), [("en", "took too long"), ("es", "tardaba demasiado")])
def test_a_turn_that_hangs_is_given_up_with_an_apology_and_the_next_one_works(
    queued_answer: Any, reply: Reply, caplog: pytest.LogCaptureFixture, language: Any, words: str
) -> None:
    done = Event()

    def stuck(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        on_step("decode")
        done.wait(20)
        raise AssertionError("nobody waits for this")

    turn = Turn("one", (Attachment("a.png", b"x"),))
    *_, last = converse(Talk(stuck, language, patience=0.2), turn, Conversation(), ())
    done.set()
    apology, again = shown(last)
    assert words in apology.content
    assert apology.content.rsplit(" ", 1)[1] in caplog.text
    assert 'data-do="retry"' in again.content
    assert last.transcript[-1].turn == turn
    assert last.conversation == Conversation()
    assert frames(queued_answer(reply), Turn("two"), last.transcript)[-1].conversation.turns == 1


def test_a_stopped_turn_keeps_no_file_that_is_too_large() -> None:
    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        assert turn.images[0].content == sent
        raise ValueError

    sent = b"\x89PNG" + bytes(MAX_BYTES)
    last = frames(answer, Turn("one", (Attachment("a.png", sent),)))[-1]
    assert last.transcript[-1].turn.images == (Attachment("a.png", TOO_LARGE),)


def test_the_next_turn_drops_the_upload_of_one_that_was_not_answered(
    reply: Reply, queued_answer: Any
) -> None:
    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        raise ValueError

    failed = frames(answer, Turn("one", (Attachment("a.png", b"x"),)))[-1]
    assert failed.transcript[-1].turn.images
    following = frames(queued_answer(reply), Turn("two"), failed.transcript)
    assert {frame.transcript[0].turn.images for frame in following} == {()}
    assert following[-1].transcript[0].files == ("a.png",)


def test_an_error_meant_for_the_person_is_shown_as_it_is(queued_answer: Any) -> None:
    told = frames(queued_answer(GalenoError("The image models are not here.")), Turn("hola"))[-1]
    assert shown(told)[0].content == "The image models are not here."


def test_on_a_busy_server_the_rest_of_a_reply_comes_at_once(reply: Reply, queued_answer: Any) -> None:
    long = replace(reply, text="word " * 500)
    quick = frames(queued_answer(long), Turn("one"))
    began = monotonic()
    slow = list(
        converse(Talk(queued_answer(long), "es", pause=lambda _: sleep(0.3)), Turn("one"), Conversation(), ())
    )
    assert monotonic() - began < GROWS + 1
    assert len(slow) < len(quick) - 10
    assert entries_of(slow[-1].transcript) == entries_of(quick[-1].transcript)


def test_a_text_that_is_being_written_is_shown_and_grows_on(reply: Reply) -> None:
    drafts = (
        replace(reply, text="Es un **tumor**. [1]"),
        replace(reply, text="Es un **tumor**. [1] Otro. [2]"),
    )

    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        for draft in drafts:
            on_step(draft)
        return reply, conversation.with_(turns=1)

    told = frames(answer, Turn("¿Qué es?"))
    texts = [entry.content for frame in told for entry in shown(frame) if entry.kind == "text"]
    assert texts[0] == with_marks(drafts[0].text, reply.citations)
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert [shown(frame)[-1].passing for frame in told[:3]] == [True, True, True]
    assert [len(shown(frame)) for frame in told[:3]] == [1, 2, 2]
    assert told[-1].conversation.turns == 1
    assert texts[-1] == with_marks(reply.text, reply.citations)


def test_older_readings_are_shown_at_the_models_size(
    queued_answer: Any, reply: Reply, reading: Analysis
) -> None:
    viewed = replace(reading, view=encode_view(np.full((600, 600, 3), 90, np.uint8), 1024))
    answer = queued_answer(*[replace(reply, analyses=(viewed,))] * (LARGE + 2))
    transcript: Transcript = ()
    for _ in range(LARGE + 2):
        transcript = frames(answer, Turn("otra"), transcript)[-1].transcript
    weights = [len(exchange.shown[0].content) for exchange in transcript]
    assert weights[0] < weights[1] == weights[2]
    assert [exchange.light for exchange in transcript] == [True, *[False] * (LARGE + 1)]  # and the new one
    assert transcript[0].reply is not None
    assert transcript[0].reply.analyses[0].view  # the report still has it


def test_a_stopped_turn_works_no_further() -> None:
    done: list[str] = []
    stop = Event()

    def answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
        for step in ("decode", "gate", "classify"):
            on_step(step)
            done.append(step)
            stop.set()
        raise AssertionError("it should have ended at its second step")

    last = list(converse(Talk(answer, "en", stop=stop.is_set), Turn("one"), Conversation(), ()))[-1]
    sleep(0.2)
    assert "You stopped" in shown(last)[0].content
    assert done == ["decode"]
