"""Finds the passages that answer a question, in the language it was asked in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.evidence import (
    Asked,
    Numbers,
    family,
    passage_evidence,
    query_evidence,
    read_question,
    strangers,
)
from knowledge_base.fusion import Fusion, load_fusion
from knowledge_base.index import INDEX, Index, load_index
from knowledge_base.lexical import Lexicon
from knowledge_base.passages import ARTICLES, load_library
from knowledge_base.questions import OF_PASSAGES
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS, Hit, Language, Passage, Retrieval
from knowledge_base.shelf import Rows, Shelf

#: How many topics are offered where nothing is claimed.
NEAREST = 3
#: Of a large library: how many vectors near the question are looked at, and how many passages that share its
#: words, or are of a topic or a section asked about.
NEAR, WORDED = 128, 64
#: Taken off the rank value of a passage that is a stranger to the topic passed in: a follow-up about
#: pneumonia is not answered from meningioma while anything of pneumonia is there. More than all
#: the evidence together.
STRANGER = 30.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """The passages that a question is compared with, and what speaks for each (``passage_evidence``) and for
    the question (``query_evidence``)."""

    passages: tuple[Passage, ...]
    of_passages: Numbers
    of_query: Numbers


class Retriever:
    """Dense and lexical search over the passages of each language, fused.

    Of a library that is too large to compare a question with all of it (``index.EXACT``), those passages are
    weighed that the vectors find, that the words find, and that are of the topics asked about.
    It keeps nothing of a question: two searches with the same arguments give the same answer.
    """

    def __init__(
        self, indexes: Mapping[Language, Index], lexicons: Mapping[Language, Lexicon], fusion: Fusion
    ) -> None:
        for language, index in indexes.items():
            if language not in lexicons:
                raise ValueError(f"lexicons has {sorted(lexicons)}, expected one for {language!r} too")
            if not index.passages:
                raise ValueError(f"the index for {language!r} has no passages")
        self._indexes = dict(indexes)
        self._lexicons = dict(lexicons)
        self.fusion = fusion

    def search(
        self,
        query: str,
        query_vector: npt.NDArray[np.float32],
        language: Language,
        *,
        topic: str | None = None,
        section: str | None = None,
        top_k: int = 4,
    ) -> Retrieval:
        """The ``top_k`` nearest passages in ``language``, best first.

        ``query_vector`` is float32 ``(dimension,)`` of unit length, as ``Encoder.encode_queries`` makes it.
        ``topic`` and ``section`` say what is meant where the asker knows (a follow-up, an intent): the
        section weighs, and passages that are strangers to the topic come after all others. ``None`` means
        "as the words of the query have it".

        Raises ``ValueError`` for a language, a topic or a section there is none of, or ``top_k`` under 1.
        """
        _check(topic, section, top_k)
        asked = read_question(query, topic, section)
        found = self.evidence(query, query_vector, language, asked)
        behind = (STRANGER * strangers(found.passages, asked)).astype(np.float32)
        rank_values = self.fusion.rank_values(found.of_passages) - behind
        order = np.argsort(-rank_values, kind="stable")
        hits = tuple(
            Hit(found.passages[at], self.fusion.score(float(rank_values[at]), found.of_query))
            for at in order[:top_k]
        )
        above = bool(hits) and hits[0].score >= self.fusion.floor
        return Retrieval(hits, above, _nearest_topics(asked, found.passages, order))

    def evidence(
        self, query: str, query_vector: npt.NDArray[np.float32], language: Language, asked: Asked
    ) -> "Weighed":
        """What ranks the passages, and what ``tuning`` learns from."""
        index = self._index(language)
        bm25, coverage = self._lexicons[language].scores(query)
        if index.exact:
            passages = index.passages
            similarities = index.similarities(query_vector)
        else:
            rows = _candidates(index, query_vector, bm25, asked)
            passages = tuple(index.passages[row] for row in rows)
            bm25, coverage = bm25[rows], coverage[rows]
            similarities = index.similarities(query_vector, rows)
        usual = similarities if index.exact else index.usual(query_vector)
        of_passages = passage_evidence(passages, similarities, usual, bm25, coverage, asked)
        scope = self.fusion.scope_of(query_vector)
        return Weighed(passages, of_passages, query_evidence(similarities, coverage, scope, asked))

    def passages(self, language: Language) -> tuple[Passage, ...]:
        """Every passage in a language."""
        return self._index(language).passages

    def shelf(self, language: Language) -> Shelf:
        """The same, by topic and section."""
        return self._index(language).shelf

    def _index(self, language: Language) -> Index:
        if language not in self._indexes:
            raise ValueError(f"language is {language!r}, expected one of {sorted(self._indexes)}")
        return self._indexes[language]


def load_retriever(
    encoder_fingerprint: str | None = None,
    *,
    articles: Path = ARTICLES,
    questions: Path = OF_PASSAGES,
    folder: Path = INDEX,
    fusion: Fusion | None = None,
) -> Retriever:
    """The retriever over the index in the project; ``fusion`` ``None`` means the weights in the project.

    Raises ``StaleIndexError`` when the index was made from other articles or questions or, where a
    fingerprint is given, with another encoder, or the weights were fitted with another one; ``ArticleError``
    when the articles have problems.
    """
    library = load_library(articles)
    indexes = load_index(library, encoder_fingerprint, articles=articles, questions=questions, folder=folder)
    lexicons = {
        language: Lexicon(
            indexes[language].passages,
            {topic: name for (topic, spoken), name in library.topic_names.items() if spoken == language},
            language,
        )
        for language in LANGUAGES
    }
    fusion = fusion or load_fusion()
    if encoder_fingerprint:
        fusion.check_encoder(encoder_fingerprint)
    return Retriever(indexes, lexicons, fusion)


def _candidates(index: Index, query_vector: npt.NDArray[np.float32], bm25: Numbers, asked: Asked) -> Rows:
    """The rows worth weighing, in their order."""
    found = [index.nearest(query_vector, NEAR), _highest(bm25, np.flatnonzero(bm25))]
    sections = {asked.given_section, *asked.cued} - {None} or {"overview"}
    for topic in family(asked.given_topic) if asked.given_topic else asked.topics:
        found += [_highest(bm25, index.shelf.rows(topic, section)) for section in sections]
    if asked.given_topic is not None:
        found.append(_highest(bm25, index.shelf.rows(asked.given_topic, None)))
    if asked.given_section is not None:
        found.append(_highest(bm25, index.shelf.rows(None, asked.given_section)))
    return np.unique(np.concatenate(found))


def _highest(values: Numbers, rows: Rows) -> Rows:
    """Those ``WORDED`` of the rows that have the highest values."""
    if len(rows) <= WORDED:
        return rows
    return rows[np.argpartition(-values[rows], WORDED)[:WORDED]]


def _check(topic: str | None, section: str | None, top_k: int) -> None:
    if topic is not None and topic not in TOPICS:
        raise ValueError(f"topic is {topic!r}, expected None or one of {', '.join(TOPICS)}")
    if section is not None and section not in SECTIONS:
        raise ValueError(f"section is {section!r}, expected None or one of {', '.join(SECTIONS)}")
    if top_k < 1:
        raise ValueError(f"top_k is {top_k}, expected 1 or more")


def _nearest_topics(
    asked: Asked, passages: tuple[Passage, ...], order: npt.NDArray[np.intp]
) -> tuple[str, ...]:
    """The topics asked about, then those of the nearest passages, without repeats."""
    found = list(asked.about)
    for row in order:
        if len(found) >= NEAREST:
            break
        if passages[row].topic not in found:
            found.append(passages[row].topic)
    return tuple(found[:NEAREST])
