"""Forgives small slips: finds the known word that a typed one was meant to be."""

import unicodedata
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

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
    two neighbours swapped (optimal string alignment distance)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._forgiving = sorted(word for word in self._words if len(word) >= SWAPPED)
        self._longest = max(map(len, self._words), default=0)

    def __contains__(self, word: str) -> bool:
        return word in self._words

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
            if _is_forgiven(word, known, slips)
        ]
        return min(near)[2] if near else None


def _is_forgiven(typed: str, known: str, slips: float) -> bool:
    if len(known) == SWAPPED:
        return slips == 1 and sorted(typed) == sorted(known)
    return slips <= (2 if len(known) >= TWO_SLIPS else 1)
