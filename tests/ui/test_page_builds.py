from typing import Any

import gradio as gr
import pytest

from assistant.conversation import Conversation, Reply, Turn
from assistant.settings import Settings
from ui.chat import build_page
from ui.convert import Entry
from ui.events import chat_messages, page_language
from ui.launch import launch_options
from ui.theme import FAVICON, STYLE_SHEET


def test_the_page_builds_and_names_only_its_two_endpoints(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    assert isinstance(page, gr.Blocks)
    named = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
    assert named == {"chat", "analyze_image"}


def test_nothing_of_a_visitor_is_recorded_or_sent_elsewhere() -> None:
    options = launch_options(Settings())
    assert options["run_history"] is False
    assert options["share"] is False
    assert options["show_error"] is False
    assert not {font for font in options["theme"]._font_css if "http" in font}
    style = STYLE_SHEET.read_text(encoding="utf-8")
    assert "http" not in style
    assert "@import" not in style
    assert FAVICON.is_file()


@pytest.mark.parametrize(
    ("choice", "header", "language"),
    [
        ("es", "en-US", "es"),
        ("auto", "es-ES,es;q=0.9,en;q=0.8", "es"),
        ("auto", "fr-FR,es;q=0.5", "es"),
        ("auto", "", "en"),
        ("nonsense", "de", "en"),
    ],
)
def test_the_interface_follows_the_choice_then_the_browser(choice: str, header: str, language: str) -> None:
    assert page_language(choice, header) == language


def test_html_goes_in_as_a_component_and_text_as_markdown() -> None:
    html, text = chat_messages(
        (Entry("assistant", "html", "<p>"), Entry("user", "text", "x")), {"padding": 0}
    )
    assert html["content"][0]["props"] == {"padding": 0, "value": "<p>"}
    assert text == {"role": "user", "content": [{"type": "text", "text": "x"}]}


def test_the_reply_goes_to_the_page_alone_and_whole_at_the_end(queued_answer: Any, reply: Reply) -> None:
    """What the browser was sent beside other changes of the chat, or before one, it now and then lost."""
    page = build_page(None, Settings(), queued_answer(reply))
    send = next(fn.fn for fn in page.fns.values() if fn.name == "on_message")
    message = {"text": "hola", "files": []}
    first, *growing, last = send(message, (), Conversation(), "es", "auto", "patient")
    assert first[2] == gr.update(visible=True)
    assert len(growing) > 2
    assert all(isinstance(frame[2], list) for frame in growing)
    box, _, messages, *_ = last
    assert box == gr.update(submit_btn=True, stop_btn=False)
    assert messages == growing[-1][2]
    assert "g-sources" in messages[-1]["content"][0]["value"]


def test_the_endpoint_for_programs_is_stateless(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply)
    page = build_page(None, Settings(), answer)
    chat = next(fn.fn for fn in page.fns.values() if fn.api_name == "chat")
    assert chat("hola", "es", "clinician")["text"] == reply.text
    assert answer.turns == [Turn("hola", (), "es", "clinician")]


def test_a_failure_reaches_a_program_as_an_apology(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer(ValueError("secret")))
    chat = next(fn.fn for fn in page.fns.values() if fn.api_name == "chat")
    with pytest.raises(gr.Error, match="something went wrong on my side") as error:
        chat("secret")
    assert "secret" not in str(error.value)
