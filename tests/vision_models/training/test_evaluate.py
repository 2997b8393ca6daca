from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision_models.fakes import OPERATING_POINT, logits_of, make_card, make_sample
from vision_models.card import Card, load_card, update_card
from vision_models.classifier import read
from vision_models.runtime import Output
from vision_models.training import evaluate as module
from vision_models.training import maps
from vision_models.training.comparisons import write_row
from vision_models.training.data import ImageStore, Sample
from vision_models.training.evaluate import evaluate
from vision_models.training.measure import Measured

MAP_FIGURES = {"maps_shown": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 100}}
Said = Sequence[tuple[Sample, Mapping[str, float]]]


def figures_of(
    model: str,
    said: Said,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    twinned: np.ndarray | None = None,
) -> dict[str, Any]:
    """What ``evaluate`` makes of samples and the probabilities they were given."""
    card: Card = make_card(model)
    logits = np.array([logits_of(card, shares) for _, shares in said])
    facts = {"name": model, "version": "1", "class_names": list(card.class_names), "image_size": 8}
    files = {"contrast": True, "weights": "w", "sha256": ""}
    update_card(model, "facts", facts | files, folder)
    point = {"operating_point": dict(card.operating_point), "quantiles": dict(card.quantiles)}
    update_card(model, "calibration", point, folder)
    measured = replace(measured_of(card, [sample for sample, _ in said], logits), twinned=twinned)
    monkeypatch.setattr(module, "run_split", lambda *_: measured)
    monkeypatch.setattr(module, "ImageStore", lambda *_: None)
    monkeypatch.setattr(module, "_maps", lambda *_: MAP_FIGURES)
    monkeypatch.setattr(module.speed, "milliseconds", lambda *_: 41.5)
    figures = evaluate(model, Path("data"), folder)
    written = load_card(model, folder).figures
    assert written.keys() == figures.keys()
    assert ("maps_shown" in figures) == (model != "gate")
    return figures


def measured_of(
    card: Card, samples: Sequence[Sample], logits: np.ndarray, regions: np.ndarray | None = None
) -> Measured:
    """As ``run_split`` gives it: with the readings, but for the gate."""
    count, classes = logits.shape
    maps_ = np.zeros((count, 7, 7, classes), np.float16)
    embeddings = np.zeros((count, 1280), np.float32)
    outputs = [Output(row, maps_[0].astype(np.float32), embeddings[0]) for row in logits]
    readings = () if card.name == "gate" else tuple(read(output, card) for output in outputs)
    return Measured(tuple(samples), logits, embeddings, maps_, regions, readings=readings)


def value(figure: Mapping[str, float]) -> tuple[float, float]:
    return figure["value"], figure["n"]


def test_brain_mri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sample(label: str, source: str = "nickparvar") -> Sample:
        return make_sample((label,), source=source)

    figures = figures_of(
        "brain_mri",
        [
            (sample("glioma"), {"glioma": 0.95, "no_tumor": 0.05}),
            (sample("glioma"), {"meningioma": 0.95, "no_tumor": 0.05}),
            (sample("meningioma"), {"no_tumor": 0.6, "meningioma": 0.4}),
            (sample("pituitary_tumor"), {"pituitary_tumor": 0.95, "glioma": 0.05}),
            (sample("no_tumor"), {"no_tumor": 1.0}),
            (sample("glioma", "lgg_flair"), {"glioma": 1.0}),
            (sample("no_tumor", "lgg_flair"), {"glioma": 1.0}),
        ],
        tmp_path,
        monkeypatch,
    )
    assert value(figures["accuracy_four_classes"]) == (0.6, 5)
    assert value(figures["tumor_sensitivity"]) == (0.75, 4)
    assert value(figures["tumor_specificity"]) == (1.0, 1)
    # A glioma taken for a meningioma is still a tumor; a meningioma taken for nothing is not.
    assert value(figures["tumor_or_not"]) == (0.8, 5)
    # -log of 0.95, 0.95, 0.4, 1 and 1, with log(0) cut at 1e-7; FLAIR stands apart.
    assert figures["tumor_or_not_loss"] == pytest.approx((2 * 0.0513 + 0.9163) / 5, abs=1e-3)
    assert value(figures["flair_sensitivity"]) == (1.0, 1)
    assert value(figures["flair_specificity"]) == (0.0, 1)
    assert value(figures["found_glioma"]) == (0.6667, 3)
    assert value(figures["abstained"]) == (round(1 / 7, 4), 7)
    assert figures["mean_set_size"] == round(8 / 7, 3)
    assert value(figures["coverage_meningioma"]) == (1.0, 1)
    assert value(figures["coverage_no_tumor"]) == (0.5, 2)


def test_chest_xray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    either = ("bacterial_pneumonia", "viral_pneumonia")
    nih = {"source": "nih_chestxray14"}
    figures = figures_of(
        "chest_xray",
        [
            (make_sample(("normal",), published_split="test"), {"normal": 1.0}),
            (make_sample(("viral_pneumonia",)), {"bacterial_pneumonia": 0.55, "viral_pneumonia": 0.45}),
            (make_sample(("bacterial_pneumonia",), published_split="test"), {"viral_pneumonia": 1.0}),
            (make_sample(("covid19",), source="covid19_radiography"), {"covid19": 1.0}),
            (make_sample(("normal",), source="covid19_radiography"), {"covid19": 1.0}),
            (make_sample(either, **nih), {"viral_pneumonia": 0.9, "normal": 0.1}),
            (make_sample(either, **nih), {"covid19": 0.3, "normal": 0.7}),
            (make_sample(("normal",), **nih), {"normal": 0.8, "covid19": 0.2}),
        ],
        tmp_path,
        monkeypatch,
    )
    assert value(figures["accuracy"]) == (0.5, 8)
    assert value(figures["pneumonia_or_not"]) == (0.75, 8)
    assert value(figures["sensitivity"]) == (0.8, 5)
    assert value(figures["specificity"]) == (0.6667, 3)
    assert value(figures["kermany_published_test_pneumonia_or_not"]) == (1.0, 2)
    assert value(figures["kermany_published_test_three_classes"]) == (0.5, 2)
    assert value(figures["adults_normal_or_covid19"]) == (0.5, 2)
    assert figures["nih_normal_or_pneumonia_auroc"] == 1.0
    assert value(figures["nih_pneumonia_not_called_covid19"]) == (1.0, 2)
    assert value(figures["nih_chestxray14_sensitivity"]) == (0.5, 2)
    # The cause was left open, and it is a pneumonia: found.
    assert value(figures["found_viral_pneumonia"]) == (1.0, 1)
    assert value(figures["found_bacterial_pneumonia"]) == (0.0, 1)
    # A sample that may be two classes is in no coverage.
    assert sum(figures[f"coverage_{name}"]["n"] for name in make_card("chest_xray").class_names) == 6


def test_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sample(label: str) -> Sample:
        return make_sample((label,), stratum=f"{label}:x" if label in ("chest_xray", "brain_mri") else label)

    figures = figures_of(
        "gate",
        [
            (sample("chest_xray"), {"chest_xray": 1.0}),
            (sample("chest_xray"), {"brain_mri": 1.0}),
            (sample("brain_mri"), {"brain_mri": 1.0}),
            (sample("brain_mri"), {"photo": 1.0}),
            (sample("photo"), {"photo": 1.0}),
            (sample("scene"), {"chest_xray": 0.6, "scene": 0.4}),
            (sample("head_ct"), {"brain_mri": 1.0}),
            (sample("bone_xray"), {"bone_xray": 0.8, "chest_xray": 0.2}),
        ],
        tmp_path,
        monkeypatch,
    )
    assert value(figures["scans_let_through"]) == (0.5, 4)
    assert value(figures["far_misses_let_through"]) == (0.5, 2)
    assert value(figures["near_misses_let_through"]) == (0.5, 2)
    assert value(figures["let_through_chest_xray_x"]) == (0.5, 2)
    assert value(figures["let_through_head_ct"]) == (1.0, 1)
    assert value(figures["let_through_photo"]) == (0.0, 1)


class Maps:
    """Takes the place of the network and of the packs where only the maps are checked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, drops: Sequence[float]) -> None:
        self.pictures: list[int] = []
        monkeypatch.setattr(module, "Network", lambda card: None)
        monkeypatch.setattr(maps, "prepared", lambda store, samples, card, limit: list(range(limit)))
        monkeypatch.setattr(maps, "map_drops", lambda network, pictures: np.array(drops))
        monkeypatch.setattr(maps, "deletion_and_insertion", self._curves)
        monkeypatch.setattr(maps, "randomised_weights", lambda card, pictures: 0.07)
        monkeypatch.setattr(maps, "regions_against_masks", lambda *_: {"dice_nickparvar": {"value": 0.8}})

    def _curves(self, network: object, pictures: list[int]) -> dict[str, float]:
        self.pictures = pictures
        return {"deletion": 0.3, "deletion_random": 0.6}


def test_the_maps_have_their_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Maps(monkeypatch, drops=(0.2, 0.5, 0.6, 0.9))
    card = make_card("brain_mri", operating_point=OPERATING_POINT | {"map_drop": 0.5})
    measured = measured_of(card, [make_sample(("glioma",))], np.zeros((1, 4), np.float32))
    figures = module._maps(measured, card, ImageStore(Path("nowhere"), []))
    assert value(figures["maps_shown"]) == (0.75, 4)
    assert (figures["deletion"], figures["deletion_random"]) == (0.3, 0.6)
    assert figures["map_correlation_with_random_weights"] == 0.07
    assert len(given.pictures) == module.CURVE_PICTURES
    assert "dice_nickparvar" not in figures


@pytest.mark.parametrize(
    ("model", "mask"), [("brain_mri", "m.png"), ("brain_mri", ""), ("chest_xray", "m.png")]
)
def test_outlines_are_measured_where_somebody_drew_what_the_network_outlines(
    model: str, mask: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Maps(monkeypatch, drops=(1.0,))
    card, regions = make_card(model), np.zeros((1, 16, 16), np.float16)
    measured = measured_of(card, [make_sample(("glioma",), mask=mask)], np.zeros((1, 4), np.float32), regions)
    figures = module._maps(measured, card, ImageStore(Path("nowhere"), []))
    assert ("dice_nickparvar" in figures) == (model == "brain_mri" and bool(mask))


def test_figures_without_what_has_a_twin_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    glioma, healthy = (make_sample((label,), source="nickparvar") for label in ("glioma", "no_tumor"))
    right, missed = {"glioma": 0.95, "no_tumor": 0.05}, {"no_tumor": 0.95, "glioma": 0.05}
    said = [(glioma, right), (glioma, missed), (healthy, missed), (healthy, right)]
    twins = np.array([True, False, False, False])
    figures = figures_of("brain_mri", said, tmp_path, monkeypatch, twins)
    assert value(figures["tumor_sensitivity"]) == (0.5, 2)
    assert value(figures["tumor_sensitivity_no_twin"]) == (0.0, 1)
    assert value(figures["accuracy_four_classes_no_twin"]) == (0.3333, 3)
    assert figures["tumor_specificity_no_twin"] == figures["tumor_specificity"]


def test_the_published_split_is_quoted_from_the_training_that_was_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_row({"key": "published_split", "accuracy": 0.992, "images": 1000}, tmp_path / "brain_mri")
    write_row({"key": "small_cnn", "accuracy": 0.5, "images": 1000}, tmp_path / "brain_mri")
    assert value(module._compared(tmp_path / "brain_mri")["published_split"]) == (0.992, 1000)
    assert module._compared(tmp_path / "gate") == {}
