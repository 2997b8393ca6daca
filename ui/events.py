"""What the page does: a message is sent, an example tapped, a turn stopped, a setting changed.

The handlers keep nothing: what they need of a visitor comes in from ``gr.State`` and goes out again.
A picture without words is answered in the language of the page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Semaphore
from typing import Any

import gradio as gr

from assistant.conversation import Conversation, Language
from assistant.settings import Settings
from ui.about import about_page
from ui.again import Asked, asked_for
from ui.convert import LANGUAGES, turn_of
from ui.dialogue import Talk, converse
from ui.downloads import report_file
from ui.feedback import note_thumb
from ui.interface import page_language, translated
from ui.pace import Pace
from ui.parts import Parts
from ui.stop import Stop
from ui.texts import load_texts
from ui.transcript import Entry, Transcript, entries_of, readings
from ui.turns import Answer
from ui.uploads import take_uploads

#: Seconds: a conversation to which nothing was added for so long is dropped.
FORGET_AFTER = 3600

#: Readings that a conversation keeps, a megabyte each; who wants more begins a new one.
MOST_READINGS = 60

#: Seconds that a new conversation waits for the last turn of the old one to end.
PATIENCE = 10

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

#: What is done at once and never waits for the turns of others.
AT_ONCE: dict[str, Any] = {**PRIVATE, "queue": False}

#: Gives the file in ``Parts.download`` to the script that saves it.
SAVE = '(file) => { document.dispatchEvent(new CustomEvent("galeno:save", { detail: file })); return ""; }'

#: Tells the scripts how a turn fares, and passes on what the event is given.
TELL = '(...values) => {{ document.dispatchEvent(new Event("galeno:{name}")); return values; }}'
ASKED, OVER, FAILED = (TELL.format(name=name) for name in ("asked", "over", "failed"))


@dataclass(frozen=True, slots=True)
class Page:
    """What the handlers work with. So many ``turns`` may be on their way at once, most of them being shown;
    ``working`` gives the places of those that work, ``None`` while there are none to wait for: as long as
    models load, turns do not work but wait, and an emergency must not wait behind them."""

    answer: Answer
    settings: Settings
    turns: int
    working: Callable[[], Semaphore | None]


def connect(blocks: gr.Blocks, parts: Parts, page: Page) -> None:
    """Binds the events of ``blocks``."""
    transcript = gr.State((), time_to_live=FORGET_AFTER)
    conversation = gr.State(Conversation(), time_to_live=FORGET_AFTER)
    language = gr.State("", time_to_live=FORGET_AFTER)  # empty until the page is loaded, and once forgotten
    stop = gr.State(Stop())
    pace = gr.State(Pace())
    selectors = [parts.language, parts.audience]
    memory = [stop, pace, transcript, conversation, language, *selectors]
    shown = [parts.box, parts.welcome, parts.chatbot, transcript, conversation]
    interface = [language, *parts.translatable()]
    html_props = gr.HTML(render=False).get_config()
    limited: dict[str, Any] = {"concurrency_id": "turn", "concurrency_limit": page.turns}
    unchanged = (gr.skip(),) * len(shown)

    def send(asked: Asked, language: Language, stop: Stop, box: dict[str, Any]) -> Iterator[Any]:
        """``box`` is what becomes of the message box."""
        assert asked.turn is not None
        number = page.settings.emergency_number
        talk = Talk(page.answer, language, number, stop.asked, working=page.working())
        begun = gr.update(**box, submit_btn=False, stop_btn=True)
        yield begun, gr.update(visible=False), gr.update(visible=True), gr.skip(), gr.skip()
        messages: list[dict[str, Any]] = []
        for frame in converse(talk, asked.turn, asked.conversation, asked.transcript, asked.files):
            messages = chat_messages(entries_of(frame.transcript), html_props)
            yield gr.skip(), gr.skip(), messages, frame.transcript, frame.conversation
        # The messages go without ``visible``, and once more at the end: otherwise a busy browser now and
        # then lost the last of them, and with it the sources of an answer.
        yield gr.update(submit_btn=True, stop_btn=False), gr.skip(), messages, gr.skip(), gr.skip()

    def on_message(
        message: dict[str, Any],
        stop: Stop,
        pace: Pace,
        transcript: Transcript,
        conversation: Conversation,
        known: str,
        choice: str,
        audience: str,
        request: gr.Request | None = None,
    ) -> Iterator[Any]:
        language = spoken(known, request, choice)
        text, files = message.get("text") or "", message.get("files") or ()
        with stop.turn() as free:
            if not free or not (text.strip() or files) or too_fast(pace, language):
                yield unchanged  # what was written stays in the box
                return
            if not known:
                warn(language, "begun_anew")
                conversation = conversation.with_(language=language)
            if files and readings(transcript) >= MOST_READINGS:
                warn(language, "too_many_kept")
                yield unchanged
                return
            images = take_uploads(files)
            if len(images) < len(files):
                warn(language, "too_many", most=len(images))
            turn = turn_of(text, images, choice if text.strip() else language, audience)
            yield from send(Asked(transcript, conversation, turn), language, stop, {"value": None})

    def on_again(
        event: gr.EventData,
        message: dict[str, Any],
        stop: Stop,
        pace: Pace,
        transcript: Transcript,
        conversation: Conversation,
        known: str,
        choice: str,
        audience: str,
        request: gr.Request | None = None,
    ) -> Iterator[Any]:
        language = spoken(known, request, choice)
        with stop.turn() as free:
            if not free or too_fast(pace, language):
                yield unchanged
                return
            asked = asked_for(wish_of(event), transcript, conversation, language, choice, audience)
            if asked.turn is not None and asked.turn.images and readings(asked.transcript) >= MOST_READINGS:
                warn(language, "too_many_kept")
                yield unchanged
            elif asked.turn is not None:
                yield from send(asked, language, stop, {})
            elif asked.draft is None:
                warn(language, asked.refused)
                yield unchanged
            else:
                yield undone(asked, empty=not (message.get("text") or message.get("files")))

    def undone(asked: Asked, empty: bool) -> tuple[Any, ...]:
        """The words go back into the box, unless others are being written there."""
        nothing_left = not asked.transcript
        return (
            gr.update(value={"text": asked.draft, "files": []}) if empty else gr.skip(),
            gr.update(visible=nothing_left),
            gr.update(
                value=chat_messages(entries_of(asked.transcript), html_props), visible=not nothing_left
            ),
            asked.transcript,
            asked.conversation,
        )

    def on_aside(
        event: gr.EventData, transcript: Transcript, known: str, request: gr.Request | None = None
    ) -> Any:
        wish, language = wish_of(event), spoken(known, request)
        if wish.get("do") == "thumb":
            note_thumb(wish, transcript, page.settings)
            return gr.skip()
        file = report_file(wish, transcript, language, page.settings)
        if file is None:
            warn(language, "gone")
        return file or gr.skip()

    def on_settled(conversation: Conversation, choice: str, audience: str) -> list[Any]:
        """The selectors follow what was asked for in words ("in English, please", "I am a doctor")."""
        pinned = conversation.pinned_language
        return [
            pinned if pinned and pinned != choice else gr.skip(),
            conversation.audience if conversation.audience != audience else gr.skip(),
        ]

    def on_spoken(known: str, conversation: Conversation, choice: str) -> list[Any]:
        """The interface follows the language of the talk, unless another was chosen."""
        language = LANGUAGES.get(choice, conversation.language)
        if language == known:
            return [language, *[gr.skip()] * (len(interface) - 1)]  # it goes when the conversation does
        return [language, *translated(language, page.settings)]

    def on_failed() -> Any:
        """A turn that did not come to its end, or could not begin, leaves a box that sends."""
        return gr.update(submit_btn=True, stop_btn=False)

    def on_new(stop: Stop, known: str, request: gr.Request | None = None) -> tuple[Any, ...]:
        stop.ask()
        stop.wait(PATIENCE)
        box = gr.update(value=None, submit_btn=True, stop_btn=False)
        empty = gr.update(value=[], visible=False)
        return box, gr.update(visible=True), empty, (), Conversation(language=spoken(known, request))

    def on_language(choice: str, conversation: Conversation, request: gr.Request) -> list[Any]:
        """What is chosen here takes the place of what was asked for in words before."""
        language = page_language(choice, request.headers.get("accept-language", ""))
        chosen = conversation.with_(language=language, pinned_language=None)
        return [chosen, language, *translated(language, page.settings)]

    def on_load(conversation: Conversation, request: gr.Request) -> list[Any]:
        """Gradio painted the page in the browser's first language; where we only speak a later one, that."""
        header = request.headers.get("accept-language", "")
        language = page_language("auto", header)
        right = language == page_language("auto", header.split(",")[0])
        updates = [gr.skip()] * len(parts.translatable()) if right else translated(language, page.settings)
        return [request.session_hash, conversation.with_(language=language), language, *updates]

    def on_about(known: str, request: gr.Request | None = None) -> tuple[Any, Any, str]:
        article = about_page(spoken(known, request), page.settings.emergency_number)
        return gr.update(visible=False), gr.update(visible=True), article

    once: dict[str, Any] = {**PRIVATE, **limited, "trigger_mode": "once", "js": ASKED}
    turns = [
        parts.box.submit(on_message, [parts.box, *memory], shown, **once),
        parts.again.click(on_again, [parts.box, *memory], shown, **once),
    ]
    for turn in turns:
        told = turn.then(on_settled, [conversation, *selectors], selectors, js=OVER, **AT_ONCE)
        told.then(on_spoken, [language, conversation, parts.language], interface, **AT_ONCE)
        turn.failure(on_failed, None, [parts.box], js=FAILED, **AT_ONCE)
    parts.box.stop(Stop.ask, [stop], None, **AT_ONCE)
    parts.new.click(on_new, [stop, language], shown, **AT_ONCE)
    parts.language.input(on_language, [parts.language, conversation], [conversation, *interface], **AT_ONCE)
    blocks.load(on_load, [conversation], [parts.session, conversation, *interface], **AT_ONCE)

    asked = parts.aside.click(
        on_aside, [transcript, language], [parts.download], trigger_mode="multiple", **PRIVATE
    )
    asked.then(None, [parts.download], [parts.download], js=SAVE, **PRIVATE)

    columns = [parts.chat_column, parts.about_column]
    parts.about.click(on_about, [language], [*columns, parts.article], **AT_ONCE)
    for button in (parts.back, parts.new):
        button.click(lambda: (gr.update(visible=True), gr.update(visible=False)), None, columns, **AT_ONCE)


def wish_of(event: gr.EventData) -> Mapping[str, Any]:
    """What was pressed; nothing where a client of another kind sends something else."""
    return event._data if isinstance(event._data, Mapping) else {}


def too_fast(pace: Pace, language: Language) -> bool:
    """Whether a visitor asks faster than a person can, who is then told how long to wait."""
    seconds = pace.wait()
    if seconds:
        warn(language, "too_fast", seconds=seconds)
    return bool(seconds)


def warn(language: Language, key: str, **values: object) -> None:
    """A line that comes and goes on the page of the visitor whose event this is."""
    texts = load_texts(language)
    gr.Warning(texts(f"errors.{key}", **values), title=texts("errors.one_moment"))


def spoken(known: str, request: gr.Request | None, choice: str = "auto") -> Language:
    """The language of the page, ``known`` since it was loaded; a page that is older than this process, which
    knows nothing of it, speaks what was chosen or what its browser does."""
    header = request.headers.get("accept-language", "") if request else ""
    return LANGUAGES.get(known) or page_language(choice, header)


def chat_messages(entries: tuple[Entry, ...], html_props: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The transcript as the value of ``gr.Chatbot``.

    HTML goes in as a ``gr.HTML``, which Gradio shows as it is; text as Markdown, which it cleans.
    ``html_props`` is the configuration of an empty ``gr.HTML``: inside a handler none can be made.
    """
    return [{"role": entry.role, "content": [_content(entry, html_props)]} for entry in entries]


def _content(entry: Entry, html_props: Mapping[str, Any]) -> dict[str, Any]:
    if entry.kind == "text":
        return {"type": "text", "text": entry.content}
    return {
        "type": "component",
        "component": "html",
        "value": entry.content,
        "constructor_args": {},
        "props": {**html_props, "value": entry.content},
    }
