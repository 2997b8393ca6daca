"""The first thing a visitor sees: who it is for, what it reads, what it is not, and what to try."""

import io
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from assistant.conversation import Attachment, Language
from ui.escaping import escape
from ui.reading import picture_uri
from ui.texts import Texts, load_texts

STATIC = Path(__file__).resolve().parent / "static"
EXAMPLES = STATIC / "examples"

#: The order on the page; a picture that is not named here comes last, by name.
ORDER = (
    "glioma", "bacterial_pneumonia", "meningioma", "covid19", "pituitary_tumor", "viral_pneumonia",
    "no_tumor", "normal", "photo", "document",
)  # fmt: skip
#: Pixels: twice the size on the page, for screens with two points a pixel.
THUMBNAIL = 224


def example_names(folder: Path = EXAMPLES) -> tuple[str, ...]:
    """The names (without ``.png``) of the example pictures in ``folder``, in the order of the page."""
    names = {path.stem for path in folder.glob("*.png")}
    known = [name for name in ORDER if name in names]
    return (*known, *sorted(names.difference(known)))


def example_picture(name: str, folder: Path = EXAMPLES) -> Attachment | None:
    """The example picture ``name`` as a person would attach it; ``None`` where there is none of that name."""
    if name not in example_names(folder):
        return None
    return Attachment(f"{name}.png", (folder / f"{name}.png").read_bytes())


def example_question(key: str) -> str | None:
    """The example question of a key such as ``es:0``; ``None`` where there is none."""
    for language in ("es", "en"):
        for number, question in enumerate(load_texts(language).paragraphs("welcome.questions")):
            if key == f"{language}:{number}":
                return question
    return None


def welcome_page(language: Language, emergency: str, folder: Path = EXAMPLES) -> str:
    """The welcome as HTML. Its buttons bear ``data-example``: a question's key or a picture's name.

    ``emergency`` is the number to call, as the settings have it.
    """
    texts = load_texts(language)
    facts = "".join(
        f'<div class="g-fact g-{key}"><h3>{escape(texts(f"welcome.{key}_heading"))}</h3>'
        f"<p>{escape(texts(f'welcome.{key}_text', emergency=emergency))}</p></div>"
        for key in ("for", "reads", "not")
    )
    return (
        f'<div class="g-welcome" lang="{language}"><h2>{escape(texts("welcome.heading"))}</h2>'
        f'<p class="g-lead">{escape(texts("welcome.lead"))}</p>'
        f"{_questions(texts)}{_pictures(texts, folder)}"
        f'<div class="g-facts">{facts}</div></div>'
    )


def _questions(texts: Texts) -> str:
    """The example questions of both languages, the page's own first."""
    languages: tuple[Language, ...] = ("es", "en") if texts.language == "es" else ("en", "es")
    columns = []
    for language in languages:
        heading = load_texts(language)("welcome.own_language")
        buttons = "".join(
            f'<li><button type="button" data-do="example" data-example="{language}:{number}">'
            f"{escape(question)}</button></li>"
            for number, question in enumerate(load_texts(language).paragraphs("welcome.questions"))
        )
        columns.append(f'<div lang="{language}"><h4>{escape(heading)}</h4><ul>{buttons}</ul></div>')
    return (
        f"<h3>{escape(texts('welcome.questions_heading'))}</h3>"
        f'<div class="g-questions">{"".join(columns)}</div>'
    )


def _pictures(texts: Texts, folder: Path) -> str:
    names = example_names(folder)
    if not names:
        return ""
    captions = _captions(folder, texts.language)
    items = []
    for name in names:
        caption = captions.get(name) or texts.name("examples", name)
        items.append(
            f'<li><button type="button" data-do="example" data-example="{escape(name)}" '
            f'aria-label="{escape(texts("welcome.try_picture", caption=caption))}">'
            f'<span class="g-thumb g-thumb-{escape(name)}"></span>'
            f"<span>{escape(caption)}</span></button></li>"
        )
    return (
        f"<h3>{escape(texts('welcome.pictures_heading'))}</h3>"
        f'<ul class="g-pictures">{"".join(items)}</ul>'
        f'<p class="g-small">{escape(texts("welcome.pictures_note"))}</p>'
    )


def _captions(folder: Path, language: Language) -> dict[str, str]:
    """Captions from ``examples.toml`` (``[name]`` with ``en`` and ``es``), where there is one."""
    path = folder / "examples.toml"
    if not path.is_file():
        return {}
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: str(table[language])
        for name, table in tables.items()
        if isinstance(table, dict) and language in table
    }


def thumbnails_style(folder: Path = EXAMPLES) -> str:
    """The example pictures as a style sheet: sent once, whatever the language of the page."""
    return "".join(
        f".g-thumb-{name}{{background-image:url({_thumbnail(folder / f'{name}.png')})}}"
        for name in example_names(folder)
    )


@cache
def _thumbnail(path: Path) -> str:
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.convert("RGB").crop((left, top, left + side, top + side))
        return picture_uri(np.asarray(square.resize((THUMBNAIL, THUMBNAIL)), np.uint8))
