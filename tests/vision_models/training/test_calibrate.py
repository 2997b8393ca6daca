from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import make_sample
from vision_models.analysis import CLASS_NAMES
from vision_models.calibration import softmax
from vision_models.card import Card, load_card, update_card
from vision_models.gate import MODALITIES
from vision_models.training import calibrate as module
from vision_models.training.calibrate import OTHERS_LET_THROUGH, calibrate
from vision_models.training.data import class_names
from vision_models.training.measure import Measured

TRUE_TEMPERATURE = 2.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("gate", "chest_xray", "brain_mri"):
        facts = {"name": name, "version": "1.0.0", "class_names": list(class_names(name)), "image_size": 64}
        files = {"contrast": True, "weights": "weights.tflite", "sha256": "0" * 64}
        update_card(name, "facts", facts | files, tmp_path)
    return tmp_path


def measured(model: str, count: int = 800) -> Measured:
    """A network twice as sure as it may be."""
    names = class_names(model)
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (count, len(names)))
    labels = (softmax(logits).cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    samples = tuple(make_sample((names[i],), file=str(n)) for n, i in enumerate(labels))
    return Measured(samples, (TRUE_TEMPERATURE * logits).astype(np.float32))


def calibrated(
    model: str, folder: Path, monkeypatch: pytest.MonkeyPatch, given: Measured | None = None
) -> Card:
    monkeypatch.setattr(module, "run_split", lambda *_: given or measured(model))
    calibrate(model, Path("data"), folder)
    return load_card(model, folder)


@pytest.mark.parametrize("model", ["gate", "chest_xray", "brain_mri"])
def test_the_card_gets_the_temperature(model: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibrated(model, folder, monkeypatch).temperature == pytest.approx(TRUE_TEMPERATURE, rel=0.15)


@pytest.mark.parametrize("model", CLASS_NAMES)
def test_the_card_gets_what_the_classifier_reads(
    model: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = calibrated(model, folder, monkeypatch)
    assert set(card.quantiles) == set(CLASS_NAMES[model])
    assert set(card.operating_point) == {"kind", "uncertain_low", "uncertain_high"}
    assert card.version == "1.0.0"


def test_a_sample_of_two_classes_sets_no_quantile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certain = np.tile(np.array([9.0, 0, 0, 0], np.float32), (30, 1))
    either = np.zeros((300, 4), np.float32)
    samples = [make_sample(("normal",))] * 30
    samples += [make_sample(("bacterial_pneumonia", "viral_pneumonia"))] * 300
    given = Measured(tuple(samples), np.concatenate([certain, either]))
    quantiles = calibrated("chest_xray", folder, monkeypatch, given).quantiles
    assert quantiles["bacterial_pneumonia"] == quantiles["viral_pneumonia"] == 1.0
    assert quantiles["normal"] < 0.5


def test_the_gate_lets_few_others_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = measured("gate")
    card = calibrated("gate", folder, monkeypatch, given)
    accept = card.operating_point["accept"]
    assert 0.5 <= accept <= 0.95
    shares = softmax(given.logits / card.temperature)
    columns = [card.class_names.index(name) for name in MODALITIES]
    others = np.array([sample.labels[0] not in MODALITIES for sample in given.samples])
    through = (shares[others][:, columns].max(axis=1) >= accept).mean()
    assert accept == 0.95 or through <= OTHERS_LET_THROUGH + 0.002


def test_a_perfect_gate_is_not_strict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = class_names("gate")
    samples = tuple(make_sample((name,)) for name in names for _ in range(20))
    logits = np.repeat(12 * np.eye(len(names), dtype=np.float32), 20, axis=0)
    card = calibrated("gate", folder, monkeypatch, Measured(samples, logits))
    assert card.operating_point["accept"] == 0.5
