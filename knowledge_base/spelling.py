"""Forgives small slips: finds the known word that a typed one was meant to be."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

#: Shorter words are taken as they stand: one letter more or less makes another word of them.
SHORTEST = 6
#: From this length on two slips are forgiven.
LONG = 9


def plain(text: str) -> str:
    """``text`` in lower case and without accents: the form that words are compared in."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slips_allowed(word: str) -> int:
    """How many slips are forgiven in a word of this length."""
    return 0 if len(word) < SHORTEST else 1 if len(word) < LONG else 2


def distance(one: str, other: str, limit: int) -> int:
    """Letters put in, left out, changed, or two neighbours swapped, to make one word of the other.

    ``limit + 1`` stands for anything beyond ``limit`` (optimal string alignment distance).
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


class Spelling:
    """Known words, found again by what is left of them when one letter is dropped.

    Dropping one letter on either side finds everything at distance 1 and most of what is at distance 2,
    without comparing with every word.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._longest = max(map(len, self._words), default=0)
        self._shapes: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            if slips_allowed(word):
                for shape in _shapes(word):
                    self._shapes[shape].add(word)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def nearest(self, word: str) -> str | None:
        """The known word that ``word`` is, or was meant to be; ``None`` when no one is near enough.

        Of two equally near the one that begins with the same letter is taken, then the first in the alphabet.
        """
        if word in self._words:
            return word
        limit = slips_allowed(word)
        if not limit or len(word) > self._longest + limit:
            return None
        candidates = {known for shape in _shapes(word) for known in self._shapes.get(shape, ())}
        ranked = sorted((distance(word, known, limit), known[0] != word[0], known) for known in candidates)
        if ranked and ranked[0][0] <= min(limit, slips_allowed(ranked[0][2])):
            return ranked[0][2]
        return None


def _shapes(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
