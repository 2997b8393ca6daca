"""Forgives small slips: finds the known word that a typed one was meant to be."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge_base.schema import LANGUAGES
from knowledge_base.stemming import stem

#: Words of both languages: see ``common_words``.
COMMON_WORDS = Path(__file__).parent / "common_words.txt"
#: From this length on two slips are forgiven, in shorter words one: there a second makes another word.
TWO_SLIPS = 9
#: In a word of this length only two swapped neighbours are: "brian", but not "rumor", is meant to be ours.
SWAPPED = 5


def plain(text: str) -> str:
    """``text`` in lower case and without accents: the form that words are compared in."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


class Spelling:
    """Known words, found again by the slips that a typed one is away: letters put in, left out, changed, or
    two neighbours swapped (optimal string alignment distance). A word of the language is no slip: "present"
    is not meant to be "prevent". It stands for another only where both have one stem.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._forgiving = sorted(word for word in self._words if len(word) >= SWAPPED)
        self._longest = max(map(len, self._words), default=0)

    def nearest(self, word: str) -> str | None:
        """The known word that ``word`` is, or was meant to be; ``None`` when no one is near enough.

        Of two equally near the one that begins with the same letter is taken, then the first in the alphabet.
        """
        if word in self._words:
            return word
        if not SWAPPED <= len(word) <= self._longest + 2:
            return None
        found = process.extract(word, self._forgiving, scorer=OSA.distance, score_cutoff=2, limit=None)
        near = [
            (slips, known[0] != word[0], known)
            for known, slips, _ in found
            if _is_forgiven(word, known, slips) and (not is_word(word) or _one_stem(word, known))
        ]
        return min(near)[2] if near else None


def is_word(word: str) -> bool:
    """Whether a word, without accents, is one of the commoner words of English or Spanish."""
    return word in _common_words()


@cache
def _common_words() -> frozenset[str]:
    return frozenset(line for line in COMMON_WORDS.read_text("utf-8").split() if line.isalpha())


def _one_stem(one: str, other: str) -> bool:
    return any(stem(one, language) == stem(other, language) for language in LANGUAGES)


def _is_forgiven(typed: str, known: str, slips: float) -> bool:
    if len(known) == SWAPPED:
        return slips == 1 and sorted(typed) == sorted(known)
    return slips <= (2 if len(known) >= TWO_SLIPS else 1)
