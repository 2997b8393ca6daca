"""Fits what turns logits into decisions, on the validation split of the shipped weights."""

from pathlib import Path

import numpy as np

from vision_models.analysis import HEALTHY
from vision_models.calibration import class_quantiles, fit_temperature, softmax
from vision_models.card import MODELS, load_card, update_card
from vision_models.gate import MODALITIES
from vision_models.training.data import targets
from vision_models.training.measure import run_split

#: The gate lets at least this share of the validation scans of each modality through.
SCANS_LET_THROUGH = 0.99
#: A likelier kind of pneumonia must hold this share of the illness to be named alone.
KIND = 0.7
#: Between these probabilities of being ill nothing is claimed.
UNCERTAIN = (0.35, 0.65)


def calibrate(model: str, data: Path, folder: Path = MODELS) -> dict[str, float]:
    """Writes the ``calibration`` section of the card; returns the temperature and operating point."""
    card = load_card(model, folder)
    measured = run_split(model, data, "validation", folder)
    truth = targets(measured.samples, card.class_names)
    temperature = fit_temperature(measured.logits, truth)
    probabilities = softmax(measured.logits / temperature)
    single = truth.sum(axis=1) == 1
    quantiles = class_quantiles(probabilities[single], truth[single].argmax(axis=1), card.class_names)
    if model == "gate":
        operating_point = {"accept": _accept(probabilities, truth, card.class_names)}
    else:
        assert model in HEALTHY
        operating_point = {"kind": KIND, "uncertain_low": UNCERTAIN[0], "uncertain_high": UNCERTAIN[1]}
    values = {
        "temperature": round(temperature, 4),
        "operating_point": {name: round(value, 4) for name, value in operating_point.items()},
        "quantiles": {name: round(value, 4) for name, value in quantiles.items()},
        "samples": len(measured.samples),
    }
    update_card(model, "calibration", values, folder)
    return {"temperature": temperature, **operating_point}


def _accept(probabilities: np.ndarray, truth: np.ndarray, names: tuple[str, ...]) -> float:
    """The probability a scan must reach: strict, but low enough for ``SCANS_LET_THROUGH`` of each kind."""
    lowest = 1.0
    for modality in MODALITIES:
        index = names.index(modality)
        lowest = min(
            lowest, float(np.quantile(probabilities[truth[:, index] == 1, index], 1 - SCANS_LET_THROUGH))
        )
    return float(np.clip(lowest, 0.5, 0.95))
