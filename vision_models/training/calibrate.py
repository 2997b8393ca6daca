"""Fits what turns logits into decisions, on the validation split of the shipped weights."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import HEALTHY
from vision_models.calibration import Floats, class_quantiles, energy, fit_temperature, softmax
from vision_models.card import MODELS, Card, load_card, update_card
from vision_models.gate import MODALITIES
from vision_models.outline import outline
from vision_models.runtime import Network
from vision_models.training.data import ImageStore, is_healthy, targets
from vision_models.training.maps import chance_drops, drawn_mask, overlap, prepared
from vision_models.training.measure import Measured, run_split
from vision_models.training.recipes import RECIPES

#: Share of the validation pictures that are no scan which the gate may let through.
OTHERS_LET_THROUGH = 0.005
#: A likelier kind of pneumonia must hold this share of the illness to be named alone; covid19 more, as
#: much as leaves this share of its own films named: other pneumonias of adults are few in training, and
#: are taken for it first.
KIND, COVID_NAMED = 0.7, 0.85
#: Between these probabilities of being ill nothing is claimed.
UNCERTAIN = (0.35, 0.65)
#: Share of the validation pictures that may count as unlike what was learnt.
UNLIKE = 0.01
#: Share of the validation pictures that may be taken for another disease.
OTHER = 0.02
#: Share of the healthy validation slices in which the outline may contradict the finding.
CONTRADICTED = 0.01
#: Share of random deletions that a heat map must beat, and how many pictures say so.
BEATEN, CHANCE_PICTURES = 0.5, 200


def calibrate(model: str, data: Path, folder: Path = MODELS) -> dict[str, float]:
    """Writes the ``calibration`` section of the card; returns the temperature and operating point."""
    card = load_card(model, folder)
    measured = run_split(model, data, "validation", folder, read=False).only_clean()
    truth = targets(measured.samples, card.class_names)
    temperature = fit_temperature(measured.logits, truth)
    probabilities = softmax(measured.logits / temperature)
    single = truth.sum(axis=1) == 1
    quantiles = class_quantiles(probabilities[single], truth[single].argmax(axis=1), card.class_names)
    if model == "gate":
        operating_point = {"accept": _accept(probabilities, truth, card.class_names)}
    else:
        assert model in HEALTHY
        store = ImageStore(data, measured.samples)
        operating_point = {
            "uncertain_low": UNCERTAIN[0],
            "uncertain_high": UNCERTAIN[1],
            "energy": float(np.quantile(energy(measured.logits, temperature), UNLIKE)),
            "map_drop": _map_drop(measured, card, store),
        }
        if "covid19" in card.class_names:
            operating_point["kind"] = KIND
            operating_point["kind_covid19"] = _covid(probabilities, truth, card.class_names)
        if measured.others is not None:
            operating_point["other_sign"] = _other(measured, temperature)
        if measured.regions is not None and RECIPES[model].region == "finding":
            operating_point |= _region(measured, measured.regions, card, store)
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


def _covid(probabilities: Floats, truth: Floats, names: tuple[str, ...]) -> float:
    """The share of the illness from which it is called covid19."""
    column, healthy = names.index("covid19"), names.index(HEALTHY["chest_xray"])
    own = probabilities[(truth[:, column] == 1) & (truth.sum(axis=1) == 1)]
    if not len(own):
        return KIND
    shares = own[:, column] / np.clip(1 - own[:, healthy], 1e-9, 1)
    return float(max(KIND, np.quantile(shares, 1 - COVID_NAMED)))


def _other(measured: Measured, temperature: float) -> float:
    """The share of another sign beyond which the picture counts as showing one."""
    assert measured.others is not None
    logits = np.column_stack([measured.logits, measured.others]) / temperature
    return float(np.quantile(softmax(logits)[:, -1], 1 - OTHER))


def _map_drop(measured: Measured, card: Card, store: ImageStore) -> float:
    """The fall in evidence that a heat map must cause to be shown: more than a usual random one."""
    pictures = prepared(store, measured.samples, card, CHANCE_PICTURES)
    return float(np.quantile(chance_drops(Network(card), pictures), BEATEN))


def _region(
    measured: Measured, regions: NDArray[np.float16], card: Card, store: ImageStore
) -> dict[str, float]:
    """The probability from which a cell belongs to the region (best mean Dice), and the one from which
    a region in a slice called healthy is a contradiction."""
    drawn = [
        (region.astype(np.float32), drawn_mask(store, sample, card.image_size))
        for region, sample in zip(regions, measured.samples, strict=True)
        if sample.mask
    ]

    def mean_overlap(threshold: float) -> float:
        return float(np.mean([overlap(outline(r, card.image_size, threshold) > 0, m) for r, m in drawn]))

    threshold = max(np.arange(0.2, 0.75, 0.05), key=mean_overlap)
    healthy = measured.where(is_healthy)
    seen = np.quantile(regions[healthy].max(axis=(1, 2)).astype(np.float32), 1 - CONTRADICTED)
    return {"region": float(threshold), "region_seen": float(max(seen, threshold))}
