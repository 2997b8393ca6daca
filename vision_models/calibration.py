"""From logits to probabilities that mean what they say, and to the set of what cannot be ruled out."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def fit_temperature(logits: Floats, targets: Floats) -> float:
    """The temperature under which the truth is likeliest (Guo et al., ICML 2017).

    ``logits (N, classes)``; ``targets (N, classes)`` is 1 for every class a sample may be. A search
    over 0.3..6 in steps of 1 %.
    """
    candidates = np.geomspace(0.3, 6.0, 300)
    losses = [
        -np.log(np.clip((softmax(logits / t) * targets).sum(axis=1), 1e-12, 1)).mean() for t in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def energy(logits: Floats, temperature: float) -> Floats:
    """How much speaks for any class at all, over the last axis; low for pictures unlike those learnt from
    (Liu et al., NeurIPS 2020, with the sign turned)."""
    scaled = logits / temperature
    highest = scaled.max(axis=-1, keepdims=True)
    return np.asarray((highest + np.log(np.exp(scaled - highest).sum(axis=-1, keepdims=True)))[..., 0])


def class_quantiles(
    probabilities: Floats, labels: NDArray[np.integer], names: Sequence[str], coverage: float = 0.9
) -> dict[str, float]:
    """For each class the largest ``1 - probability`` its prediction set takes in, so that ``coverage``
    of that class is covered (class-conditional split conformal: Vovk 2012; Angelopoulos and Bates 2021).

    ``probabilities (N, classes)``, ``labels (N,)`` indices of the true class.
    """
    quantiles = {}
    for index, name in enumerate(names):
        scores = np.sort(1 - probabilities[labels == index, index])
        rank = int(np.ceil((len(scores) + 1) * coverage)) - 1
        quantiles[name] = float(scores[rank]) if rank < len(scores) else 1.0
    return quantiles


def prediction_set(probabilities: Mapping[str, float], quantiles: Mapping[str, float]) -> tuple[str, ...]:
    """The classes that cannot be ruled out, most probable first; never empty."""
    ordered = sorted(probabilities, key=lambda name: -probabilities[name])
    kept = [name for name in ordered if 1 - probabilities[name] <= quantiles.get(name, 0.0)]
    return tuple(kept) or (ordered[0],)


def expected_calibration_error(confidence: Floats, correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Naeini et al., AAAI 2015)."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[index == b].mean() - correct[index == b].mean()) * (index == b).mean()
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))
