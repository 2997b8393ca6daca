"""A second look for an emergency, at the encoder's vector: what the words on the floor did not show.

The floor (``triage``) comes first and needs nothing; this one comes with the vector that the turn makes
anyway, and looks at it beside the floor's score: a support vector machine, which knows some hundred messages
of either kind and asks which of them this one lies by (Cortes and Vapnik, Machine Learning 20, 1995).
"""

import tomllib
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from assistant.triage import CARD, TABLE, kind, read_checked, worst

WEIGHTS = TABLE / "second_look.safetensors"
#: How much a vector of unit length counts beside a floor's score of one spread.
OF_VECTOR = 4.0


@dataclass(frozen=True)
class SecondLook:
    """``known (messages, dimension + 1)`` are the messages it knows, each the vector and the floor's score as
    ``place`` puts them. An emergency is where their ``weights (messages,)``, each by how near it is, and
    ``bias`` add up to more than 0; the larger ``gamma``, the nearer is near.
    """

    known: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    gamma: float
    of_floor: float
    bias: float

    def find_emergency(self, text: str, vector: npt.NDArray[np.float32]) -> str | None:
        """The kind of emergency that ``text`` tells of, whose ``vector (dimension,)`` is of unit length."""
        score, part = worst(text)
        return kind(part) if part and self.score(score, vector) > 0 else None

    def score(self, floor: float, vector: npt.NDArray[np.float32]) -> float:
        placed = place(vector, floor, self.of_floor)
        apart = self._squares - 2 * (self.known @ placed) + placed @ placed
        return float(np.exp(-self.gamma * apart) @ self.weights + self.bias)

    @cached_property
    def _squares(self) -> npt.NDArray[np.float32]:
        squares: npt.NDArray[np.float32] = (self.known * self.known).sum(axis=1)
        return squares


def place(
    vectors: npt.NDArray[np.float32], floor: float | npt.NDArray[np.float64], of_floor: float
) -> npt.NDArray[np.float32]:
    """Where messages lie, ``(..., dimension + 1)``: their vectors, and the floor's scores by ``of_floor``."""
    floors = np.multiply(floor, of_floor)[..., None]
    return np.concatenate([OF_VECTOR * vectors, floors], axis=-1).astype(np.float32)


@lru_cache(maxsize=1)
def load_second_look(encoder: str) -> SecondLook | None:
    """The one in the project; ``None`` where it was made for another encoder than this fingerprint's.

    Raises ``ValueError`` where its hash is not that of the card.
    """
    facts = tomllib.loads(CARD.read_text(encoding="utf-8")).get("second_look", {})
    if facts.get("encoder") != encoder:
        return None
    tensors = load(read_checked(WEIGHTS, facts["sha256"]))
    known, weights = (tensors[name].astype(np.float32) for name in ("known", "weights"))
    gamma, of_floor, bias = (float(tensors[name][0]) for name in ("gamma", "of_floor", "bias"))
    return SecondLook(known, weights, gamma, of_floor, bias)
