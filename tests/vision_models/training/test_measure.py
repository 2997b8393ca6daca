from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import CHEST_ANSWER, FakeNetwork, make_card
from vision_models.training import measure
from vision_models.training.data import DataError
from vision_models.training.measure import auroc, proportion, run_split


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # Wilson 1927, computed by hand with z = 1.96.
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    assert proportion(np.arange(count) < right) == {
        "value": right / count,
        "low": low,
        "high": high,
        "n": count,
    }


def test_a_share_of_nothing_is_no_number() -> None:
    share = proportion([])
    assert share["n"] == 0
    assert np.isnan([share["value"], share["low"], share["high"]]).all()


@pytest.mark.parametrize(
    ("scores", "positive", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0.0),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),
        ([0.5, 0.5, 0.5], [0, 1, 1], 0.5),
        ([0.2, 0.5, 0.5, 0.9], [0, 0, 1, 1], 0.875),
    ],
)
def test_area_under_the_curve(scores: list[float], positive: list[int], area: float) -> None:
    assert auroc(np.array(scores), np.array(positive, bool)) == pytest.approx(area)


def test_area_is_the_share_of_pairs_in_order() -> None:
    rng = np.random.default_rng(1)
    scores, positive = rng.integers(0, 20, 200) / 20, rng.random(200) < 0.3
    pairs = scores[positive][:, None] - scores[~positive]
    assert auroc(scores, positive) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    fake = FakeNetwork(make_card("chest_xray"), lambda _: CHEST_ANSWER)
    monkeypatch.setattr(measure, "load_card", lambda name, folder: fake.card)
    monkeypatch.setattr(measure, "Network", lambda card: fake)
    return fake


def test_one_split_is_run_as_it_is_served(packs: Path, network: FakeNetwork) -> None:
    measured = run_split("chest_xray", packs, "test")
    assert {sample.split for sample in measured.samples} == {"test"}
    assert measured.logits.shape == (len(measured.samples), 4) == (4, 4)
    assert len(network.seen) == 4


def test_a_split_without_images(packs: Path, network: FakeNetwork) -> None:
    with pytest.raises(DataError, match="no image of chest_xray has split 'holdout'"):
        run_split("chest_xray", packs, "holdout")
