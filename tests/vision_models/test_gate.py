import numpy as np
import pytest

from tests.vision_models.fakes import BRIGHT, DARK, MIDDLING, FakeNetwork, by_brightness, make_card, picture
from vision_models.gate import Gate, verdict
from vision_models.runtime import Output
from vision_models.training.data import GATE_CLASSES


def shares(**given: float) -> dict[str, float]:
    return dict.fromkeys(GATE_CLASSES, 0.0) | given


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork(make_card("gate", 48), by_brightness)


@pytest.mark.parametrize(
    ("mean", "expected", "reason"),
    [(DARK, "brain_mri", None), (MIDDLING, "chest_xray", None), (BRIGHT, "rejected", "photo")],
)
def test_the_verdict_is_the_networks(
    network: FakeNetwork, mean: int, expected: str, reason: str | None
) -> None:
    given = Gate(network)(picture(mean, 100, 80))
    assert (given.verdict, given.reason) == (expected, reason)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_picture_is_refused_before_the_network(network: FakeNetwork, value: int) -> None:
    given = Gate(network)(np.full((100, 100, 3), value, np.uint8))
    assert (given.verdict, given.reason, given.ood_score) == ("rejected", "blank", 1.0)
    assert network.seen == []


class TwoMinds:
    """A network with a logit of 2 for a chest film and 0 for a photo, whatever the card says."""

    def __init__(self, temperature: float) -> None:
        self.card = make_card("gate", 48, temperature=temperature, operating_point={"accept": 0.8})

    def __call__(self, picture: np.ndarray) -> Output:
        logits = np.full(len(GATE_CLASSES), -20.0, np.float32)
        logits[[GATE_CLASSES.index("chest_xray"), GATE_CLASSES.index("photo")]] = 2.0, 0.0
        return Output(logits, np.zeros((1, 1, 1), np.float32), np.zeros(1, np.float32))


@pytest.mark.parametrize(("temperature", "expected"), [(1.0, "chest_xray"), (4.0, "rejected")])
def test_the_cards_temperature_counts(temperature: float, expected: str) -> None:
    assert Gate(TwoMinds(temperature))(picture()).verdict == expected


@pytest.mark.parametrize("modality", ["chest_xray", "brain_mri"])
def test_a_modality_passes_from_the_operating_point_up(modality: str) -> None:
    assert verdict(shares(**{modality: 0.8, "photo": 0.2}), 0.8).verdict == modality
    assert verdict(shares(**{modality: 0.79, "photo": 0.21}), 0.8).verdict == "rejected"


def test_a_passed_picture_has_no_reason() -> None:
    given = verdict(shares(brain_mri=0.9, head_ct=0.1), 0.5)
    assert given.reason is None
    assert given.ood_score == pytest.approx(0.1)


@pytest.mark.parametrize("kind", GATE_CLASSES[2:])
def test_the_likeliest_kind_is_the_reason(kind: str) -> None:
    given = verdict(shares(**{kind: 0.6, "chest_xray": 0.4}), 0.5)
    assert (given.verdict, given.reason) == ("rejected", kind)
    assert given.ood_score == pytest.approx(0.6)


def test_no_kind_that_stands_out_is_unknown() -> None:
    given = verdict(shares(photo=0.3, scene=0.3, document=0.3, chest_xray=0.1), 0.5)
    assert (given.verdict, given.reason) == ("rejected", "unknown")


def test_a_likely_modality_under_the_operating_point_is_unknown() -> None:
    given = verdict(shares(chest_xray=0.7, photo=0.2, scene=0.1), 0.9)
    assert (given.verdict, given.reason) == ("rejected", "unknown")


def test_two_modalities_that_share_do_not_add_up() -> None:
    assert verdict(shares(chest_xray=0.45, brain_mri=0.45, photo=0.1), 0.5).verdict == "rejected"


def test_numbers_that_are_none_are_refused() -> None:
    given = verdict(dict.fromkeys(GATE_CLASSES, float("nan")), 0.5)
    assert (given.verdict, given.reason) == ("rejected", "unknown")
