"""Measures the shipped weights on the test split, per source, and writes the figures into the card."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_models.calibration import expected_calibration_error, prediction_set, softmax
from vision_models.card import MODELS, Card, load_card, update_card
from vision_models.classifier import Reading
from vision_models.gate import MODALITIES, verdict
from vision_models.runtime import Network
from vision_models.training import maps, speed
from vision_models.training.comparisons import read_rows
from vision_models.training.data import NEAR_MISSES, ImageStore, targets
from vision_models.training.measure import Measured, auroc, proportion, run_split
from vision_models.training.outcomes import is_right

#: How many test pictures the checks of the heat map look at, and how many its costlier ones.
MAP_PICTURES, CURVE_PICTURES = 300, 60

Figures = dict[str, Any]
Flags = NDArray[np.bool_]


def evaluate(model: str, data: Path, folder: Path = MODELS) -> Figures:
    """Figures by name, each a share with its interval (``value``, ``low``, ``high``, ``n``) or a number."""
    card = load_card(model, folder)
    measured = run_split(model, data, "test", folder)
    figures = _MEASURES[model](measured, card)
    if model != "gate":
        store = ImageStore(data, measured.samples)
        figures |= _maps(measured, card, store)
        figures["one_picture_ms"] = speed.milliseconds(card, measured.samples, store, folder)
    figures |= _compared(folder / model)
    update_card(model, "figures", figures, folder)
    return figures


def _compared(folder: Path) -> Figures:
    """The figure of a training that is not shipped: on the split that others publish, which leaks."""
    figures: Figures = {}
    for row in read_rows(folder):
        if row["key"] == "published_split":
            right = round(row["accuracy"] * row["images"])
            figures["published_split"] = proportion(np.arange(row["images"]) < right)
    return figures


def _maps(measured: Measured, card: Card, store: ImageStore) -> Figures:
    """How far heat maps and outlines can be believed (see ``maps``)."""
    outlined = card.outlines and any(sample.mask for sample in measured.samples)
    figures = maps.regions_against_masks(measured, card, store) if outlined else {}
    network = Network(card)
    pictures = maps.prepared(store, measured.samples, card, MAP_PICTURES)
    drops = maps.map_drops(network, pictures)
    figures["maps_shown"] = proportion(drops >= card.operating_point["map_drop"])
    figures |= maps.deletion_and_insertion(network, pictures[:CURVE_PICTURES])
    figures["map_correlation_with_random_weights"] = maps.randomised_weights(card, pictures[:CURVE_PICTURES])
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
    truth = targets(measured.samples, card.class_names)
    correct = probabilities.argmax(axis=1) == truth.argmax(axis=1)
    error = expected_calibration_error(probabilities.max(axis=1), correct)
    figures["calibration_error"] = round(error, 4)
    for stratum in sorted({sample.stratum for sample in measured.samples}):
        rows = np.array([sample.stratum == stratum for sample in measured.samples])
        name = "let_through_" + stratum.replace(":", "_")
        figures[name] = proportion((right if scan[rows].any() else let_through)[rows])
    return figures


def _brain_mri(measured: Measured, card: Card) -> Figures:
    readings, label = measured.readings, [s.labels[0] for s in measured.samples]
    tumor = np.array([name != "no_tumor" for name in label])
    found = np.array([r.finding != "no_tumor" for r in readings])
    right = np.array([r.finding == name for r, name in zip(readings, label, strict=True)])
    nickparvar, flair = _source(measured, "nickparvar"), _source(measured, "lgg_flair")
    clean = measured.clean
    figures: Figures = {
        "accuracy_four_classes": proportion(right[nickparvar]),
        "tumor_sensitivity": proportion(found[nickparvar & tumor]),
        "tumor_specificity": proportion(~found[nickparvar & ~tumor]),
        "accuracy_four_classes_no_twin": proportion(right[nickparvar & clean]),
        "tumor_sensitivity_no_twin": proportion(found[nickparvar & tumor & clean]),
        "tumor_specificity_no_twin": proportion(~found[nickparvar & ~tumor & clean]),
        "tumor_or_not": proportion((found == tumor)[nickparvar]),
        "tumor_or_not_loss": round(_binary_loss(measured, card, tumor, nickparvar), 4),
        "flair_sensitivity": proportion(found[flair & tumor]),
        "flair_specificity": proportion(~found[flair & ~tumor]),
    }
    return figures | _per_class(measured, readings) | _honesty(measured, card, readings)


def _binary_loss(measured: Measured, card: Card, tumor: Flags, rows: Flags) -> float:
    """Cross-entropy of the calibrated probability of a tumor."""
    probabilities = softmax(measured.logits / card.temperature)
    healthy = np.clip(probabilities[:, card.class_names.index("no_tumor")], 1e-7, 1 - 1e-7)
    return float(-np.log(np.where(tumor, 1 - healthy, healthy))[rows].mean())


def _chest_xray(measured: Measured, card: Card) -> Figures:
    readings = measured.readings
    names = list(card.class_names)
    probabilities = softmax(measured.logits / card.temperature)
    top = np.array([names[i] for i in probabilities.argmax(axis=1)])
    allowed = np.array([t in s.labels for t, s in zip(top, measured.samples, strict=True)])
    ill = np.array(["normal" not in s.labels for s in measured.samples])
    called_ill = np.array([r.finding != "normal" for r in readings])
    called_covid = np.array([r.finding == "covid19" for r in readings])
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
        "nih_pneumonia_not_called_covid19": proportion(~called_covid[nih & ill]),
    }
    for source in sorted({s.source for s in measured.samples}):
        rows = _source(measured, source)
        figures[f"{source}_sensitivity"] = proportion(called_ill[rows & ill])
        figures[f"{source}_specificity"] = proportion(~called_ill[rows & ~ill])
    return figures | _per_class(measured, readings) | _honesty(measured, card, readings)


def _source(measured: Measured, source: str) -> Flags:
    return measured.where(lambda sample: sample.source == source)


def _per_class(measured: Measured, readings: Sequence[Reading]) -> Figures:
    """How many of each class are found; an open cause (``pneumonia``) counts as found for its kinds."""
    figures: Figures = {}
    for name in sorted({s.labels[0] for s in measured.samples if len(s.labels) == 1}):
        pairs = [(r, s) for r, s in zip(readings, measured.samples, strict=True) if s.labels == (name,)]
        figures[f"found_{name}"] = proportion([is_right(r, s) for r, s in pairs])
    return figures


def _honesty(measured: Measured, card: Card, readings: Sequence[Reading]) -> Figures:
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
