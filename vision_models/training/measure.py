"""What the shipped weights say on a split: the numbers that calibration and evaluation start from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vision_models.analysis import HEALTHY
from vision_models.card import MODELS, load_card
from vision_models.classifier import Reading, joined, look, read_picture
from vision_models.preprocess import prepare
from vision_models.runtime import Network
from vision_models.training.data import DataError, ImageStore, Sample, load_samples
from vision_models.training.twins import twinned


@dataclass(frozen=True, slots=True)
class Measured:
    """Samples with what the shipped network gave them, in the same order.

    ``logits float32 (N, classes)``, joined over copies as they are served, ``embeddings float32 (N, 1280)``,
    ``class_maps float16 (N, h, w, classes)``, ``regions float16 (N, S/4, S/4)`` or ``None``, ``others
    float32 (N,)``, the logits of a sign of another disease, or ``None``. ``readings`` as they are served;
    empty for the gate and for a card that is not calibrated yet. ``twinned bool (N,)``: which have a copy,
    mirrored or turned, among the training pictures (``twins``).
    """

    samples: tuple[Sample, ...]
    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    class_maps: NDArray[np.float16]
    regions: NDArray[np.float16] | None = None
    others: NDArray[np.float32] | None = None
    readings: tuple[Reading, ...] = ()
    twinned: NDArray[np.bool_] | None = None

    @property
    def clean(self) -> NDArray[np.bool_]:
        """``(N,)``: which have no twin among the training pictures."""
        return np.ones(len(self.samples), bool) if self.twinned is None else ~self.twinned

    def only_clean(self) -> "Measured":
        """The same without what has a twin: temperature and thresholds fitted on copies would be too sure."""
        rows = np.flatnonzero(self.clean)
        return Measured(
            samples=tuple(self.samples[row] for row in rows),
            logits=self.logits[rows],
            embeddings=self.embeddings[rows],
            class_maps=self.class_maps[rows],
            regions=None if self.regions is None else self.regions[rows],
            others=None if self.others is None else self.others[rows],
            readings=tuple(self.readings[row] for row in rows) if self.readings else (),
        )

    def where(self, keep: Callable[[Sample], bool]) -> NDArray[np.bool_]:
        """``(N,)``: which samples ``keep`` says yes to."""
        return np.array([keep(sample) for sample in self.samples], bool)


def run_split(model: str, data: Path, split: str, folder: Path = MODELS, read: bool = True) -> Measured:
    """Runs the shipped network over one split, prepared as in serving. Raises ``DataError``.

    ``read``: whether each output is also read as it is served, which takes a calibrated card.
    """
    card = load_card(model, folder)
    network = Network(card)
    everything = load_samples(model, data)
    samples = [sample for sample in everything if sample.split == split]
    if not samples:
        raise DataError(f"no image of {model} has split {split!r} in {data}")
    taught = [sample for sample in everything if sample.split == "train"] if model in HEALTHY else []
    store = ImageStore(data, samples + taught)
    read = read and bool(card.operating_point) and model in HEALTHY
    outputs, readings = [], []
    for sample in tqdm(samples, desc=f"{model} {split}", leave=False, mininterval=1.0):
        picture = prepare(store.read(sample), card.image_size, card.contrast)
        if read:
            seen, reading = read_picture(network, picture)
            readings.append(reading)
        else:
            seen = look(network, picture) if model in HEALTHY else (network(picture),)
        outputs.append(joined(seen))
    others = [output.other for output in outputs if output.other is not None]
    regions = [output.region for output in outputs if output.region is not None]
    return Measured(
        samples=tuple(samples),
        logits=np.array([output.logits for output in outputs]),
        embeddings=np.array([output.embedding for output in outputs]),
        class_maps=np.array([output.class_maps for output in outputs], np.float16),
        regions=np.array(regions, np.float16) if regions else None,
        others=np.array(others, np.float32) if others else None,
        readings=tuple(readings),
        twinned=twinned(samples, taught, store),
    )


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
