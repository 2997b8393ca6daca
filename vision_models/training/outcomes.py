"""What a person would have been told of each test image, beside the truth: what a report starts from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import HEALTHY
from vision_models.calibration import softmax
from vision_models.card import Card
from vision_models.classifier import Reading
from vision_models.gate import MODALITIES, verdict
from vision_models.training.data import NEAR_MISSES, OPEN_CAUSE, Sample
from vision_models.training.measure import Measured

#: Sources that do not say which images are of one patient; their groups are blocks made for the split.
WITHOUT_PATIENTS = ("covid19_radiography",)

Flags = NDArray[np.bool_]
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One test split as it is served; all arrays are in the samples' order.

    ``truth`` and ``said``: names, of ``class_names`` or ``OPEN_CAUSE``. ``probability``: of what was said.
    ``right``: whether it counts as right (an open cause does for any pneumonia). ``positive``: ill, or for
    the gate a scan that passes; ``called_positive`` what was said of that, ``score`` how sure, 0..1.
    ``abstained`` is ``None`` for the gate, which always decides. ``twinned``: which have a copy among the
    training pictures. ``probabilities (N, classes)`` are calibrated.
    """

    samples: tuple[Sample, ...]
    class_names: tuple[str, ...]
    truth: tuple[str, ...]
    said: tuple[str, ...]
    probability: Floats
    right: Flags
    positive: Flags
    called_positive: Flags
    score: Floats
    abstained: Flags | None
    twinned: Flags
    probabilities: Floats

    @property
    def groups(self) -> list[str]:
        """What each image is resampled with: its patient or look-alikes, or itself where nobody knows."""
        return [s.file if s.source in WITHOUT_PATIENTS else s.group for s in self.samples]

    @property
    def names(self) -> tuple[str, ...]:
        """``class_names``, and ``OPEN_CAUSE`` after them where truth or readings have it."""
        is_open = OPEN_CAUSE in self.truth or OPEN_CAUSE in self.said
        return (*self.class_names, OPEN_CAUSE) if is_open else self.class_names

    def confusion(self) -> NDArray[np.int64]:
        """How often each of ``names`` (rows) was called each of ``names`` (columns)."""
        index = {name: number for number, name in enumerate(self.names)}
        counts = np.zeros((len(index), len(index)), np.int64)
        for true, said in zip(self.truth, self.said, strict=True):
            counts[index[true], index[said]] += 1
        return counts

    def top(self) -> tuple[Floats, Flags]:
        """The highest probability of each image and whether it lies on the truth, where that is one class."""
        one = np.array([len(sample.labels) == 1 for sample in self.samples], bool)
        best = [self.class_names[index] for index in self.probabilities.argmax(axis=1)]
        correct = np.array([name in s.labels for name, s in zip(best, self.samples, strict=True)], bool)
        return self.probabilities.max(axis=1)[one], correct[one]

    def one_against_rest(self, name: str) -> tuple[Flags, Flags, Flags]:
        """Whether each image is said to be ``name``, whether it is, and whether that is known."""
        known = np.array([len(s.labels) == 1 or name not in s.labels for s in self.samples], bool)
        return np.array(self.said) == name, np.array(self.truth) == name, known

    def worst(self, count: int) -> list[int]:
        """The wrong answers that were surest, surest first, at most one of each group."""
        wrong = np.flatnonzero(~self.right)
        seen: set[str] = set()
        chosen: list[int] = []
        groups = self.groups
        for index in wrong[np.argsort(-self.probability[wrong], kind="stable")]:
            group = groups[index]
            if len(chosen) < count and group not in seen:
                seen.add(group)
                chosen.append(int(index))
        return chosen


def outcomes(measured: Measured, card: Card) -> Outcomes:
    """What ``card``'s model says of the measured split. Only the gate needs no ``measured.readings``."""
    return _of_gate(measured, card) if card.name == "gate" else _of_classifier(measured, card)


def curve_rows(found: Outcomes) -> Mapping[str, Flags]:
    """The images of each curve: those of one source where it has both ill and healthy; for the gate all
    scans against near misses, and against the rest."""
    positive = found.positive
    if found.abstained is None:
        near = np.array([name in NEAR_MISSES for name in found.truth], bool)
        lines = {
            "scans against other medical images": positive | near,
            "scans against photos, pages, screens": positive | ~near,
        }
    else:
        sources = np.array([sample.source for sample in found.samples])
        lines = {str(name): sources == name for name in np.unique(sources)}
    return {name: rows for name, rows in lines.items() if 0 < positive[rows].sum() < rows.sum()}


def _of_gate(measured: Measured, card: Card) -> Outcomes:
    probabilities = softmax(measured.logits / card.temperature)
    names, accept = card.class_names, card.operating_point["accept"]
    verdicts = [verdict(dict(zip(names, map(float, row), strict=True)), accept) for row in probabilities]
    kinds = [index for index, name in enumerate(names) if name not in MODALITIES]
    likeliest = [names[kinds[int(row[kinds].argmax())]] for row in probabilities]
    said = tuple(
        kind if v.verdict == "rejected" else v.verdict for v, kind in zip(verdicts, likeliest, strict=True)
    )
    truth = tuple(sample.labels[0] for sample in measured.samples)
    passed = np.array([v.verdict != "rejected" for v in verdicts], bool)
    scan = np.array([name in MODALITIES for name in truth], bool)
    score = np.array([1 - v.ood_score for v in verdicts])
    return Outcomes(
        samples=measured.samples,
        class_names=names,
        truth=truth,
        said=said,
        probability=np.where(passed, score, 1 - score),
        right=np.where(scan, np.array(said) == np.array(truth), ~passed),
        positive=scan,
        called_positive=passed,
        score=score,
        abstained=None,
        twinned=~measured.clean,
        probabilities=probabilities,
    )


def _of_classifier(measured: Measured, card: Card) -> Outcomes:
    healthy = HEALTHY[card.name]
    pairs = list(zip(measured.readings, measured.samples, strict=True))
    ill = np.array([healthy not in sample.labels for sample in measured.samples], bool)
    illness = np.array([1 - reading.probabilities[healthy] for reading, _ in pairs])
    return Outcomes(
        samples=measured.samples,
        class_names=card.class_names,
        truth=tuple(s.labels[0] if len(s.labels) == 1 else OPEN_CAUSE for s in measured.samples),
        said=tuple(reading.finding for reading, _ in pairs),
        probability=np.array([_probability(reading, healthy) for reading, _ in pairs]),
        right=np.array([is_right(reading, sample) for reading, sample in pairs], bool),
        positive=ill,
        called_positive=np.array([reading.finding != healthy for reading, _ in pairs], bool),
        score=illness,
        abstained=np.array([reading.abstained for reading, _ in pairs], bool),
        twinned=~measured.clean,
        probabilities=softmax(measured.logits / card.temperature),
    )


def _probability(reading: Reading, healthy: str) -> float:
    if reading.finding == OPEN_CAUSE:
        return 1 - reading.probabilities[healthy]
    return reading.probabilities[reading.finding]


def is_right(reading: Reading, sample: Sample) -> bool:
    """Whether the finding is one that the sample may be; an open cause is right for any pneumonia."""
    open_and_ill = reading.finding == OPEN_CAUSE and sample.labels[0] not in HEALTHY.values()
    return reading.finding in sample.labels or open_and_ill
