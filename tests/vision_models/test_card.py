import hashlib
from pathlib import Path

import pytest

from tests.vision_models.fakes import make_card
from vision_models.card import (
    MODEL_NAMES,
    Card,
    ModelError,
    fingerprint_of_all,
    load_card,
    read_weights,
    update_card,
)

FACTS = {
    "name": "brain_mri",
    "version": "1.2.3",
    "class_names": ["no_tumor", "glioma"],
    "image_size": 64,
    "contrast": True,
    "weights": "weights.tflite",
    "sha256": hashlib.sha256(b"weights").hexdigest(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    update_card("brain_mri", "facts", FACTS, tmp_path)
    (tmp_path / "brain_mri" / "weights.tflite").write_bytes(b"weights")
    return tmp_path


def card_file(folder: Path) -> Path:
    return folder / "brain_mri" / "card.toml"


def test_a_card_gives_the_facts(folder: Path) -> None:
    card = load_card("brain_mri", folder)
    assert card.class_names == ("no_tumor", "glioma")
    assert (card.image_size, card.contrast) == (64, True)
    assert card.weights == folder / "brain_mri" / "weights.tflite"
    assert card.model == "brain_mri-1.2.3"


def test_before_calibration_nothing_is_scaled(folder: Path) -> None:
    card = load_card("brain_mri", folder)
    assert card.temperature == 1.0
    assert (card.quantiles, card.operating_point, card.figures) == ({}, {}, {})


def test_one_section_is_replaced_and_the_others_stay(folder: Path) -> None:
    update_card("brain_mri", "calibration", {"temperature": 2.0, "quantiles": {"glioma": 0.5}}, folder)
    update_card("brain_mri", "figures", {"accuracy": {"value": 0.9}, "auroc": 0.8}, folder)
    update_card("brain_mri", "calibration", {"temperature": 1.5}, folder)
    card = load_card("brain_mri", folder)
    assert (card.temperature, card.quantiles) == (1.5, {})
    assert card.figures == {"accuracy": {"value": 0.9}, "auroc": 0.8}
    assert card.version == "1.2.3"


def test_a_card_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"card\.toml is missing"):
        load_card("brain_mri", tmp_path)


@pytest.mark.parametrize("content", [b"[facts", b"", b'[facts]\nname = "brain_mri"\n'], ids=str)
def test_a_card_cut_short_names_the_file(folder: Path, content: bytes) -> None:
    card_file(folder).write_bytes(content)
    with pytest.raises(ModelError, match=r"card\.toml cannot be read"):
        load_card("brain_mri", folder)


def test_a_calibration_cut_short_is_refused(folder: Path) -> None:
    point = {"operating_point": {"energy": 1.0}, "quantiles": {"no_tumor": 0.5, "glioma": 0.25}}
    update_card("brain_mri", "calibration", point, folder)
    assert load_card("brain_mri", folder).quantiles["glioma"] == 0.25
    whole = card_file(folder).read_text("utf-8")
    for cut in (whole.rstrip()[:-1], whole[: whole.index("glioma = ")]):  # a number, and a line
        card_file(folder).write_text(cut, "utf-8")
        with pytest.raises(ModelError, match=r"card\.toml cannot be read"):
            load_card("brain_mri", folder)


def test_a_card_of_other_bytes_is_a_model_error(folder: Path) -> None:
    card_file(folder).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"card\.toml"):
        load_card("brain_mri", folder)


def test_weights_of_the_hash_on_the_card(folder: Path) -> None:
    assert read_weights(load_card("brain_mri", folder)) == b"weights"


def test_weights_that_changed_are_refused(folder: Path) -> None:
    card = load_card("brain_mri", folder)
    card.weights.write_bytes(b"weight")
    with pytest.raises(ModelError, match=r"weights\.tflite has hash .*its card says"):
        read_weights(card)


def test_weights_that_are_not_there(folder: Path) -> None:
    card = load_card("brain_mri", folder)
    card.weights.unlink()
    with pytest.raises(ModelError, match=r"weights\.tflite is missing"):
        read_weights(card)


def test_a_card_is_a_value() -> None:
    with pytest.raises(AttributeError):
        make_card("gate").name = "other"


@pytest.fixture(params=MODEL_NAMES)
def shipped(request: pytest.FixtureRequest) -> Card:
    return load_card(request.param)


@pytest.mark.model
def test_the_shipped_weights_are_those_of_the_card(shipped: Card) -> None:
    assert len(read_weights(shipped)) < 10_000_000


@pytest.mark.model
def test_the_shipped_card_is_calibrated(shipped: Card) -> None:
    needed = {"accept"} if shipped.name == "gate" else {"uncertain_low", "uncertain_high"}
    assert needed <= set(shipped.operating_point)
    assert set(shipped.quantiles) == set(shipped.class_names)
    assert 0.3 <= shipped.temperature <= 6


def test_only_a_card_with_a_threshold_for_the_region_outlines_findings() -> None:
    assert make_card("brain_mri").outlines
    assert not make_card("chest_xray").outlines
    assert not make_card("brain_mri", operating_point={}).outlines


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "1" * 64},
        {"version": "9.9.9"},
        {"temperature": 2.0},
        {"quantiles": {"glioma": 0.1}},
        {"operating_point": {"region": 0.1}},
        {"contrast": False},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_fingerprint_changes_with_what_a_reading_is_made_with(changes: dict[str, object]) -> None:
    assert make_card("brain_mri", **changes).fingerprint != make_card("brain_mri").fingerprint


def test_the_fingerprint_stays_with_figures_and_folders() -> None:
    moved = make_card("brain_mri", weights=Path("elsewhere"), figures={"accuracy": 0.9})
    assert moved.fingerprint == make_card("brain_mri").fingerprint


def test_the_fingerprint_of_all_is_of_each(tmp_path: Path) -> None:
    for name in MODEL_NAMES:
        update_card(name, "facts", FACTS | {"name": name}, tmp_path)
    before = fingerprint_of_all(tmp_path)
    update_card("chest_xray", "calibration", {"temperature": 2.0}, tmp_path)
    assert fingerprint_of_all(tmp_path) != before
    with pytest.raises(ModelError, match=r"card\.toml is missing"):
        fingerprint_of_all(tmp_path / "nowhere")
