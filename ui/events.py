"""What the page does: a message is sent, an example tapped, a turn stopped, a setting changed.

The handlers keep nothing: what they need of a visitor comes in from ``gr.State`` and goes out again.
A picture without words is answered in the language of the page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from assistant.conversation import Conversation, Language, Turn
from ui.convert import LANGUAGES, Entry, turn_of
from ui.dialogue import Transcript, converse, settled
from ui.parts import Parts
from ui.turns import Answer
from ui.uploads import take_uploads
from ui.welcome import example_picture, example_question

#: Seconds: a conversation that nobody has used for so long is dropped.
FORGET_AFTER = 3600

Translate = Callable[[Language], Sequence[Any]]


def connect(
    page: gr.Blocks, parts: Parts, answer: Answer, translate: Translate, concurrency_limit: int
) -> None:
    """Binds the events of ``page``; ``translate`` gives the updates of ``parts.translatable()``."""
    transcript = gr.State((), time_to_live=FORGET_AFTER)
    conversation = gr.State(Conversation(), time_to_live=FORGET_AFTER)
    language = gr.State("en", time_to_live=FORGET_AFTER)
    selectors = [parts.language, parts.audience]
    memory = [transcript, conversation, language, *selectors]
    shown = [parts.box, parts.welcome, parts.chatbot, transcript, conversation]
    interface = [language, *parts.translatable()]
    html_props = gr.HTML(render=False).get_config()
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    limited: dict[str, Any] = {"concurrency_id": "turn", "concurrency_limit": concurrency_limit}

    def send(
        turn: Turn, transcript: Transcript, conversation: Conversation, language: Language
    ) -> Iterator[Any]:
        begun = gr.update(value=None, submit_btn=False, stop_btn=True)
        yield begun, gr.update(visible=False), gr.update(visible=True), gr.skip(), gr.skip()
        messages: list[dict[str, Any]] = []
        for frame in converse(answer, turn, conversation, transcript, language):
            messages = chat_messages(frame.transcript, html_props)
            yield gr.skip(), gr.skip(), messages, frame.transcript, frame.conversation
        # The messages go without ``visible``, and once more at the end: otherwise a busy browser now and then
        # lost the last of them, and with it the sources of an answer.
        yield ready, gr.skip(), messages, gr.skip(), gr.skip()

    ready = gr.update(submit_btn=True, stop_btn=False)

    def on_message(
        message: dict[str, Any],
        transcript: Transcript,
        conversation: Conversation,
        language: Language,
        choice: str,
        audience: str,
    ) -> Iterator[Any]:
        images = take_uploads(message.get("files") or ())
        text = message.get("text") or ""
        turn = turn_of(text, images, choice if text.strip() else language, audience)
        yield from send(turn, transcript, conversation, language)

    def on_example(
        event: gr.EventData,
        transcript: Transcript,
        conversation: Conversation,
        language: Language,
        choice: str,
        audience: str,
    ) -> Iterator[Any]:
        key = str(event._data.get("example", ""))
        picture = example_picture(key)
        question = example_question(key)
        turn = turn_of(
            question or "", [picture] if picture else [], choice if question else language, audience
        )
        yield from send(turn, transcript, conversation, language)

    def on_settled(conversation: Conversation, choice: str, audience: str) -> list[Any]:
        """The selectors follow what was asked for in words ("in English, please", "I am a doctor")."""
        pinned = conversation.pinned_language
        return [
            pinned if pinned and pinned != choice else gr.skip(),
            conversation.audience if conversation.audience != audience else gr.skip(),
        ]

    def on_spoken(language: Language, conversation: Conversation, choice: str) -> list[Any]:
        """The interface follows the language of the talk, unless another was chosen."""
        if choice not in ("auto", conversation.language) or conversation.language == language:
            return [gr.skip()] * len(interface)
        return [conversation.language, *translate(conversation.language)]

    def on_stop(transcript: Transcript) -> tuple[Any, ...]:
        kept = settled(transcript)
        return ready, kept, chat_messages(kept, html_props)

    def on_new(language: Language) -> tuple[Any, ...]:
        box = gr.update(value=None, submit_btn=True, stop_btn=False)
        empty = gr.update(value=[], visible=False)
        return box, gr.update(visible=True), empty, (), Conversation(language=language)

    def on_language(choice: str, conversation: Conversation, request: gr.Request) -> list[Any]:
        """What is chosen here takes the place of what was asked for in words before."""
        language = page_language(choice, request.headers.get("accept-language", ""))
        return [conversation.with_(language=language, pinned_language=None), language, *translate(language)]

    def on_about(opened: bool) -> tuple[Any, Any]:
        return gr.update(visible=not opened), gr.update(visible=opened)

    running = [
        parts.box.submit(on_message, [parts.box, *memory], shown, trigger_mode="once", **private, **limited),
        parts.welcome.click(on_example, memory, shown, trigger_mode="once", **private, **limited),
    ]
    for turn_event in running:
        told = turn_event.then(on_settled, [conversation, *selectors], selectors, **private)
        told.then(on_spoken, [language, conversation, parts.language], interface, **private)
    parts.box.stop(on_stop, [transcript], [parts.box, transcript, parts.chatbot], cancels=running, **private)
    parts.new.click(on_new, [language], shown, cancels=running, **private)
    for listen in (parts.language.input, page.load):
        listen(on_language, [parts.language, conversation], [conversation, *interface], **private)

    columns = [parts.chat_column, parts.about_column]
    parts.about.click(lambda: on_about(True), None, columns, **private)
    for button in (parts.back, parts.new):
        button.click(lambda: on_about(False), None, columns, **private)


def page_language(choice: str, accept_language: str) -> Language:
    """The language of the interface: the one chosen or, for ``auto``, the browser's first that we speak."""
    if choice in LANGUAGES:
        return LANGUAGES[choice]
    for tag in accept_language.lower().split(","):
        primary = tag.strip().split(";")[0].split("-")[0]
        if primary in LANGUAGES:
            return LANGUAGES[primary]
    return "en"


def chat_messages(transcript: Transcript, html_props: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The transcript as the value of ``gr.Chatbot``.

    HTML goes in as a ``gr.HTML``, which Gradio shows as it is; text as Markdown, which it cleans.
    ``html_props`` is the configuration of an empty ``gr.HTML``: inside a handler none can be made.
    """
    return [{"role": entry.role, "content": [_content(entry, html_props)]} for entry in transcript]


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
