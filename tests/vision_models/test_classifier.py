import numpy as np
import pytest

from tests.vision_models.fakes import logits_of, make_card
from vision_models.analysis import CLASS_NAMES
from vision_models.classifier import Reading, read


def chest(*shares: float, **changes: object) -> Reading:
    """A reading of normal, bacterial, viral and covid19 in these shares."""
    card = make_card("chest_xray", **changes)
    return read(logits_of(card, dict(zip(card.class_names, shares, strict=True))), card)


def brain(*shares: float) -> Reading:
    card = make_card("brain_mri")
    return read(logits_of(card, dict(zip(card.class_names, shares, strict=True))), card)


def test_probabilities_are_calibrated_and_add_up() -> None:
    card = make_card("chest_xray", temperature=2.0)
    reading = read(np.array([0.0, 4.0, 0.0, 0.0], np.float32), card)
    assert sum(reading.probabilities.values()) == pytest.approx(1)
    assert reading.probabilities["bacterial_pneumonia"] == pytest.approx(np.e**2 / (np.e**2 + 3))
    assert tuple(reading.probabilities) == CLASS_NAMES["chest_xray"]


@pytest.mark.parametrize(
    ("shares", "finding"),
    [
        ((0.94, 0.02, 0.02, 0.02), "normal"),
        ((0.02, 0.94, 0.02, 0.02), "bacterial_pneumonia"),
        ((0.02, 0.02, 0.94, 0.02), "viral_pneumonia"),
        ((0.02, 0.02, 0.02, 0.94), "covid19"),
    ],
)
def test_a_clear_film(shares: tuple[float, ...], finding: str) -> None:
    reading = chest(*shares)
    assert reading.finding == finding
    assert reading.prediction_set == (finding,)
    assert not reading.abstained


def test_two_kinds_that_cannot_be_told_apart_leave_the_cause_open() -> None:
    reading = chest(0.02, 0.5, 0.45, 0.03)
    assert reading.finding == "pneumonia"
    assert reading.prediction_set == ("bacterial_pneumonia", "viral_pneumonia")
    assert not reading.abstained
    assert "pneumonia" not in reading.probabilities


def test_a_kind_sure_enough_is_named_though_another_is_possible() -> None:
    reading = chest(0.02, 0.72, 0.25, 0.01)
    assert reading.finding == "bacterial_pneumonia"
    assert reading.prediction_set == ("bacterial_pneumonia", "viral_pneumonia")


def test_a_kind_alone_in_the_set_is_named_though_not_sure() -> None:
    reading = chest(0.02, 0.6, 0.19, 0.19)
    assert reading.finding == "bacterial_pneumonia"


def test_many_kinds_outweigh_a_healthy_film() -> None:
    reading = chest(0.4, 0.3, 0.25, 0.05)
    assert reading.finding == "pneumonia"
    assert reading.abstained


@pytest.mark.parametrize("illness", [0.36, 0.5, 0.64])
def test_between_healthy_and_ill_nothing_is_claimed(illness: float) -> None:
    assert chest(1 - illness, illness, 0, 0, quantiles={}).abstained


@pytest.mark.parametrize("illness", [0.2, 0.34, 0.66, 0.9])
def test_outside_that_band_something_is(illness: float) -> None:
    assert not chest(1 - illness, illness, 0, 0, quantiles={}).abstained


def test_healthy_that_cannot_be_ruled_out_abstains() -> None:
    reading = chest(0.22, 0.74, 0.02, 0.02)
    assert reading.prediction_set == ("bacterial_pneumonia", "normal")
    assert reading.abstained


def test_the_most_probable_tumor_is_the_finding() -> None:
    reading = brain(0.1, 0.1, 0.7, 0.1)
    assert (reading.finding, reading.abstained) == ("meningioma", False)


def test_no_tumor_likelier_than_not_abstains_and_still_has_a_finding() -> None:
    reading = brain(0.05, 0.45, 0.3, 0.2)
    assert reading.finding == "glioma"
    assert reading.abstained


def test_pneumonia_is_no_word_for_a_brain() -> None:
    assert brain(0.02, 0.5, 0.45, 0.03).finding == "glioma"


@pytest.mark.parametrize("name", ["chest_xray", "brain_mri"])
def test_every_reading_has_a_finding_and_a_set(name: str) -> None:
    card = make_card(name)
    for logits in np.random.default_rng(5).normal(0, 2, (500, 4)).astype(np.float32):
        reading = read(logits, card)
        assert reading.finding in (*card.class_names, "pneumonia")
        assert reading.prediction_set
        assert set(reading.prediction_set) <= set(card.class_names)
