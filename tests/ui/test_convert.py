import re
from dataclasses import replace

import pytest

from assistant.conversation import Attachment, Citation, Reply, Turn
from ui.convert import (
    SHOWN_CHARACTERS,
    begun_entries,
    emergency_call,
    growing,
    reply_entries,
    sources_list,
    status_entry,
    turn_of,
    user_entries,
    with_marks,
)
from vision_models.analysis import Analysis


def test_choices_become_a_turn_and_auto_means_find_out() -> None:
    image = Attachment("a.png", b"x")
    assert turn_of("  hola ", [image], "auto", "clinician") == Turn("hola", (image,), None, "clinician")
    assert turn_of("", (), "es", "nobody") == Turn(language="es")


def test_a_message_shows_its_files_then_its_text_and_nothing_in_them_acts() -> None:
    files, text, actions = user_entries("<b>*hola*</b>", ("<img src=x>.png",), 3, "es")
    assert files.kind == "html"
    assert "<img" not in files.content
    assert "&lt;img src=x&gt;.png" in files.content
    assert text.kind == "text"
    assert "<" not in text.content
    assert "*" not in text.content
    assert 'data-turn="3"' in actions.content
    assert 'data-text="&lt;b&gt;*hola*&lt;/b&gt;"' in actions.content


def test_a_very_long_message_is_shown_cut() -> None:
    (entry,) = user_entries("a" * 300_000, (), 0, "en")
    assert len(entry.content) < SHOWN_CHARACTERS + 100
    assert "not shown" in entry.content


def test_marks_lead_to_the_source_in_the_page(citations: tuple[Citation, ...]) -> None:
    text = with_marks("A. [1] B. [7]", citations, 4)
    assert text == 'A. [\\[1\\]](<#g-source-4-1> "Meningioma · NCI") B. [7]'
    assert 'id="g-source-4-1"' in sources_list(citations, 4, "en")


def test_html_and_pictures_in_a_reply_have_no_effect() -> None:
    text = with_marks("<b>x</b> & ![p](https://evil.example/p.png)", ())
    assert text == "&lt;b>x&lt;/b> &amp; &#33;[p](https://evil.example/p.png)"


def test_sources_are_a_folded_numbered_list_that_opens_elsewhere(citations: tuple[Citation, ...]) -> None:
    html = sources_list(citations, 0, "es")
    assert html.startswith('<details class="g-sources" lang="es"><summary>Fuentes (2)</summary><ol>')
    assert html.count("<li ") == 2
    assert 'href="https://nci.example/a" target="_blank" rel="noopener noreferrer"' in html
    assert "javascript:" not in html
    assert "&lt;b&gt;" in html


def test_a_source_holds_the_passage_that_its_mark_opens(citations: tuple[Citation, ...]) -> None:
    quoted = replace(citations[0], text="Es un <tumor>.")
    html = sources_list((quoted,), 0, "es")
    assert "<blockquote" in html
    assert "Es un &lt;tumor&gt;." in html
    assert "[1]" in html.split("data-heading=")[1].split(">")[0]
    assert "<blockquote" not in sources_list(citations, 0, "es")


def test_a_reading_comes_before_its_text_and_what_can_be_done_last(reply: Reply, reading: Analysis) -> None:
    card, text, sources, actions = reply_entries(replace(reply, analyses=(reading,)), 2)
    assert "g-reading" in card.content
    assert text.kind == "text"
    assert "g-sources" in sources.content
    assert actions.content.count('data-turn="2"') == 5


def test_an_emergency_comes_before_everything_with_numbers_to_dial(reply: Reply, reading: Analysis) -> None:
    call, text, card, *_ = reply_entries(replace(reply, action="triage", analyses=(reading,)), 0, "112 / 911")
    assert 'href="tel:112"' in call.content
    assert 'href="tel:911"' in call.content
    assert text.kind == "text"
    assert "g-reading" in card.content


def test_a_reply_that_is_begun_has_neither_sources_nor_buttons(reply: Reply) -> None:
    assert begun_entries(reply, 0) == reply_entries(reply, 0)[:1]
    assert (
        begun_entries(replace(reply, citations=()), 0) == reply_entries(replace(reply, citations=()), 0)[:1]
    )


def test_steps_are_listed_as_they_happen_and_thinking_has_its_line() -> None:
    steps = status_entry(("decode", "gate", "classify"), "es").content
    assert steps.count("g-done") == 2
    assert steps.index("Averiguando") < steps.index("g-now") < steps.index("Leyendo la imagen")
    assert "Thinking" in status_entry((), "en").content
    assert status_entry((), "en").passing


def test_of_several_pictures_the_steps_of_the_last_are_listed() -> None:
    steps = status_entry(("decode", "gate", "decode"), "en").content
    assert "Picture 2" in steps
    assert steps.count("<li") == 1


def test_a_text_grows_to_its_end_without_cutting_a_mark(citations: tuple[Citation, ...]) -> None:
    text = with_marks("Uno dos tres. [1] " * 40, citations).strip()
    pieces = list(growing(text))
    assert pieces[-1] == text
    assert 2 < len(pieces) <= 14
    assert all(text.startswith(piece) for piece in pieces)
    assert all(piece.count("](<") == piece.count('")') for piece in pieces)
    assert list(growing("")) == []


@pytest.mark.parametrize(
    ("numbers", "dialled"),
    [
        ("112 / 911", ["112", "911"]),
        ("15 / 112", ["15", "112"]),
        ("+34 600 123 456", ["+34600123456"]),
        ("1-1-2", ["112"]),
        ("", []),
    ],
)
def test_every_number_of_the_settings_can_be_dialled(numbers: str, dialled: list[str]) -> None:
    call = emergency_call(numbers, "en")
    assert re.findall(r'href="tel:([^"]*)"', call) == dialled


def test_half_a_character_is_made_whole() -> None:
    assert turn_of("a \ud83d b", (), "en", "patient").text == "a ? b"
