"""The runs of words and of letters in a text, as numbers of buckets: what is seen of it without an encoder.

Pure Python and the same in training and serving; for the emergency floor and for the router.
"""

import re
from zlib import crc32

import numpy as np
import numpy.typing as npt

from intents.folding import fold, plain

#: How many buckets there are; two runs that share one are told apart by their neighbours.
BUCKETS = 1 << 17
#: Letters of a word that are looked at.
LONGEST_WORD = 30
#: How far a negation reaches, in words.
REACH = 4

_STOP, _ASKED = "xstop", "xasked"
_NEGATIONS = frozenset(
    ("no", "not", "never", "without", "t", "cannot", "sin", "nunca", "ni", "nor", "tampoco", "jamas")
)
_MARKS = re.compile(r"[.!;:,\n]+")

Ids = npt.NDArray[np.int64]


def features(text: str) -> tuple[Ids, npt.NDArray[np.float32]]:
    """The buckets of ``text`` and the weight of each: each of the three kinds of run counts as much."""
    words = _words(text)
    if not words:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    blocks = (_runs(words), _negated(words), {piece for word in set(words) for piece in _pieces(word)})
    ids = np.array([bucket for block in blocks for bucket in block], np.int64)
    values = np.concatenate(
        [np.full(len(block), len(block) ** -0.5, np.float32) for block in blocks if block]
    )
    return ids, values


def _words(text: str) -> list[str]:
    """Folded words, with marks where a clause ends and where something is asked."""
    return fold(_MARKS.sub(f" {_STOP} ", plain(text).replace("?", f" {_ASKED} "))).split()


def _runs(words: list[str]) -> set[int]:
    return {
        _bucket("w", " ".join(words[at : at + size]))
        for size in (1, 2, 3)
        for at in range(len(words) - size + 1)
    }


def _negated(words: list[str]) -> set[int]:
    """Each word, told apart by whether it stands within the reach of a negation."""
    found, left = set(), 0
    for word in words:
        if word in (_STOP, _ASKED, "but", "pero"):
            left = 0
        found.add(_bucket("n" if left > 0 else "p", word))
        left = REACH if word in _NEGATIONS else left - 1
    return found


def _pieces(word: str) -> tuple[int, ...]:
    """Runs of three to five letters, the word's ends marked: a typo spoils only some of them."""
    marked = f" {word[:LONGEST_WORD]} "
    return tuple(
        _bucket("c", marked[at : at + size]) for size in (3, 4, 5) for at in range(len(marked) - size + 1)
    )


def _bucket(kind: str, run: str) -> int:
    return crc32(f"{kind}{run}".encode()) % BUCKETS
