from dataclasses import replace

from assistant.conversation import Attachment, Citation, Reply, Turn
from ui.convert import (
    SHOWN_CHARACTERS,
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
    turn = Turn("<b>*hola*</b>", (Attachment("<img src=x>.png", None),))
    files, text = user_entries(turn, "es")
    assert files.kind == "html"
    assert "<img" not in files.content
    assert "&lt;img src=x&gt;.png" in files.content
    assert text.kind == "text"
    assert "<" not in text.content
    assert "*" not in text.content


def test_a_very_long_message_is_shown_cut() -> None:
    (entry,) = user_entries(Turn("a" * 300_000), "en")
    assert len(entry.content) < SHOWN_CHARACTERS + 100
    assert "not shown" in entry.content


def test_marks_link_to_safe_sources_only(citations: tuple[Citation, ...]) -> None:
    text = with_marks("A. [1] B. [2] C. [7]", citations)
    assert text == 'A. [\\[1\\]](<https://nci.example/a> "Meningioma · NCI") B. [2] C. [7]'


def test_html_and_pictures_in_a_reply_have_no_effect() -> None:
    text = with_marks("<b>x</b> & ![p](https://evil.example/p.png)", ())
    assert text == "&lt;b>x&lt;/b> &amp; &#33;[p](https://evil.example/p.png)"


def test_sources_are_a_folded_numbered_list_that_opens_elsewhere(citations: tuple[Citation, ...]) -> None:
    html = sources_list(citations, "es")
    assert html.startswith('<details class="g-sources" lang="es"><summary>Fuentes (2)</summary><ol>')
    assert html.count("<li>") == 2
    assert 'href="https://nci.example/a" target="_blank" rel="noopener noreferrer"' in html
    assert "javascript:" not in html
    assert "&lt;b&gt;" in html


def test_a_reading_comes_before_its_text_and_the_sources_last(reply: Reply, reading: Analysis) -> None:
    kinds = [entry.kind for entry in reply_entries(replace(reply, analyses=(reading,)))]
    assert kinds == ["html", "text", "html"]


def test_an_emergency_comes_before_everything(reply: Reply, reading: Analysis) -> None:
    entries = reply_entries(replace(reply, action="triage", analyses=(reading,)))
    assert entries[0].kind == "text"


def test_a_step_has_its_line_and_thinking_another() -> None:
    assert "Leyendo la imagen" in status_entry("classify", "es").content
    assert "Thinking" in status_entry(None, "en").content
    assert status_entry(None, "en").passing


def test_a_text_grows_to_its_end_without_cutting_a_mark(citations: tuple[Citation, ...]) -> None:
    text = with_marks("Uno dos tres. [1] " * 40, citations).strip()
    pieces = list(growing(text))
    assert pieces[-1] == text
    assert 2 < len(pieces) <= 14
    assert all(text.startswith(piece) for piece in pieces)
    assert all(piece.count("](<") == piece.count('")') for piece in pieces)
    assert list(growing("")) == []
