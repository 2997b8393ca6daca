"""A small encoder without a model, for tests: texts that share letters in a row are near each other."""

import zlib
from collections.abc import Sequence

import numpy as np

from knowledge_base.encoder import Vectors
from knowledge_base.spelling import plain


class FakeEncoder:
    """Hashed character trigrams, the same on every machine. Offers what ``Encoder`` asks for."""

    def __init__(self, dimension: int = 384) -> None:
        if dimension < 1:
            raise ValueError(f"dimension is {dimension}, expected 1 or more")
        self._dimension = dimension

    @property
    def fingerprint(self) -> str:
        return f"fake-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            padded = f"  {plain(text)}  "
            for at in range(len(padded) - 2):
                vector[zlib.crc32(padded[at : at + 3].encode()) % self._dimension] += 1.0
            vector /= np.linalg.norm(vector)
        return vectors
