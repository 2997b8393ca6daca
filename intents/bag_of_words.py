"""The classic network of chatbots of this kind, kept to compare with: which stems are in a text."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from intents.classifier import Floats
from intents.examples import Example
from intents.folding import fold

#: The classic shape: Dense 128, Dense 64, dropout after each, softmax.
HIDDEN = (128, 64)
DROPOUT = 0.5


@cache
def _stemmer(language: str) -> Any:
    from nltk.stem.snowball import SnowballStemmer

    return SnowballStemmer({"en": "english", "es": "spanish"}[language])


def stems(example: Example) -> list[str]:
    """Snowball stems of the words, without accents; needs no NLTK data."""
    return [_stemmer(example.language).stem(word) for word in fold(example.text).split()]


def vocabulary(examples: Sequence[Example]) -> dict[str, int]:
    """Each stem of ``examples`` and its place, in alphabetical order."""
    return {
        stem: place for place, stem in enumerate(sorted({each for one in examples for each in stems(one)}))
    }


def bags(examples: Sequence[Example], places: dict[str, int]) -> Floats:
    """float32 (n, stems): 1 where a text holds the stem."""
    rows = np.zeros((len(examples), len(places)), dtype=np.float32)
    for row, example in enumerate(examples):
        for stem in stems(example):
            if stem in places:
                rows[row, places[stem]] = 1.0
    return rows
