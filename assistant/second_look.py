"""A second look for an emergency, at the encoder's vector: what the words on the floor did not show.

The floor (``triage``) comes first and needs nothing; this one comes with the vector that the turn makes
anyway, and adds its score to the floor's.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from assistant.triage import CARD, TABLE, kind, read_checked, worst

WEIGHTS = TABLE / "second_look.safetensors"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """An emergency is where ``direction (dimension,)`` times the vector, ``of_floor`` times the floor's score
    and ``bias`` add up to more than 0."""

    direction: npt.NDArray[np.float32]
    of_floor: float
    bias: float

    def find_emergency(self, text: str, vector: npt.NDArray[np.float32]) -> str | None:
        """The kind of emergency that ``text`` tells of, whose ``vector (dimension,)`` is of unit length."""
        score, part = worst(text)
        return kind(part) if part and self.score(score, vector) > 0 else None

    def score(self, floor: float, vector: npt.NDArray[np.float32]) -> float:
        return float(vector @ self.direction + self.of_floor * floor + self.bias)


@lru_cache(maxsize=1)
def load_second_look(encoder: str) -> SecondLook | None:
    """The one in the project; ``None`` where it was made for another encoder than this fingerprint's.

    Raises ``ValueError`` where its hash is not that of the card.
    """
    facts = tomllib.loads(CARD.read_text(encoding="utf-8")).get("second_look", {})
    if facts.get("encoder") != encoder:
        return None
    content = read_checked(WEIGHTS, facts["sha256"])
    return SecondLook(load(content)["direction"], facts["of_floor"], facts["bias"])
