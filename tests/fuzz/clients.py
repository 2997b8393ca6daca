"""What a program may send in the place of the page, and what must come of it: an answer or one sentence."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import gradio as gr
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.language import detect_language
from assistant.settings import Settings
from knowledge_base.schema import SECTIONS, TOPICS
from tests.fuzz.messages import ANY_TEXT, MARKDOWN, TEXTS
from tests.fuzz.talking import real_models
from ui.again import LONGEST, asked_for
from ui.api import add_endpoints
from ui.convert import turn_of, user_entries
from ui.escaping import plain
from ui.events import wish_of
from ui.feedback import note_thumb
from ui.interface import page_language
from ui.texts import load_texts
from ui.transcript import Exchange
from vision_models.analysis import Analysis

LANGUAGES = ("en", "es")
#: Whatever JSON can say, as Python reads it: endless numbers and halves of characters too.
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


def _or_any(*sound: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(sound) | st.sampled_from(sound) | ANY_JSON


# The page

_CONVERSATION = Conversation(language="es", pinned_language="en")
TRANSCRIPT = (
    Exchange(Turn("¿Qué es un glioma?"), _CONVERSATION, reply=Reply("es", "chat", 1.0, "chat", "Hola.")),
    Exchange(Turn(images=(Attachment("a.png", b"x"),)), _CONVERSATION, files=("a.png",)),
)
WISHES = ANY_JSON | st.fixed_dictionaries(
    {"do": _or_any("example", "retry", "edit", "undo", "thumb")},
    optional={
        "turn": _or_any(0, "1", "2", -1, 10**30, "٣", "0x1"),
        "text": _or_any("¿Y un meningioma?", "x" * 30_000),
        "example": _or_any("glioma", "es:0", "../normal", "glioma\0"),
        "value": _or_any("up", "none"),
    },
)
#: What Gradio lets through from a selector: one of its choices, or nothing.
_CHOICE = st.sampled_from(("auto", "en", "es", None))
PRESSES = st.tuples(WISHES, _CHOICE, st.sampled_from(("patient", "clinician", None)))


def check_press(press: tuple[Any, Any, Any]) -> None:
    """A press asks for a turn that can be written and is not longer than a press may be, or for nothing; what
    was said before stays as it was, as far as it stays."""
    sent, choice, audience = press
    wish = wish_of(gr.EventData(None, sent))
    assert isinstance(wish, Mapping)
    note_thumb(wish, TRANSCRIPT, Settings())
    asked = asked_for(wish, TRANSCRIPT, _CONVERSATION, "es", choice, audience)
    assert asked.transcript == TRANSCRIPT[: len(asked.transcript)]
    if asked.turn is not None:
        _check_turn(asked.turn)
        assert len(asked.turn.text) <= LONGEST


BOXES = st.tuples(ANY_TEXT | TEXTS | MARKDOWN, ANY_TEXT, _CHOICE | ANY_TEXT, ANY_TEXT, ANY_TEXT)

#: As Gradio reads it, but for addresses: it makes links of them, and here another package would have to.
_MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
_LETTERS_ALONE = frozenset(
    ("paragraph_open", "inline", "paragraph_close", "text", "softbreak", "hardbreak", "text_special")
)


def _squeezed(text: str) -> str:
    return "".join(text.replace("\0", "\ufffd").split())


def check_box(box: tuple[str, str, str, str, str]) -> None:
    """Whatever is written, called, chosen and said of the browser is a turn of one of our languages, or of
    none, and is shown letter by letter: nothing in it acts as Markdown or as HTML."""
    text, name, choice, audience, header = box
    turn = turn_of(text, [Attachment(name, b"")], choice, audience)
    _check_turn(turn)
    assert page_language(choice, header) in LANGUAGES
    assert detect_language(text, "en") in LANGUAGES
    tokens = _MARKDOWN.parse(plain(turn.text))
    inner = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in (*tokens, *inner)} <= _LETTERS_ALONE
    assert _squeezed("".join(child.content for child in inner)) == _squeezed(turn.text)
    for entry in user_entries(turn.text, [turn_of(name, (), "", "").text], 0, "es"):
        assert "<script" not in entry.content
        entry.content.encode()


def _check_turn(turn: Turn) -> None:
    turn.text.encode()
    assert turn.language in (None, *LANGUAGES)
    assert turn.audience in (None, "patient", "clinician")


# The endpoints

_DATA = ("data:image/png;base64,eA==", "data:,", "data:image/png;base64,%%%", "a" * 5000)
_PLACES = (
    *("/etc/hostname", "..", "", "/tmp/gradio/../x\0", {"path": "/x"}),
    *("http://192.0.2.1/x.png", "http://[/gradio_api/file=/etc/hostname"),
)
_LANGUAGE, _AUDIENCE = _or_any("auto", "auto", "auto", "en", "es", ""), _or_any("patient", "clinician")
CALLS = st.one_of(
    st.tuples(st.just("chat"), TEXTS | ANY_JSON, _LANGUAGE, _AUDIENCE),
    st.tuples(
        st.just("analyze_image"),
        st.lists(_or_any(*_DATA, *_PLACES), max_size=3) | ANY_JSON,
        _LANGUAGE,
        _AUDIENCE,
    ),
    st.tuples(
        st.just("search_knowledge"),
        TEXTS | ANY_JSON,
        _LANGUAGE,
        _or_any("", *TOPICS),
        _or_any("", *SECTIONS),
        _or_any(1, 5, 20, 5.0, 21, 1e308),
    ),
)

_APOLOGIES = tuple(load_texts(language)("errors.apology", reference="").strip() for language in LANGUAGES)


def check_call(call: tuple[Any, ...]) -> None:
    """An endpoint answers what can be written as JSON, or refuses in one line that can be written too. Only
    for a file whose address is none does it apologise, as for a fault of its own."""
    name, *arguments = call
    try:
        json.dumps(_endpoints()[name](*arguments), ensure_ascii=False).encode()
    except gr.Error as error:
        said = str(error.message)
        said.encode()
        assert said.strip()
        assert len(said.splitlines()) == 1, said
        assert not said.startswith(_APOLOGIES), said


@cache
def _endpoints() -> dict[str, Callable[..., Any]]:
    with gr.Blocks() as page:
        add_endpoints(_answer, 2, real_models())
    return {fn.api_name: fn.fn for fn in page.fns.values()}


def _answer(turn: Turn, conversation: Conversation, on_step: Any = None) -> tuple[Reply, Conversation]:
    """Says nothing of its own: what the real models say is tested elsewhere."""
    _check_turn(turn)
    analyses = tuple(Analysis(image.name, "rejected", reason="photo") for image in turn.images)
    return Reply("en", "chat", 1.0, "chat", turn.text, (), analyses), conversation
