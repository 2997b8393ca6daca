from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import FakeNetwork, Pixels, make_card, make_sample, picture
from vision_models.analysis import CLASS_NAMES
from vision_models.calibration import energy, softmax
from vision_models.card import Card, load_card, update_card
from vision_models.gate import MODALITIES
from vision_models.training import calibrate as module
from vision_models.training.calibrate import (
    BEATEN,
    CONTRADICTED,
    COVID_NAMED,
    KIND,
    OTHER,
    OTHERS_LET_THROUGH,
    UNLIKE,
    calibrate,
)
from vision_models.training.data import Sample, class_names
from vision_models.training.maps import chance_drops
from vision_models.training.measure import Measured

TRUE_TEMPERATURE = 2.0
SIZE, CELLS = 64, 16


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
    samples = tuple(make_sample((names[i],), file=str(n), pack=model) for n, i in enumerate(labels))
    return said(samples, TRUE_TEMPERATURE * logits)


def said(samples: Sequence[Sample], logits: np.ndarray, regions: np.ndarray | None = None) -> Measured:
    """Samples with their logits, and nothing to see in the maps."""
    return Measured(
        samples=tuple(samples),
        logits=logits.astype(np.float32),
        embeddings=np.zeros((len(samples), 1280), np.float32),
        class_maps=np.zeros((len(samples), 7, 7, logits.shape[1]), np.float16),
        regions=regions,
    )


PICTURES = [picture(60 + 10 * seed, SIZE, SIZE, seed) for seed in range(20)]


def by_light(seen: Pixels) -> dict[str, float]:
    """Random deletions move this answer a little, by another amount in each picture."""
    share = float(np.clip(seen[:32, :32].std() / 60, 0.05, 0.95))
    return {"glioma": share, "bacterial_pneumonia": share, "no_tumor": 1 - share, "normal": 1 - share}


def calibrated(
    model: str, folder: Path, monkeypatch: pytest.MonkeyPatch, given: Measured | None = None
) -> Card:
    monkeypatch.setattr(module, "run_split", lambda *_, read: given or measured(model))
    monkeypatch.setattr(module, "ImageStore", lambda *_: None)
    monkeypatch.setattr(module, "prepared", lambda *_: PICTURES)
    monkeypatch.setattr(module, "Network", lambda card: FakeNetwork(make_card(model, SIZE), by_light))
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
    own = {"kind", "kind_covid19"} if model == "chest_xray" else set()
    assert set(card.operating_point) == own | {*("uncertain_low", "uncertain_high", "energy", "map_drop")}
    assert card.version == "1.0.0"


def test_few_of_the_validation_pictures_are_unlike_what_was_learnt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = measured("brain_mri")
    card = calibrated("brain_mri", folder, monkeypatch, given)
    unlike = (energy(given.logits, card.temperature) < card.operating_point["energy"]).mean()
    assert unlike == pytest.approx(UNLIKE, abs=0.005)


@pytest.mark.parametrize("told_apart", [0.0, 12.0])
def test_covid19_is_named_on_most_of_its_own_films_and_never_below_the_other_kinds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, told_apart: float
) -> None:
    given = measured("chest_xray")
    covid = np.array([sample.labels == ("covid19",) for sample in given.samples])
    logits = given.logits.copy()
    logits[covid, 3] += told_apart
    given = replace(given, logits=logits)
    card = calibrated("chest_xray", folder, monkeypatch, given)
    least = card.operating_point["kind_covid19"]
    assert (least > KIND) == (told_apart > 0)
    shares = softmax(given.logits[covid, 1:] / card.temperature)[:, -1]
    assert least >= KIND
    assert (shares >= least).mean() == pytest.approx(min(COVID_NAMED, (shares >= KIND).mean()), abs=0.02)


def test_a_map_must_beat_most_random_deletions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = calibrated("brain_mri", folder, monkeypatch).operating_point["map_drop"]
    chance = chance_drops(FakeNetwork(make_card("brain_mri", SIZE), by_light), PICTURES)
    assert chance.std() > 0
    assert (chance < drop).mean() == pytest.approx(BEATEN, abs=0.05)


DRAWN = (slice(4, 8), slice(4, 10))
HEALTHY, TUMORS = 300, 4


def outlined(strength: float, around: float, noise: float = 0.0) -> Measured:
    """Drawn tumors found with ``strength``, the cells beside them with ``around``; and healthy slices in
    which the highest cell goes evenly from 0 up to ``noise``."""
    tumor = np.zeros((CELLS, CELLS), np.float32)
    tumor[2:10, 2:12] = around
    tumor[DRAWN] = strength
    quiet = np.zeros((HEALTHY, CELLS, CELLS), np.float32)
    quiet[:, 3, 3] = np.linspace(0, noise, HEALTHY)
    samples = [make_sample(("glioma",), pack="brain_mri", mask="m.png")] * TUMORS
    samples += [make_sample(("no_tumor",), pack="brain_mri")] * HEALTHY
    # Of a tumor that nobody drew nothing is learnt, whatever the network draws.
    samples.append(make_sample(("glioma",), pack="brain_mri"))
    regions = np.concatenate([np.repeat(tumor[None], TUMORS, axis=0), quiet, np.ones((1, CELLS, CELLS))])
    logits = np.zeros((len(samples), 4))
    logits[:, 0] = 1.0
    return said(samples, logits, regions.astype(np.float16))


def drawn(*_: object) -> np.ndarray:
    mask = np.zeros((CELLS, CELLS), bool)
    mask[DRAWN] = True
    return np.kron(mask, np.ones((SIZE // CELLS,) * 2, bool))


@pytest.mark.parametrize(
    ("strength", "around", "low", "high"),
    [(0.9, 0.5, 0.5, 0.75), (0.45, 0.1, 0.2, 0.45), (0.9, 0.0, 0.3, 0.7)],
)
def test_the_outline_gets_the_threshold_that_fits_the_masks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, strength: float, around: float, low: float, high: float
) -> None:
    monkeypatch.setattr(module, "drawn_mask", drawn)
    point = calibrated("brain_mri", folder, monkeypatch, outlined(strength, around)).operating_point
    assert low <= point["region"] <= high


def test_few_validation_pictures_are_taken_for_another_disease(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = measured("chest_xray")
    others = np.random.default_rng(4).normal(-2, 3, len(plain.samples)).astype(np.float32)
    card = calibrated("chest_xray", folder, monkeypatch, replace(plain, others=others))
    shares = softmax(np.column_stack([plain.logits, others]) / card.temperature)[:, -1]
    assert (shares > card.operating_point["other_sign"]).mean() == pytest.approx(OTHER, abs=0.005)


def test_lungs_are_no_outline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = measured("chest_xray")
    given = replace(plain, regions=np.ones((len(plain.samples), CELLS, CELLS), np.float16))
    card = calibrated("chest_xray", folder, monkeypatch, given)
    assert not card.outlines
    assert "region_seen" not in card.operating_point


def test_nothing_is_fitted_on_copies_of_what_was_taught(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = measured("brain_mri", 800)
    learnt = np.tile(np.float32([9, 0, 0, 0]), (400, 1))
    samples = (*honest.samples, *[make_sample(("no_tumor",), pack="brain_mri")] * 400)
    both = replace(
        said(samples, np.concatenate([honest.logits, learnt])), twinned=np.arange(len(samples)) >= 800
    )
    with_copies = calibrated("brain_mri", folder, monkeypatch, both)
    assert with_copies == calibrated("brain_mri", folder, monkeypatch, honest)


def test_few_healthy_slices_are_contradicted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "drawn_mask", drawn)
    given = outlined(0.95, 0.0, noise=0.9)
    seen = calibrated("brain_mri", folder, monkeypatch, given).operating_point["region_seen"]
    assert given.regions is not None
    healthy = given.regions[TUMORS : TUMORS + HEALTHY].max(axis=(1, 2))
    assert (healthy > seen).mean() == pytest.approx(CONTRADICTED, abs=0.005)


def test_a_region_that_is_not_drawn_contradicts_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "drawn_mask", drawn)
    point = calibrated("brain_mri", folder, monkeypatch, outlined(0.95, 0.3, noise=0.01)).operating_point
    assert point["region_seen"] == point["region"]


def test_a_sample_of_two_classes_sets_no_quantile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certain = np.tile(np.array([9.0, 0, 0, 0], np.float32), (30, 1))
    either = np.zeros((300, 4), np.float32)
    samples = [make_sample(("normal",))] * 30
    samples += [make_sample(("bacterial_pneumonia", "viral_pneumonia"))] * 300
    given = said(samples, np.concatenate([certain, either]))
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
    card = calibrated("gate", folder, monkeypatch, said(samples, logits))
    assert card.operating_point == {"accept": 0.5}
