"""Measures the shipped weights on the test split, per source, and writes the figures into the card."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vision_models.analysis import HEALTHY
from vision_models.calibration import expected_calibration_error, prediction_set, softmax
from vision_models.card import MODELS, Card, load_card, update_card
from vision_models.classifier import Reading, read
from vision_models.gate import MODALITIES, verdict
from vision_models.training.data import Sample, targets
from vision_models.training.measure import Measured, auroc, proportion, run_split

#: Kinds that a person might take for a scan of ours.
NEAR_MISSES = ("head_ct", "chest_ct", "bone_xray", "ultrasound", "histology", "skin")

Figures = dict[str, Any]


def evaluate(model: str, data: Path, folder: Path = MODELS) -> Figures:
    """Figures by name, each a share with its interval (``value``, ``low``, ``high``, ``n``) or a number."""
    card = load_card(model, folder)
    measured = run_split(model, data, "test", folder)
    figures = _MEASURES[model](measured, card)
    update_card(model, "figures", figures, folder)
    return figures


def _gate(measured: Measured, card: Card) -> Figures:
    probabilities = softmax(measured.logits / card.temperature)
    verdicts = [
        verdict(dict(zip(card.class_names, map(float, row), strict=True)), card.operating_point["accept"])
        for row in probabilities
    ]
    labels = [sample.labels[0] for sample in measured.samples]
    let_through = np.array([v.verdict != "rejected" for v in verdicts])
    right = np.array([v.verdict == label for v, label in zip(verdicts, labels, strict=True)])
    scan = np.array([label in MODALITIES for label in labels])
    near = np.array([label in NEAR_MISSES for label in labels])
    figures: Figures = {
        "scans_let_through": proportion(right[scan]),
        "far_misses_let_through": proportion(let_through[~scan & ~near]),
        "near_misses_let_through": proportion(let_through[near]),
    }
    for stratum in sorted({sample.stratum for sample in measured.samples}):
        rows = np.array([sample.stratum == stratum for sample in measured.samples])
        name = "let_through_" + stratum.replace(":", "_")
        figures[name] = proportion((right if scan[rows].any() else let_through)[rows])
    return figures


def _brain_mri(measured: Measured, card: Card) -> Figures:
    readings, label = _read_all(measured, card), [s.labels[0] for s in measured.samples]
    tumor = np.array([name != "no_tumor" for name in label])
    found = np.array([r.finding != "no_tumor" for r in readings])
    right = np.array([r.finding == name for r, name in zip(readings, label, strict=True)])
    nickparvar, flair = _source(measured, "nickparvar"), _source(measured, "lgg_flair")
    figures: Figures = {
        "accuracy_four_classes": proportion(right[nickparvar]),
        "tumor_sensitivity": proportion(found[nickparvar & tumor]),
        "tumor_specificity": proportion(~found[nickparvar & ~tumor]),
        "flair_sensitivity": proportion(found[flair & tumor]),
        "flair_specificity": proportion(~found[flair & ~tumor]),
    }
    return figures | _per_class(measured, readings) | _honesty(measured, card, readings)


def _chest_xray(measured: Measured, card: Card) -> Figures:
    readings = _read_all(measured, card)
    names = list(card.class_names)
    probabilities = softmax(measured.logits / card.temperature)
    top = np.array([names[i] for i in probabilities.argmax(axis=1)])
    allowed = np.array([t in s.labels for t, s in zip(top, measured.samples, strict=True)])
    ill = np.array(["normal" not in s.labels for s in measured.samples])
    called_ill = np.array([r.finding != "normal" for r in readings])
    published = np.array([s.published_split == "test" for s in measured.samples])
    kermany, radiography = _source(measured, "kermany"), _source(measured, "covid19_radiography")
    nih = _source(measured, "nih_chestxray14")
    illness = 1 - probabilities[:, names.index("normal")]
    figures: Figures = {
        "accuracy": proportion(allowed),
        "pneumonia_or_not": proportion(called_ill == ill),
        "sensitivity": proportion(called_ill[ill]),
        "specificity": proportion(~called_ill[~ill]),
        "kermany_published_test_pneumonia_or_not": proportion((called_ill == ill)[kermany & published]),
        "kermany_published_test_three_classes": proportion(allowed[kermany & published]),
        "adults_normal_or_covid19": proportion(allowed[radiography]),
        "nih_normal_or_pneumonia_auroc": round(auroc(illness[nih], ill[nih]), 4),
        "nih_pneumonia_not_called_covid19": proportion((top != "covid19")[nih & ill]),
    }
    for source in sorted({s.source for s in measured.samples}):
        rows = _source(measured, source)
        figures[f"{source}_sensitivity"] = proportion(called_ill[rows & ill])
        figures[f"{source}_specificity"] = proportion(~called_ill[rows & ~ill])
    return figures | _per_class(measured, readings) | _honesty(measured, card, readings)


def _read_all(measured: Measured, card: Card) -> list[Reading]:
    return [read(row, card) for row in measured.logits]


def _source(measured: Measured, source: str) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return np.array([sample.source == source for sample in measured.samples])


def _per_class(measured: Measured, readings: list[Reading]) -> Figures:
    """How many of each class are found; an open cause (``pneumonia``) counts as found for its kinds."""

    def found(reading: Reading, sample: Sample) -> bool:
        ill = sample.labels[0] not in HEALTHY.values()
        return reading.finding in sample.labels or (reading.finding == "pneumonia" and ill)

    figures: Figures = {}
    for name in sorted({s.labels[0] for s in measured.samples if len(s.labels) == 1}):
        pairs = [(r, s) for r, s in zip(readings, measured.samples, strict=True) if s.labels == (name,)]
        figures[f"found_{name}"] = proportion([found(r, s) for r, s in pairs])
    return figures


def _honesty(measured: Measured, card: Card, readings: list[Reading]) -> Figures:
    """Calibration error, coverage and size of the prediction sets, and the share abstained."""
    truth = targets(measured.samples, card.class_names)
    single = truth.sum(axis=1) == 1
    probabilities = softmax(measured.logits[single] / card.temperature)
    label = truth[single].argmax(axis=1)
    sets = [
        prediction_set(dict(zip(card.class_names, map(float, row), strict=True)), card.quantiles)
        for row in probabilities
    ]
    covered = np.array([card.class_names[i] in kept for i, kept in zip(label, sets, strict=True)])
    correct = probabilities.argmax(axis=1) == label
    figures: Figures = {
        "calibration_error": round(expected_calibration_error(probabilities.max(axis=1), correct), 4),
        "mean_set_size": round(float(np.mean([len(kept) for kept in sets])), 3),
        "abstained": proportion([reading.abstained for reading in readings]),
    }
    for index, name in enumerate(card.class_names):
        figures[f"coverage_{name}"] = proportion(covered[label == index])
    return figures


_MEASURES: dict[str, Callable[[Measured, Card], Figures]] = {
    "gate": _gate,
    "brain_mri": _brain_mri,
    "chest_xray": _chest_xray,
}
