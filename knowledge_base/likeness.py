"""Passages that say the same, by the runs of three words that they share. Pure."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from knowledge_base.schema import Passage

#: Two passages that share so much of the shorter one's runs say the same. Those of neighbouring topics, each
#: written for its own, share less than a half.
SAME = 0.6
_RUN = 3
_ACCENTS = re.compile("[\u0300-\u036f]")


def alike(passages: Sequence[Passage]) -> list[tuple[Passage, Passage, float]]:
    """Pairs that say the same, in any language, in their order, with the share of runs in common, 0..1."""
    runs = [_runs(passage.text) for passage in passages]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, found in enumerate(runs):
        for run in found:
            holders[run].append(at)
    shared = Counter(pair for held in holders.values() for pair in combinations(held, 2))
    pairs = []
    for (one, other), count in sorted(shared.items()):
        share = count / min(len(runs[one]), len(runs[other]))
        if share >= SAME:
            pairs.append((passages[one], passages[other], share))
    return pairs


def _runs(text: str) -> set[tuple[str, ...]]:
    folded = _ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold()))
    words = re.findall(r"\w+", folded)
    return set(zip(*(words[at:] for at in range(_RUN)), strict=False))
