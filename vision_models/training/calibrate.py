"""Fits what turns logits into decisions, on the validation split of the shipped weights."""

from pathlib import Path

import numpy as np

from vision_models.analysis import HEALTHY
from vision_models.calibration import Floats, class_quantiles, fit_temperature, softmax
from vision_models.card import MODELS, load_card, update_card
from vision_models.gate import MODALITIES
from vision_models.training.data import targets
from vision_models.training.measure import run_split

#: Share of the validation pictures that are no scan which the gate may let through.
OTHERS_LET_THROUGH = 0.005
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


def _accept(probabilities: Floats, truth: Floats, names: tuple[str, ...]) -> float:
    """The lowest probability, from one half up, that lets few enough through of what is no scan.

    Low on purpose: scans from other machines score lower than those of the packs, and a strict
    threshold would turn them away first.
    """
    columns = [names.index(modality) for modality in MODALITIES]
    other = truth[:, columns].sum(axis=1) == 0
    highest = probabilities[other][:, columns].max(axis=1)
    return float(np.clip(np.quantile(highest, 1 - OTHERS_LET_THROUGH), 0.5, 0.95))
