"""What the shipped weights say on a split: the numbers that calibration and evaluation start from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vision_models.card import MODELS, load_card
from vision_models.preprocess import prepare
from vision_models.runtime import Network
from vision_models.training.data import DataError, ImageStore, Sample, load_samples


@dataclass(frozen=True, slots=True)
class Measured:
    """Samples with the ``logits float32 (N, classes)`` the shipped network gave them."""

    samples: tuple[Sample, ...]
    logits: NDArray[np.float32]


def run_split(model: str, data: Path, split: str, folder: Path = MODELS) -> Measured:
    """Runs the shipped network over one split, prepared as in serving. Raises ``DataError``."""
    card = load_card(model, folder)
    network = Network(card)
    samples = [sample for sample in load_samples(model, data) if sample.split == split]
    if not samples:
        raise DataError(f"no image of {model} has split {split!r} in {data}")
    store = ImageStore(data, samples)
    logits = [
        network(prepare(store.read(sample), card.image_size, card.contrast)).logits
        for sample in tqdm(samples, desc=f"{model} {split}", leave=False, mininterval=1.0)
    ]
    return Measured(tuple(samples), np.array(logits))


def proportion(successes: NDArray[np.bool_] | Sequence[bool]) -> dict[str, float]:
    """A share with its Wilson 95 % interval: ``value``, ``low``, ``high``, and ``n``."""
    n = len(successes)
    if n == 0:
        return {"value": math.nan, "low": math.nan, "high": math.nan, "n": 0}
    p, z = float(np.mean(successes)), 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = max(centre - half, 0.0), min(centre + half, 1.0)
    return {"value": round(p, 4), "low": round(low, 4), "high": round(high, 4), "n": n}


def auroc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties counting half."""
    order = np.concatenate([scores[positive], scores[~positive]])
    _, inverse, counts = np.unique(order, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    ranks = (ends - (counts - 1) / 2)[inverse]
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))
