"""Sentences with their marks: nothing medical is said without the passage that says it."""

import re

from assistant.conversation import Citation
from knowledge_base.schema import Passage

_END = re.compile(r"(?<=[.!?…])[\"”»)]*\s+(?=[\"“«(¿¡]?[A-ZÁÉÍÓÚÑ0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Dra|Sr|Sra|St|vs|etc|approx|aprox|p\. ?ej|e\.g|i\.e|U\.S|U\.K|EE|UU|No|n\.º)\.|\b[A-Z]\.)$"
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph of plain prose, abbreviations kept whole."""
    sentences: list[str] = []
    for piece in _END.split(" ".join(text.split())):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece)
    return [sentence for sentence in sentences if sentence]


class Citations:
    """Collects the passages of one reply, in order of first use, and gives each its mark."""

    def __init__(self) -> None:
        self._passages: list[Passage] = []

    def cite(self, passage: Passage, limit: int | None = None) -> str:
        """The passage's first ``limit`` sentences (``None``: all), each followed by its mark."""
        mark = self._mark(passage)
        return " ".join(f"{sentence} {mark}" for sentence in split_sentences(passage.text)[:limit])

    def as_tuple(self) -> tuple[Citation, ...]:
        return tuple(_citation(passage) for passage in self._passages)

    def _mark(self, passage: Passage) -> str:
        if passage not in self._passages:
            self._passages.append(passage)
        return f"[{self._passages.index(passage) + 1}]"


def _citation(passage: Passage) -> Citation:
    source = passage.sources[0]
    return Citation(
        passage_id=passage.passage_id,
        topic=passage.topic,
        section=passage.section,
        title=source.title,
        publisher=source.publisher,
        url=source.url,
        text=passage.text,
    )
