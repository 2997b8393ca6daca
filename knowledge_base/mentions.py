"""What a text is about by the names in it: topics and sections, in either language. No model."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge_base.schema import LANGUAGES, PARENTS, SECTIONS, TOPICS
from knowledge_base.spelling import Spelling, plain
from knowledge_base.stopwords import stopwords

NAMES = Path(__file__).parent / "names.toml"
CUES = Path(__file__).parent / "cues.toml"

_WORD = re.compile(r"[^\W_]+")

_EXAM_OF = {"brain_tumor": "brain_mri", "pneumonia": "chest_xray"}

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The phrases that stand for each label. Read from a file by ``read_names``.

    ``weak`` phrases count only where the text names nothing in ``elsewhere``: "resonancia" is a brain MRI
    unless a knee is spoken of; ``lengths`` are those of such phrases, in words. ``never`` are words that
    look like a name and are none.
    """

    labels: dict[Phrase, tuple[str, ...]]
    weak: frozenset[Phrase]
    elsewhere: frozenset[Phrase]
    never: frozenset[str]
    longest: int
    lengths: frozenset[int]
    spelling: Spelling


def read_names(path: Path, known: tuple[str, ...]) -> Names:
    """Reads a file of names. A phrase may stand for several labels.

    Raises ``ValueError``, naming the file, for a label that is not ``known``.
    """
    table = tomllib.loads(path.read_text("utf-8"))
    elsewhere = frozenset(map(split, table.pop("elsewhere", [])))
    never = frozenset(map(plain, table.pop("never", [])))
    labels: dict[Phrase, tuple[str, ...]] = {}
    weak: set[Phrase] = set()
    for label, lists in table.items():
        if label not in known:
            raise ValueError(f"{path.name}: unknown name [{label}], expected one of {', '.join(known)}")
        for strength, phrases in lists.items():
            for phrase in map(split, phrases):
                if label not in labels.get(phrase, ()):
                    labels[phrase] = (*labels.get(phrase, ()), label)
                if strength == "weak":
                    weak.add(phrase)
    words = {word for phrase in labels for word in phrase}
    longest = max(map(len, labels))
    lengths = frozenset(map(len, elsewhere))
    return Names(labels, frozenset(weak), elsewhere, never, longest, lengths, Spelling(words))


def split(text: str) -> Phrase:
    """The words of a text, in lower case, without accents or marks."""
    return tuple(_WORD.findall(plain(text)))


def found_labels(text: str, names: Names) -> tuple[str, ...]:
    """The labels named in a text, in order, without repeats. The longest phrase at each place wins."""
    typed, meant = _words(text, names)
    another = _names_elsewhere(typed, names)
    found: list[str] = []
    at = 0
    while at < len(typed):
        length, labels = _longest(typed, meant, at, names, another)
        found += [label for label in labels if label not in found]
        at += length
    return tuple(found)


def mentioned_topics(text: str) -> tuple[str, ...]:
    """Topics named in a text, in order, a narrower one before what it is a kind of.

    Either language; accents and small typos are forgiven. "¿Un meningioma es un tumor cerebral?" gives
    ``("meningioma", "brain_tumor")``. Nothing found gives ``()``.
    """
    found = found_labels(text, _topics())
    ordered: list[str] = []
    for topic in found:
        ordered += [other for other in found if topic in ancestors(other) and other not in ordered]
        if topic not in ordered:
            ordered.append(topic)
    return tuple(ordered)


def without_names(text: str) -> str:
    """The words of a text, in lower case and without accents, less those that name a topic.

    "¿Cómo se trata un meningioma?" gives "como se trata un": what is left of it in a follow-up.
    """
    return " ".join(word for word, names in _by_word(text, _topics()) if not names)


def names_in(text: str) -> str:
    """The words of a text that name a topic: "¿Cómo se trata un prolactinoma?" gives "prolactinoma"."""
    return " ".join(word for word, names in _by_word(text, _topics()) if names)


def says_not_of_what(text: str) -> bool:
    """Whether a text says what is asked, and of what it does not: "¿cuáles son los síntomas?", "se cura"."""
    by_word = list(_by_word(text, _sections()))
    said = any(cues for _, cues in by_word)
    return said and all(cues or any(word in stopwords(each) for each in LANGUAGES) for word, cues in by_word)


def names_nothing_but_topics(text: str) -> bool:
    """Whether a text names a topic and says nothing of it: "and meningiomas?", but not "what is one?"."""
    by_word = list(_by_word(text, _topics()))
    named = any(names for _, names in by_word)
    rest = all(names or any(word in stopwords(each) for each in LANGUAGES) for word, names in by_word)
    return named and rest and not mentioned_sections(text)


def _by_word(text: str, names: Names) -> Iterator[tuple[str, bool]]:
    """Each word of a text, with whether it stands in one of ``names``."""
    typed, meant = _words(text, names)
    at = 0
    while at < len(typed):
        length, labels = _longest(typed, meant, at, names, another=False)
        yield from ((word, bool(labels)) for word in typed[at : at + length])
        at += length


def mentioned_sections(text: str) -> tuple[str, ...]:
    """Sections that the words of a question ask for, in order: "cómo se cura" gives ``("treatment",)``."""
    return found_labels(text, _sections())


def names_another_part(text: str) -> bool:
    """Whether a text speaks of a part of the body, or a disease, that no topic is about."""
    return _names_elsewhere(split(text), _topics())


def ancestors(topic: str) -> tuple[str, ...]:
    """What a topic is a kind of, nearest first: covid19 is a viral pneumonia, which is a pneumonia."""
    above = []
    while topic in PARENTS:
        topic = PARENTS[topic]
        above.append(topic)
    return tuple(above)


def exam_of(topic: str) -> str | None:
    """The examination that shows a disease; ``None`` for what is none."""
    return _EXAM_OF.get((topic, *ancestors(topic))[-1])


@cache
def _topics() -> Names:
    return read_names(NAMES, TOPICS)


@cache
def _sections() -> Names:
    return read_names(CUES, SECTIONS)


def _words(text: str, names: Names) -> tuple[Phrase, Phrase]:
    """The words as typed, and as they were meant to be."""
    typed = split(text)
    meant = (word if word in names.never else names.spelling.nearest(word) or word for word in typed)
    return typed, tuple(meant)


def _longest(typed: Phrase, meant: Phrase, at: int, names: Names, another: bool) -> tuple[int, Phrase]:
    for length in range(min(names.longest, len(typed) - at), 0, -1):
        for words in (typed[at : at + length], meant[at : at + length]):
            if words in names.labels and not (another and words in names.weak):
                return length, names.labels[words]
    return 1, ()


def _names_elsewhere(words: Phrase, names: Names) -> bool:
    return any(
        words[at : at + length] in names.elsewhere for length in names.lengths for at in range(len(words))
    )
