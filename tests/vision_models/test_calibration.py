import numpy as np
import pytest

from vision_models.calibration import (
    class_quantiles,
    energy,
    expected_calibration_error,
    fit_temperature,
    prediction_set,
    softmax,
)


def test_softmax_by_hand() -> None:
    assert softmax(np.log([1.0, 2.0, 5.0])) == pytest.approx([0.125, 0.25, 0.625])


def test_softmax_takes_any_size_and_the_last_axis() -> None:
    shares = softmax(np.array([[1e4, 0.0], [-1e4, -1e4]]))
    assert shares.tolist() == [[1.0, 0.0], [0.5, 0.5]]


@pytest.mark.parametrize("known", [0.5, 1.0, 2.5])
def test_the_temperature_is_found_again(known: float) -> None:
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 2, (4000, 4))
    chosen = (softmax(logits).cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    assert fit_temperature(logits * known, np.eye(4)[chosen]) == pytest.approx(known, rel=0.08)


def test_the_temperature_counts_a_set_as_one_truth() -> None:
    # All certain that it is one of the first two, and torn between them: that is not overconfidence.
    logits = np.tile([4.0, 4.0, 0.0], (50, 1))
    either = np.tile([1.0, 1.0, 0.0], (50, 1))
    assert fit_temperature(logits, either) < 0.4


def test_energy_by_hand() -> None:
    # log(1 + 2 + 5) of logits that are logs; at temperature 2, log(1 + sqrt 2 + sqrt 5).
    logits = np.log([1.0, 2.0, 5.0])
    assert energy(logits, 1.0) == pytest.approx(np.log(8))
    assert energy(logits, 2.0) == pytest.approx(np.log(1 + np.sqrt(2) + np.sqrt(5)))


def test_energy_rises_with_all_evidence_and_not_with_certainty_alone() -> None:
    little, much = np.array([[0.0, 1.0], [10.0, 11.0]])
    assert softmax(little) == pytest.approx(softmax(much))
    assert energy(much, 1.0) - energy(little, 1.0) == pytest.approx(10)


def test_energy_takes_any_size_and_the_last_axis() -> None:
    values = energy(np.array([[1e4, 0.0], [-1e4, -1e4]]), 1.0)
    assert values == pytest.approx([1e4, -1e4 + np.log(2)])
    assert energy(np.zeros((2, 3, 4)), 1.0).shape == (2, 3)


def test_quantiles_by_hand() -> None:
    # Nine samples of one class: the rank is (9 + 1) * 0.9 = 9, the largest score.
    own = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.95, 0.85, 0.75, 0.3])
    probabilities = np.stack([own, 1 - own], axis=1)
    quantiles = class_quantiles(probabilities, np.zeros(9, int), ("a", "b"), coverage=0.9)
    assert quantiles["a"] == pytest.approx(0.7)
    half = class_quantiles(probabilities, np.zeros(9, int), ("a", "b"), coverage=0.5)
    assert half["a"] == pytest.approx(0.25)


def test_a_class_never_seen_is_never_ruled_out() -> None:
    quantiles = class_quantiles(np.array([[0.9, 0.1]]), np.array([0]), ("a", "b"))
    assert quantiles["b"] == 1.0
    assert "b" in prediction_set({"a": 1.0, "b": 0.0}, quantiles | {"a": 0.5})


def test_too_few_samples_for_the_coverage_rule_nothing_out() -> None:
    # With four samples no rank reaches 90 %: (4 + 1) * 0.9 = 4.5, which rounds up beyond the last.
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    assert class_quantiles(probabilities, np.zeros(4, int), ("a", "b"))["a"] == 1.0


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_each_class_is_covered_on_fresh_samples(coverage: float) -> None:
    rng = np.random.default_rng(3)
    names = ("a", "b", "c")

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.choice(3, count, p=(0.7, 0.2, 0.1))
        return softmax(rng.normal(0, 1, (count, 3)) + 1.5 * np.eye(3)[labels]), labels

    quantiles = class_quantiles(*draw(6000), names, coverage)
    probabilities, labels = draw(6000)
    sets = [prediction_set(dict(zip(names, row, strict=True)), quantiles) for row in probabilities]
    for index, name in enumerate(names):
        covered = np.mean([name in kept for kept, label in zip(sets, labels, strict=True) if label == index])
        assert covered == pytest.approx(coverage, abs=0.04)


def test_the_set_is_ordered_by_probability() -> None:
    assert prediction_set({"a": 0.2, "b": 0.5, "c": 0.3}, dict.fromkeys("abc", 0.75)) == ("b", "c")


def test_the_set_is_never_empty() -> None:
    assert prediction_set({"a": 0.4, "b": 0.6}, {"a": 0.1, "b": 0.1}) == ("b",)
    assert prediction_set({"a": 0.4, "b": 0.6}, {}) == ("b",)


def test_calibration_error_by_hand() -> None:
    # Two bins: 0.25 with nothing right (gap 0.25), 0.75 with all right (gap 0.25); one of the first, three.
    confidence = np.array([0.25, 0.75, 0.75, 0.75])
    correct = np.array([False, True, True, True])
    assert expected_calibration_error(confidence, correct, bins=2) == pytest.approx(0.25)


def test_honest_confidence_has_no_error() -> None:
    confidence = np.full(10, 0.7)
    assert expected_calibration_error(confidence, np.arange(10) < 7) == pytest.approx(0)
    assert expected_calibration_error(np.ones(3), np.ones(3, bool)) == 0
