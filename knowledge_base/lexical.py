"""BM25 over stemmed words: finds by the words themselves what the encoder finds by their meaning."""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.mentions import split
from knowledge_base.schema import Language, Passage
from knowledge_base.spelling import Spelling
from knowledge_base.stemming import stem
from knowledge_base.stopwords import stopwords

#: The title is a question like those that people ask, so its words count more than those of the text.
TITLE_WEIGHT = 2


class Lexicon:
    """The passages of one language, searchable by their words.

    A word that no passage has is taken for the nearest one that some passage has (see ``spelling``).
    """

    def __init__(self, passages: Sequence[Passage], topic_names: dict[str, str], language: Language) -> None:
        """``topic_names`` says what each topic is called, so that its name counts as part of each passage."""
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
        self._language: Language = language
        self._count = len(passages)
        texts = [
            " ".join([topic_names.get(p.topic, ""), *[p.title] * TITLE_WEIGHT, p.text]) for p in passages
        ]
        words = [content_words(text, language) for text in texts]
        self._spelling = Spelling(word for found in words for word in found)
        corpus = [stems(found, language) for found in words]
        self._holders = _holders(corpus)
        self._rarity = {term: math.log(1 + len(corpus) / len(rows)) for term, rows in self._holders.items()}
        self._unknown = math.log(1 + len(passages))
        self._bm25: Any = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        self._bm25.index(corpus, show_progress=False)

    def scores(self, query: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """For each passage, its BM25 score (0 or more) and how much of the query it holds (0..1).

        The second weighs each word by how rare it is; a word that no passage has counts as the rarest.
        """
        words = content_words(query, self._language)
        terms = stems([self._spelling.nearest(word) or word for word in words], self._language)
        known = [term for term in terms if term in self._rarity]
        held = np.zeros(self._count)
        if not known:
            return held.astype(np.float32), held.astype(np.float32)
        bm25 = np.asarray(self._bm25.get_scores(known), dtype=np.float32)
        for term in known:
            held[self._holders[term]] += self._rarity[term]
        total = sum(self._rarity.get(term, self._unknown) for term in terms)
        return bm25, held.astype(np.float32) / np.float32(total)


def content_words(text: str, language: Language) -> list[str]:
    """The words of a text in order, without accents, less those that say nothing about its subject."""
    return [word for word in split(text) if word not in stopwords(language)]


def stems(words: Iterable[str], language: Language) -> list[str]:
    """The Snowball stem of each word (https://snowballstem.org), without accents."""
    return [stem(word, language) for word in words]


def _holders(corpus: Sequence[Sequence[str]]) -> dict[str, npt.NDArray[np.int32]]:
    """By term the rows of those that hold it."""
    holders: dict[str, list[int]] = {}
    for row, terms in enumerate(corpus):
        for term in set(terms):
            holders.setdefault(term, []).append(row)
    return {term: np.array(rows, np.int32) for term, rows in holders.items()}
