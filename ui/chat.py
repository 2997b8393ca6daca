"""The page: one chat in the middle, its settings in sight, and an About page beside it.

Nothing about a visitor lives here: the transcript and the ``Conversation`` are values in
``gr.State``, one of each for every visitor, dropped some time after they leave.
"""

from functools import partial
from threading import Semaphore

import gradio as gr

from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from ui.about import ROOT, VISION
from ui.api import add_endpoints
from ui.events import Page, connect
from ui.interface import audiences, languages, painted
from ui.model_reports import serve_reports
from ui.overrides import do_nothing_in_vain
from ui.parts import Parts
from ui.texts import load_texts
from ui.theme import serve_fonts
from ui.turns import Answer
from ui.uploads import forget_names, use_private_folders

#: Turns that are on their way at once, most of them being shown as a person reads; those of them that work at
#: once, and the calls of programs beside them. The others wait in the queue.
CONCURRENT_TURNS, WORKING, CALLS = 24, 3, 2

#: Visitors that may wait; the next are told that the page is busy.
QUEUE_SIZE = 64

#: A pasted text stays a text, however long it is: Gradio would attach it as a file.
MAX_PASTE = 10_000_000

#: Passes what the scripts of the page tell on to the server.
LISTEN = 'document.addEventListener("galeno:{name}", (event) => trigger("click", event.detail));'


def build_page(models: Models, settings: Settings, answer: Answer | None = None) -> gr.Blocks:
    """The page over ``models``. ``answer`` takes the place of ``respond``; ``None``: the real one."""
    use_private_folders()
    do_nothing_in_vain()
    serve_reports(ROOT / VISION)
    serve_fonts()
    places = Semaphore(WORKING)

    def working() -> Semaphore | None:
        return places if answer or models.is_ready("analyzer") else None  # what comes last

    with gr.Blocks(
        title=load_texts("en")("page.title"),
        analytics_enabled=False,
        fill_height=True,
    ) as page:
        parts = _lay_out(settings)
        answers = answer or partial(respond, models=models)
        connect(page, parts, Page(answers, settings, CONCURRENT_TURNS, working))
        add_endpoints(answers, CALLS, models)
    forget_names(page)
    page.queue(default_concurrency_limit=CONCURRENT_TURNS, max_size=QUEUE_SIZE)
    return page


def _lay_out(settings: Settings) -> Parts:
    said = painted(settings)
    with gr.Row(elem_id="g-header"):
        brand = gr.HTML(said["brand"], elem_id="g-brand")
        language = gr.Radio(value="auto", elem_id="g-language", elem_classes="g-choice", **languages(said))
        audience = gr.Radio(value="patient", elem_id="g-audience", elem_classes="g-choice", **audiences(said))
        menu = gr.HTML(said["menu"], elem_id="g-menu")
        new = gr.Button(said["new"], elem_id="g-new", size="sm", min_width=1)
        about = gr.Button(said["about"], elem_id="g-about-open", size="sm", min_width=1)
    with gr.Column(elem_id="g-chat") as chat_column:
        welcome = gr.HTML(said["welcome"], elem_id="g-welcome")
        chatbot = gr.Chatbot(
            visible=False,
            label=said["chat"],
            show_label=False,
            elem_id="g-transcript",
            height=None,
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            layout="bubble",
            autoscroll=False,
        )
        gr.HTML('<p role="status"></p>', elem_id="g-connection")
        box = gr.MultimodalTextbox(
            placeholder=said["placeholder"],
            label=said["message_label"],
            show_label=False,
            file_count="multiple",
            sources=["upload"],
            max_plain_text_length=MAX_PASTE,
            max_lines=8,
            autofocus=True,
            elem_id="g-box",
        )
        note = gr.HTML(said["note"], elem_id="g-note")
    with gr.Column(elem_id="g-about", visible=False) as about_column:
        back = gr.Button(said["back"], elem_id="g-about-close", size="sm", min_width=1)
        article = gr.HTML(elem_id="g-article")
    again = gr.HTML(js_on_load=LISTEN.format(name="again"), visible="hidden")
    aside = gr.HTML(js_on_load=LISTEN.format(name="aside"), visible="hidden")
    download = gr.Textbox(visible="hidden", show_label=False, container=False, elem_id="g-download")
    session = gr.Textbox(visible="hidden", show_label=False, container=False, elem_id="g-session")
    return Parts(
        brand, language, audience, menu, new, about, chat_column, welcome, chatbot, box, note,
        about_column, back, article, again, aside, download, session,
    )  # fmt: skip
