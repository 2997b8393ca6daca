"""From a network's logits to a finding: calibrated probabilities, prediction set, abstention."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import HEALTHY
from vision_models.calibration import prediction_set, softmax
from vision_models.card import Card


@dataclass(frozen=True, slots=True)
class Reading:
    """``finding`` is always there; ``abstained`` says that it should not be leant on."""

    finding: str
    probabilities: Mapping[str, float]
    prediction_set: tuple[str, ...]
    abstained: bool


def read(logits: NDArray[np.float32], card: Card) -> Reading:
    """``logits (classes,)`` in the card's order to a reading, by the card's calibration."""
    shares = softmax(logits / card.temperature)
    probabilities = dict(zip(card.class_names, map(float, shares), strict=True))
    candidates = prediction_set(probabilities, card.quantiles)
    healthy = HEALTHY[card.name]
    finding = _finding(probabilities, candidates, healthy, card)
    abstained = _abstained(finding, probabilities, candidates, healthy, card)
    return Reading(finding, probabilities, candidates, abstained)


def _finding(
    probabilities: Mapping[str, float], candidates: tuple[str, ...], healthy: str, card: Card
) -> str:
    """The most probable class; for a chest film, ``pneumonia`` where its cause stays open.

    The cause is open when two kinds cannot be ruled out and the likelier one is not sure enough.
    """
    kinds = {name: p for name, p in probabilities.items() if name != healthy}
    top = max(probabilities, key=lambda name: probabilities[name])
    if card.name != "chest_xray":
        return top
    ill = sum(kinds.values()) > probabilities[healthy]
    kind = max(kinds, key=lambda name: kinds[name])
    open_kinds = [name for name in candidates if name != healthy]
    if not ill:
        return healthy
    sure = kinds[kind] / sum(kinds.values()) >= card.operating_point["kind"]
    return kind if sure or len(open_kinds) < 2 else "pneumonia"


def _abstained(
    finding: str,
    probabilities: Mapping[str, float],
    candidates: tuple[str, ...],
    healthy: str,
    card: Card,
) -> bool:
    """Where healthy and ill cannot be told apart, or no one finding is likelier than not."""
    between = healthy in candidates and len(candidates) > 1
    illness = 1 - probabilities[healthy]
    low, high = card.operating_point["uncertain_low"], card.operating_point["uncertain_high"]
    undecided = finding in probabilities and probabilities[finding] < 0.5
    return between or undecided or low < illness < high
