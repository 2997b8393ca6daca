"""What a person, or a program in a person's place, may write: words of the field in any company."""

import re
from dataclasses import dataclass

from hypothesis import strategies as st

from assistant.legible import legible
from assistant.triage import ALONE, danger
from tests.fuzz.pictures import DAMAGED, NOISE, SOUND, Damaged
from tests.hostile.emergencies import EMERGENCIES
from tests.hostile.injections import INJECTED
from tests.hostile.names import NAMES

#: Words that mean something to one part of Galeno or another.
WORDS = (
    *("meningioma", "glioma", "glioblastoma", "prolactinoma", "pituitary tumor", "tumor de hipófisis"),
    *(
        "pneumonia",
        "neumonía",
        "covid",
        "COVID-19",
        "chest x-ray",
        "radiografía de tórax",
        "brain MRI",
        "TAC",
    ),
    *(
        "what is",
        "qué es",
        "¿",
        "?",
        "how is it treated",
        "cómo se trata",
        "symptoms",
        "síntomas",
        "why",
        "y eso",
    ),
    *("and", "or", "y", "o", "not", "no", "if", "si", "never", "nunca", "my mother", "mi hijo", "I", "tengo"),
    *(
        "hello",
        "hola",
        "thanks",
        "gracias",
        "yes",
        "sí",
        "the first",
        "el segundo",
        "show me the map",
        "otra vez",
    ),
    *("in English, please", "en español", "I am a doctor", "soy médico", "repeat", "más corto", "sources"),
    *(
        "search",
        "busca",
        "search for",
        "dose of",
        "dosis de",
        "dexamethasone",
        "amoxicilina",
        "will I die",
        "CLAHE",
    ),
    *(
        "how accurate are you",
        "de qué te fías",
        "compare",
        "compara",
        "None",
        "nan",
        "[1]",
        "[99]",
        "100 %",
        ".",
    ),
    *("lorem ipsum dolor", "\ud800", "menin\u00adgioma", "ｇｌｉｏｍａ", "🧠"),
)
_MARKUP = tuple(message.text for message in INJECTED)
#: Anything that JSON can say, halves of characters and controls among it.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
_RIGHT_TO_LEFT = st.text("אבגדהوزحطيكلمن \u202e\u2067\u200f", max_size=20)
_PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from(_MARKUP),
    ANY_TEXT,
    _RIGHT_TO_LEFT,
    st.builds(
        lambda text, times: text * times,
        st.sampled_from((*WORDS, "a", "<b>", "\n", "é")),
        st.integers(2, 1500),
    ),
)
TEXTS: st.SearchStrategy[str] = st.builds(
    lambda glue, pieces: glue.join(pieces),
    st.sampled_from((" ", " ", " ", "", ". ", "\n", "\u200b")),
    st.lists(_PIECES, max_size=8),
)
#: What Markdown would make something of, at the beginning of a line or anywhere.
MARKDOWN: st.SearchStrategy[str] = st.lists(
    st.sampled_from(
        (
            *(
                "# ",
                "- ",
                "+ ",
                "* ",
                "1. ",
                "1) ",
                "> ",
                "---",
                "===",
                "***",
                "| a | b |",
                "|--|--|",
                "~~~",
                "```",
            ),
            *(
                "[a]: http://x",
                "<b>",
                "&lt;",
                "\\",
                "_a_",
                "**b**",
                "![x](y)",
                "~~x~~",
                "=",
                "-",
                "1",
                "a",
                "$$",
            ),
            *(
                " ",
                "    ",
                "\t",
                "\n",
                "\n\n",
                "  \n",
                "\r",
                "\r\n",
                "\x0b",
                "\x0c",
                "\x85",
                "\u2028",
                "\xa0",
            ),
        )
    ),
    max_size=10,
).map("".join)


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: a text, and now and then a file with a name."""

    text: str
    name: str = ""
    file: Damaged | bytes | None = None

    def content(self) -> bytes | None:
        return self.file.content() if isinstance(self.file, Damaged) else self.file


_NAMES = st.sampled_from(sorted(NAMES.values())) | ANY_TEXT
_FILES = st.builds(Damaged, st.sampled_from(sorted(SOUND)), st.just(())) | DAMAGED | NOISE | st.none()
_TURNS = st.integers(0, 7).flatmap(
    lambda one: st.builds(Said, TEXTS, _NAMES, _FILES) if one == 7 else st.builds(Said, TEXTS)
)
CONVERSATIONS: st.SearchStrategy[tuple[Said, ...]] = st.lists(_TURNS, min_size=1, max_size=4).map(tuple)

#: What says nothing about anybody: signs, tags, templates, other scripts, one word over and over.
_NOISE = st.one_of(
    st.sampled_from(
        ("", "\n", "🧠🩻", "<!-- --> <b>x</b>", "{{7*7}} ${7*7}", "`id`", "[1] [99]", "\u202e", "\0")
    ),
    _RIGHT_TO_LEFT,
    st.text(st.characters(categories=("P", "S", "Z", "C")), max_size=40),
    st.builds(
        lambda word, times: word * times,
        st.sampled_from(("hello ", "hola ", "42 ", "!", "\n")),
        st.integers(1, 900),
    ),
)


def _stands_alone(text: str) -> bool:
    """Whether it is danger enough for a sentence that is weighed alone, whatever is before and after it."""
    return any(danger(sentence) > ALONE for sentence in re.split(r"(?<=[.!?;])\s+|\n\s*", text))


def _between_noise() -> st.SearchStrategy[str]:
    texts = [message.text for message in EMERGENCIES if len(message.text) < 300]
    return st.builds(
        lambda before, danger, after: f"{before}\n{danger}\n{after}",
        _NOISE,
        st.sampled_from([text for text in texts if _stands_alone(legible(text))]),
        _NOISE,
    )


#: A danger between noise, each in lines of its own.
DANGERS: st.SearchStrategy[str] = st.deferred(_between_noise)
