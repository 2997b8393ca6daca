"""What the page itself says, part by part, in both languages.

Gradio's i18n paints the page in the browser's language from the first moment; a change of language while
the page is open comes as an update of each part.
"""

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from assistant.conversation import Language
from assistant.settings import Settings
from ui.actions import icon
from ui.convert import AUDIENCES, LANGUAGES
from ui.escaping import escape
from ui.texts import Texts, load_texts
from ui.theme import LOGO
from ui.welcome import welcome_page

#: Before the keys of our sentences, so that none is taken for one of Gradio's own.
PREFIX = "galeno_"

SPOKEN: tuple[Language, ...] = ("en", "es")

#: What the scripts of the page say, and what they call Gradio's own buttons.
WORDS = (
    "attach", "camera", "send", "stop", "remove", "drop", "copied", "thanks", "close", "shoot", "no_camera",
    "attached", "file", "wait", "chat", "you", "galeno", "scroll_down", "message_label",
    "light", "dark", "system", "size_1", "size_2", "size_3",
    "waiting", "busy", "failed", "lost", "begun_anew", "send_again", "attach_again",
)  # fmt: skip


def page_language(choice: str, accept_language: str) -> Language:
    """The language of the page: the one chosen or, for ``auto``, the browser's first that we speak."""
    if choice in LANGUAGES:
        return LANGUAGES[choice]
    for tag in accept_language.lower().split(","):
        primary = tag.strip().split(";")[0].split("-")[0]
        if primary in LANGUAGES:
            return LANGUAGES[primary]
    return "en"


def interface(language: Language, settings: Settings) -> dict[str, str]:
    """The text or HTML of every part that has words of its own, by the part's name."""
    texts = load_texts(language)
    return {
        "brand": _brand(texts),
        "language": texts("page.language"),
        "auto": texts("page.auto"),
        "audience": texts("page.audience"),
        **{audience: texts(f"page.{audience}") for audience in AUDIENCES},
        "menu": _menu(texts),
        "new": texts("page.new_conversation"),
        "about": texts("page.about"),
        "welcome": welcome_page(language, settings.emergency_number),
        "chat": texts("page.chat"),
        "placeholder": texts("page.placeholder"),
        "message_label": texts("page.message_label"),
        "note": _note(texts),
        "back": texts("page.back_to_chat"),
    }


def translations(settings: Settings) -> gr.I18n:
    """The same for Gradio's i18n, which chooses by the browser's language."""
    spoken = {language: interface(language, settings) for language in SPOKEN}
    return gr.I18n(
        **{
            language: {f"{PREFIX}{key}": text for key, text in said.items()}
            for language, said in spoken.items()
        }
    )


def painted(settings: Settings) -> Mapping[str, Any]:
    """The parts in whatever language the browser speaks."""
    i18n = translations(settings)
    return {key: i18n(f"{PREFIX}{key}") for key in interface("en", settings)}


def languages(said: Mapping[str, Any]) -> dict[str, Any]:
    choices = [(said["auto"], "auto"), ("English", "en"), ("Español", "es")]
    return {"label": said["language"], "choices": choices}


def audiences(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": said["audience"], "choices": [(said[name], name) for name in AUDIENCES]}


def translated(language: Language, settings: Settings) -> list[Any]:
    """The updates that put the whole page in ``language``, in the order of ``Parts.translatable``."""
    said = interface(language, settings)
    return [
        gr.update(value=said["brand"]),
        gr.update(**languages(said)),
        gr.update(**audiences(said)),
        gr.update(value=said["menu"]),
        gr.update(value=said["new"]),
        gr.update(value=said["about"]),
        gr.update(value=said["welcome"]),
        gr.update(label=said["chat"]),
        gr.update(placeholder=said["placeholder"], label=said["message_label"]),
        gr.update(value=said["note"]),
        gr.update(value=said["back"]),
    ]


def _brand(texts: Texts) -> str:
    logo = LOGO.read_text(encoding="utf-8")
    return (
        f'<div class="g-brand" lang="{texts.language}">{logo}<div>'
        f"<h1>{escape(texts('page.title'))}</h1>"
        f"<span>{escape(texts('page.tagline'))}</span></div></div>"
    )


def _menu(texts: Texts) -> str:
    """Light or dark, the size of the text, and the report: what needs no turn."""
    report = "".join(
        f'<button type="button" data-do="report" data-format="{kind}">'
        f"{escape(texts(f'menu.{kind}'))}</button>"
        for kind in ("pdf", "markdown")
    )
    return (
        f'<div class="g-menu" lang="{texts.language}">'
        f"{_switch('theme', texts)}{_switch('size', texts)}"
        f'<details class="g-report-menu"><summary>{icon("report")}<span>{escape(texts("menu.report"))}</span>'
        f"</summary><div><p>{escape(texts('menu.report_text'))}</p>{report}</div></details></div>"
    )


def _switch(name: str, texts: Texts) -> str:
    label = escape(texts(f"menu.{name}"))
    return (
        f'<button type="button" data-do="{name}" aria-label="{label}" title="{label}">{icon(name)}</button>'
    )


def _note(texts: Texts) -> str:
    """The line under the message box, which also carries the words of the page's scripts."""
    words = json.dumps({word: texts(f"words.{word}") for word in WORDS}, ensure_ascii=False)
    return (
        f'<p class="g-note" lang="{texts.language}" data-words="{escape(words)}">'
        f"{escape(texts('page.note'))}</p>"
    )
