from dataclasses import replace
from typing import Any

import pytest

from assistant.conversation import Attachment, Conversation, Turn
from ui.again import LONGEST, TOO_LARGE, Asked, asked_for, kept, number_of
from ui.transcript import Exchange, Transcript
from vision_models.analysis import Analysis
from vision_models.image_io import MAX_BYTES, ImageError, decode

START = Conversation(language="es")
NOW = Conversation(language="es", turns=2, topic="glioma")


@pytest.fixture
def transcript(reading: Analysis) -> Transcript:
    return (
        Exchange(Turn("uno"), START),
        Exchange(Turn("", read=(reading,)), replace(START, turns=1), files=("a.png",)),
    )


def ask(wish: dict[str, Any], transcript: Transcript, choice: str = "auto") -> Asked:
    return asked_for(wish, transcript, NOW, "es", choice, "clinician")


def test_an_example_is_a_turn_after_the_others(transcript: Transcript) -> None:
    picture = ask({"do": "example", "example": "glioma"}, transcript)
    assert picture.transcript == transcript
    assert picture.conversation == NOW
    assert picture.turn is not None
    assert picture.turn.images[0].name == "glioma.png"
    assert picture.turn.language == "es"  # a picture has no words: the page's language
    question = ask({"do": "example", "example": "en:0"}, transcript)
    assert question.turn is not None
    assert question.turn.text.startswith("How")
    assert question.turn.language is None


def test_again_goes_back_to_before_and_reads_no_picture_twice(
    transcript: Transcript, reading: Analysis
) -> None:
    again = ask({"do": "retry", "turn": "1"}, transcript)
    assert again.transcript == transcript[:1]
    assert again.conversation == transcript[1].before
    assert again.turn == Turn("", (), "es", "clinician", (reading,))
    assert again.files == ("a.png",)


def test_a_turn_that_failed_is_asked_again_with_its_picture() -> None:
    image = Attachment("a.png", b"x")
    again = ask({"do": "retry", "turn": "0"}, (Exchange(Turn("¿qué?", (image,)), START),))
    assert again.turn == Turn("¿qué?", (image,), None, "clinician")


@pytest.mark.parametrize("do", ["retry", "edit"])
def test_an_upload_that_is_not_kept_any_more_is_asked_for(do: str) -> None:
    lost = Exchange(Turn("¿qué?", ()), START, files=("a.png",))
    again = ask({"do": do, "turn": "0", "text": "¿y esto?"}, (lost,))
    assert (again.turn, again.draft, again.refused) == (None, None, "upload_gone")
    assert ask({"do": "undo", "turn": "0"}, (lost,)).draft == "¿qué?"


def test_of_a_file_that_is_too_large_only_that_is_kept_and_it_is_refused_again_for_it() -> None:
    large = Attachment("large.png", b"\x89PNG" + bytes(MAX_BYTES))
    small, lost = Attachment("small.png", bytes(MAX_BYTES)), Attachment("lost.png", None)
    turn = Turn("¿qué?", (large, small, lost))
    again = ask({"do": "retry", "turn": "0"}, (Exchange(kept(turn), START),)).turn
    assert again is not None
    assert [image.name for image in again.images] == ["large.png", "small.png", "lost.png"]
    assert again.images[0].content is TOO_LARGE  # the same zeros for everybody
    assert again.images[1:] == (small, lost)
    for content in (large.content, again.images[0].content):
        with pytest.raises(ImageError, match="too_large"):
            decode(content)


def test_other_words_take_the_place_of_the_message_and_of_what_came_after(transcript: Transcript) -> None:
    changed = ask({"do": "edit", "turn": "0", "text": " dos "}, transcript)
    assert changed.transcript == ()
    assert changed.conversation == START
    assert changed.turn == Turn("dos", (), None, "clinician")
    long = ask({"do": "edit", "turn": "0", "text": "x" * 300_000}, transcript)
    assert long.turn is not None
    assert len(long.turn.text) == LONGEST


def test_undo_gives_the_words_back_and_asks_nothing(transcript: Transcript) -> None:
    undone = ask({"do": "undo", "turn": "0"}, transcript)
    assert (undone.transcript, undone.conversation, undone.turn, undone.draft) == ((), START, None, "uno")


def test_a_chosen_language_wins_over_one_that_was_asked_for_before() -> None:
    pinned = (Exchange(Turn("uno"), replace(START, pinned_language="en")),)
    assert ask({"do": "retry", "turn": "0"}, pinned, "es").conversation.pinned_language is None
    assert ask({"do": "retry", "turn": "0"}, pinned).conversation.pinned_language == "en"


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"do": "rm"},
        {"do": "example", "example": "../../etc/passwd"},
        {"do": "retry"},
        {"do": "retry", "turn": "9"},
        {"do": "retry", "turn": "-1"},
        {"do": "retry", "turn": "٣"},
        {"do": "edit", "turn": "0", "text": "  "},
        {"do": "edit", "turn": "0"},
    ],
    ids=str,
)
def test_a_wish_that_makes_no_sense_changes_nothing(wish: dict[str, Any], transcript: Transcript) -> None:
    assert ask(wish, transcript) == Asked(transcript, NOW)


def test_numbers_come_as_text() -> None:
    assert number_of("12") == number_of(12) == 12
    assert [number_of(bad) for bad in (None, "", "1e9", "99999999", "-1", [1])] == [None] * 6
