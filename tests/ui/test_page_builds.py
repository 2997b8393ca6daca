import re
from copy import deepcopy
from pathlib import Path
from threading import Barrier, Event, Thread
from time import sleep
from typing import Any

import gradio as gr
import pytest

from assistant.conversation import Conversation, Reply
from assistant.loading import ComingModels
from assistant.settings import Settings
from ui import chat
from ui.chat import build_page
from ui.events import chat_messages
from ui.interface import PREFIX, SPOKEN, interface, page_language, painted, translated, translations
from ui.launch import launch_options
from ui.pace import Pace
from ui.stop import Stop
from ui.theme import FACES, FAVICON, LOGO, SCRIPTS, STATIC, STYLE_SHEET
from ui.transcript import Entry


def handler(page: gr.Blocks, name: str) -> Any:
    return next(fn.fn for fn in page.fns.values() if fn.name == name)


def test_the_page_builds_and_its_own_events_are_private(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    assert isinstance(page, gr.Blocks)
    named = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
    assert named == {"chat", "analyze_image", "search_knowledge"}


def test_nothing_of_a_visitor_is_recorded_or_sent_elsewhere() -> None:
    options = launch_options(Settings())
    assert options["run_history"] is False
    assert options["share"] is False
    assert options["show_error"] is False
    assert not {font for font in options["theme"]._font_css if "http" in font}
    assert FAVICON.is_file()


@pytest.mark.parametrize("path", [STYLE_SHEET, *SCRIPTS], ids=lambda path: path.name)
def test_style_and_scripts_ask_nothing_of_another_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "@import" not in text
    said = text.replace("navigator.sendBeacon(`here/${encodeURIComponent(session)}`)", "")  # that it is there
    assert not re.search(r"\b(fetch|XMLHttpRequest|sendBeacon|WebSocket|eval)\b", said)


def test_the_font_is_served_from_here_and_named_without_the_folder_it_lies_in() -> None:
    options = launch_options(Settings())
    assert all(path.is_file() for path in FACES.values())
    assert options["css"].count("@font-face") == len(FACES)
    assert str(STATIC.parent.parent) not in options["css"] + options["head"]


def test_the_scripts_run_before_the_page_is_drawn() -> None:
    """One that was fetched, and came after the last change of the page, never put in its part."""
    scripts = re.findall(r"<script(.*?)>(.*?)</script>", launch_options(Settings())["head"], re.DOTALL)
    assert scripts == [("", path.read_text(encoding="utf-8")) for path in SCRIPTS]


def test_logo_and_icon_are_drawings_that_load_nothing() -> None:
    for path in (LOGO, FAVICON):
        svg = path.read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        assert "href" not in svg
        assert "<script" not in svg


def test_every_part_is_painted_by_gradios_i18n_in_both_languages() -> None:
    said = translations(Settings()).translations
    assert set(said) == set(SPOKEN)
    assert set(said["en"]) == set(said["es"]) == {f"{PREFIX}{key}" for key in painted(Settings())}
    same = {key for key in said["en"] if said["en"][key] == said["es"][key]}
    assert same == {f"{PREFIX}auto"}
    assert "¿Qué le gustaría" in said["es"][f"{PREFIX}welcome"]


def test_a_change_of_language_reaches_every_part(queued_answer: Any) -> None:
    updates = translated("es", Settings())
    said = interface("es", Settings())
    assert [update["value"] for update in updates if "value" in update] == [
        said[key] for key in ("brand", "menu", "new", "about", "welcome", "note", "back")
    ]
    assert [choice for _, choice in updates[2]["choices"]] == ["patient", "clinician"]


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
    message = {"text": "hola", "files": []}
    first, *growing, last = handler(page, "on_message")(
        message, Stop(), Pace(), (), Conversation(), "es", "auto", "patient"
    )
    assert first[2] == gr.update(visible=True)
    assert len(growing) > 2
    assert all(isinstance(frame[2], list) for frame in growing)
    box, _, messages, *_ = last
    assert box == gr.update(submit_btn=True, stop_btn=False)
    assert messages == growing[-1][2]
    assert "g-sources" in messages[-2]["content"][0]["value"]
    assert "g-actions" in messages[-1]["content"][0]["value"]


def test_undo_of_the_only_turn_brings_the_welcome_and_the_words_back(
    queued_answer: Any, reply: Reply
) -> None:
    page = build_page(None, Settings(), queued_answer(reply))
    message = {"text": "hola", "files": []}
    *_, frame, _ = handler(page, "on_message")(
        message, Stop(), Pace(), (), Conversation(), "es", "auto", "patient"
    )
    wish = gr.EventData(None, {"do": "undo", "turn": "0"})
    (undone,) = handler(page, "on_again")(
        wish, {"text": "", "files": []}, Stop(), Pace(), frame[3], frame[4], "es", "auto", "patient"
    )
    box, welcome, chatbot, transcript, conversation = undone
    assert box["value"] == {"text": "hola", "files": []}
    assert welcome["visible"] is True
    assert chatbot["visible"] is False
    assert transcript == ()
    assert conversation == Conversation()


def test_one_turn_at_a_time_and_what_was_written_stays(queued_answer: Any, reply: Reply) -> None:
    page = build_page(None, Settings(), queued_answer(reply))
    stop = Stop()
    with stop.turn():
        message = {"text": "hola", "files": []}
        (frame,) = handler(page, "on_message")(
            message, stop, Pace(), (), Conversation(), "es", "auto", "patient"
        )
    assert all(update == gr.skip() for update in frame)


def test_a_new_chat_waits_for_the_running_turn_to_end(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    stop, begun, ended = Stop(), Event(), Event()

    def turn() -> None:
        with stop.turn():
            begun.set()
            while not stop.asked():
                pass
            ended.set()

    thread = Thread(target=turn)
    thread.start()
    begun.wait(5)
    _, _, _, transcript, _ = handler(page, "on_new")(stop, "es")
    assert ended.is_set()
    assert transcript == ()
    thread.join(5)


def test_of_two_turns_at_the_same_moment_one_runs() -> None:
    stop, together, taken = Stop(), Barrier(8), []

    def turn() -> None:
        together.wait(5)
        with stop.turn() as free:
            if free:
                taken.append(free)
                end.wait(5)

    end = Event()
    threads = [Thread(target=turn) for _ in range(8)]
    for thread in threads:
        thread.start()
    while together.n_waiting:
        pass
    sleep(0.1)
    end.set()
    for thread in threads:
        thread.join(5)
    assert taken == [True]


def test_a_wish_of_a_page_whose_conversation_is_gone_wipes_nothing(
    queued_answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda text, **_: told.append(text))
    page = build_page(None, Settings(), queued_answer())
    for data in ({"do": "retry", "turn": "3"}, "nonsense", None, ["x"]):
        wish = gr.EventData(None, data)
        (frame,) = handler(page, "on_again")(
            wish, {}, Stop(), Pace(), (), Conversation(), "es", "auto", "patient"
        )
        assert all(update == gr.skip() for update in frame)
        assert handler(page, "on_aside")(wish, (), "es") == gr.skip()
    assert "ya no se conserva" in told[0]


def test_an_empty_message_is_no_turn(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    (frame,) = handler(page, "on_message")(
        {"text": "  ", "files": []}, Stop(), Pace(), (), Conversation(), "es", "auto", "patient"
    )
    assert all(update == gr.skip() for update in frame)


def test_what_is_being_written_stays_when_something_else_is_asked(queued_answer: Any, reply: Reply) -> None:
    page = build_page(None, Settings(), queued_answer(reply))
    wish = gr.EventData(None, {"do": "example", "example": "es:0"})
    draft = {"text": "half a sentence", "files": []}
    first, *_ = handler(page, "on_again")(
        wish, draft, Stop(), Pace(), (), Conversation(), "es", "auto", "patient"
    )
    assert "value" not in first[0]


def test_every_visitor_has_a_stop_of_their_own() -> None:
    first = Stop()
    other = deepcopy(first)
    first.ask()
    assert first.asked()
    assert not other.asked()


def test_nobody_has_a_place_to_wait_for_while_models_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else three who wait would hold up an emergency."""
    let, pages = Event(), []
    monkeypatch.setattr(chat, "connect", lambda blocks, parts, page: pages.append(page))
    models = ComingModels(Settings(), lambda _: None, lambda _: let.wait(20) and None, lambda _: None)
    build_page(models, Settings()).close()
    assert pages[0].working() is None
    let.set()
    assert models.analyzer is None
    assert pages[0].working() is not None
