"""The library alone, for programs: the passages that answer a question, with their sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from assistant.conversation import Language
from assistant.errors import GalenoError
from assistant.language import detect_language
from assistant.legible import legible
from assistant.messages import messages
from assistant.models import Models
from knowledge_base.schema import SECTIONS, TOPICS, Hit, Source

#: The most passages that one search brings.
MOST = 20
#: Of a value that is refused no more than this is said back, in characters.
_SAID_BACK = 40


class RequestError(GalenoError):
    """What a program asks for cannot be done as it was asked."""


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage and its ``score``, 0..1. ``sources`` has at least one, the one that says most of it first."""

    passage_id: str
    topic: str
    section: str
    language: Language
    title: str
    text: str
    score: float
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found, best first. Unless ``above_floor`` they are only the nearest there are: nothing
    may be claimed from them."""

    language: Language
    above_floor: bool
    passages: tuple[FoundPassage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "above_floor": self.above_floor,
            "passages": [
                {
                    "passage_id": passage.passage_id,
                    "topic": passage.topic,
                    "section": passage.section,
                    "language": passage.language,
                    "title": passage.title,
                    "text": passage.text,
                    "score": round(passage.score, 4),
                    "sources": [
                        {"title": source.title, "publisher": source.publisher, "url": source.url}
                        for source in passage.sources
                    ],
                }
                for passage in self.passages
            ],
        }


def search_knowledge(
    query: str,
    language: Language | None,
    models: Models,
    topic: str | None = None,
    section: str | None = None,
    top_k: int = 5,
) -> SearchResult:
    """The ``top_k`` passages nearest to ``query`` in ``language``; ``None`` finds it out.

    ``topic`` and ``section`` keep only their own passages, so fewer may come, or none; ``None`` keeps all.
    An empty query finds nothing, and of a long one the beginning is read (``Settings.max_text``).

    Raises ``RequestError`` where the library is not there, for a topic or section there is none of, and for
    a ``top_k`` that is not from 1 to ``MOST``.
    """
    text = legible(query.encode("utf-8", "ignore").decode().strip()[: models.settings.max_text])
    language = language or detect_language(text, "en")
    if topic is not None:
        check_choice("topic", topic, TOPICS, language)
    if section is not None:
        check_choice("section", section, SECTIONS, language)
    if type(top_k) is not int or not 1 <= top_k <= MOST:
        raise RequestError(messages(language)("error.top_k", value=_shown(top_k), most=str(MOST)))
    if models.words is None:
        raise RequestError(messages(language)("reading.text_down"))
    if not text:
        return SearchResult(language, above_floor=False)
    retriever = models.words.retriever
    vector = models.words.encoder.encode_queries([text])[0]
    # The retriever only leans to a topic or section, so what is kept is cut from all that it ranks.
    everything = len(retriever.passages(language))
    found = retriever.search(text, vector, language, topic=topic, section=section, top_k=everything)
    kept = [
        hit
        for hit in found.hits
        if topic in (None, hit.passage.topic) and section in (None, hit.passage.section)
    ]
    above_floor = bool(kept) and kept[0].score >= retriever.fusion.floor
    return SearchResult(language, above_floor, tuple(_found(hit) for hit in kept[:top_k]))


def check_choice(name: str, value: object, allowed: Iterable[str], language: Language) -> None:
    """Raises ``RequestError``, in ``language``, with what is allowed, where ``value`` is none of it."""
    choices = tuple(allowed)
    if value not in choices:
        listed = ", ".join(choices)
        raise RequestError(messages(language)("error.choice", name=name, value=_shown(value), allowed=listed))


def _shown(value: object) -> str:
    """The beginning of ``value`` in one line, as it can be written anywhere."""
    text = str(value)
    line = " ".join(legible(text[:_SAID_BACK]).split())
    return line if len(text) <= _SAID_BACK else f"{line}…"


def _found(hit: Hit) -> FoundPassage:
    passage = hit.passage
    return FoundPassage(
        passage.passage_id,
        passage.topic,
        passage.section,
        passage.language,
        passage.title,
        passage.text,
        hit.score,
        passage.sources,
    )
