"""The page: one chat in the middle, its settings in sight, and an About page beside it.

Nothing about a visitor lives here: the transcript and the ``Conversation`` are values in
``gr.State``, one of each for every visitor, dropped some time after they leave.
"""

from functools import partial
from typing import Any

import gradio as gr

from assistant.conversation import Language
from assistant.respond import Models, respond
from assistant.settings import Settings
from ui.about import ROOT, VISION, about_page
from ui.api import add_endpoints
from ui.convert import AUDIENCES
from ui.escaping import escape
from ui.events import connect
from ui.model_reports import serve_reports
from ui.parts import Parts
from ui.texts import Texts, load_texts
from ui.theme import LOGO
from ui.turns import Answer
from ui.uploads import use_private_folders
from ui.welcome import ON_LOAD, welcome_page

#: Turns that run at once; the others wait in the queue.
CONCURRENT_TURNS = 4

#: Visitors that may wait; the next are told that the page is busy.
QUEUE_SIZE = 64

#: Seconds: how often uploads are looked for that were never sent, and how old they may be.
CACHE_SWEEP = (300, 900)

#: A pasted text stays a text, however long it is: Gradio would attach it as a file.
MAX_PASTE = 10_000_000


def build_page(models: Models, settings: Settings, answer: Answer | None = None) -> gr.Blocks:
    """The page over ``models``. ``answer`` takes the place of ``respond``; ``None``: the real one."""
    use_private_folders()
    serve_reports(ROOT / VISION)
    answer = answer or partial(respond, models=models)
    with gr.Blocks(
        title=load_texts("en")("page.title"),
        analytics_enabled=False,
        fill_height=True,
        delete_cache=CACHE_SWEEP,
    ) as page:
        parts = _lay_out(load_texts("en"), settings)
        connect(page, parts, answer, partial(_translated, settings=settings), CONCURRENT_TURNS)
        add_endpoints(answer, CONCURRENT_TURNS)
    page.queue(default_concurrency_limit=CONCURRENT_TURNS, max_size=QUEUE_SIZE)
    return page


def _lay_out(texts: Texts, settings: Settings) -> Parts:
    emergency = settings.emergency_number
    with gr.Row(elem_id="g-header"):
        brand = gr.HTML(_brand(texts), elem_id="g-brand")
        language = gr.Radio(value="auto", elem_id="g-language", elem_classes="g-choice", **_languages(texts))
        audience = gr.Radio(
            value="patient", elem_id="g-audience", elem_classes="g-choice", **_audiences(texts)
        )
        new = gr.Button(texts("page.new_conversation"), elem_id="g-new", size="sm", min_width=1)
        about = gr.Button(texts("page.about"), elem_id="g-about-open", size="sm", min_width=1)
    with gr.Column(elem_id="g-chat") as chat_column:
        welcome = gr.HTML(welcome_page(texts.language, emergency), js_on_load=ON_LOAD, elem_id="g-welcome")
        chatbot = gr.Chatbot(
            visible=False,
            label=texts("page.chat"),
            show_label=False,
            elem_id="g-transcript",
            height=None,
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            layout="bubble",
        )
        box = gr.MultimodalTextbox(
            placeholder=texts("page.placeholder"),
            label=texts("page.message_label"),
            show_label=False,
            file_count="multiple",
            sources=["upload"],
            max_plain_text_length=MAX_PASTE,
            max_lines=8,
            autofocus=True,
            elem_id="g-box",
        )
        note = gr.HTML(_note(texts), elem_id="g-note")
    with gr.Column(elem_id="g-about", visible=False) as about_column:
        back = gr.Button(texts("page.back_to_chat"), elem_id="g-about-close", size="sm", min_width=1)
        article = gr.HTML(about_page(texts.language, emergency), elem_id="g-article")
    return Parts(
        brand, language, audience, new, about, chat_column, welcome, chatbot, box, note,
        about_column, back, article,
    )  # fmt: skip


def _brand(texts: Texts) -> str:
    logo = LOGO.read_text(encoding="utf-8")
    return (
        f'<div class="g-brand" lang="{texts.language}">{logo}<div>'
        f"<strong>{escape(texts('page.title'))}</strong>"
        f"<span>{escape(texts('page.tagline'))}</span></div></div>"
    )


def _note(texts: Texts) -> str:
    return f'<p class="g-note" lang="{texts.language}">{escape(texts("page.note"))}</p>'


def _languages(texts: Texts) -> dict[str, Any]:
    choices = [(texts("page.auto"), "auto"), ("English", "en"), ("Español", "es")]
    return {"label": texts("page.language"), "choices": choices}


def _audiences(texts: Texts) -> dict[str, Any]:
    choices = [(texts(f"page.{audience}"), audience) for audience in AUDIENCES]
    return {"label": texts("page.audience"), "choices": choices}


def _translated(language: Language, settings: Settings) -> list[Any]:
    """The updates that put the whole interface in ``language``, in the order of ``Parts.translatable``."""
    texts = load_texts(language)
    return [
        gr.update(value=_brand(texts)),
        gr.update(**_languages(texts)),
        gr.update(**_audiences(texts)),
        gr.update(value=texts("page.new_conversation")),
        gr.update(value=texts("page.about")),
        gr.update(value=welcome_page(language, settings.emergency_number)),
        gr.update(label=texts("page.chat")),
        gr.update(placeholder=texts("page.placeholder"), label=texts("page.message_label")),
        gr.update(value=_note(texts)),
        gr.update(value=texts("page.back_to_chat")),
        gr.update(value=about_page(language, settings.emergency_number)),
    ]
