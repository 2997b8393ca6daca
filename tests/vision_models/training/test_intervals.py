import numpy as np
import pytest

from vision_models.training.intervals import Interval, rates, share


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_the_four_shares_of_a_table_counted_by_hand() -> None:
    # 8 hits, 2 misses, 3 false alarms, 7 rightly let be.
    true = np.repeat([True, False], 10)
    called = np.array([True] * 8 + [False] * 2 + [True] * 3 + [False] * 7)
    found = rates(called, true)
    assert (found.sensitivity.value, found.sensitivity.n) == (0.8, 10)
    assert (found.specificity.value, found.specificity.n) == (0.7, 10)
    assert (found.precision.value, found.precision.n) == (8 / 11, 11)
    assert (found.accuracy.value, found.accuracy.n) == (0.75, 20)


def test_it_is_as_wide_as_the_theory_says_where_images_are_independent() -> None:
    interval = share(np.arange(400) < 320)
    spread = 1.96 * np.sqrt(0.8 * 0.2 / 400)
    assert interval.low == pytest.approx(0.8 - spread, abs=0.006)
    assert interval.high == pytest.approx(0.8 + spread, abs=0.006)


def test_it_covers_the_known_share_about_19_times_of_20() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(60):
        interval = share(rng.random(80) < 0.7)
        covered += interval.low <= 0.7 <= interval.high
    assert 53 <= covered < 60


def test_slices_of_one_patient_widen_it_and_the_value_stays() -> None:
    rng = np.random.default_rng(3)
    hits = np.repeat(rng.random(40) < 0.8, 10)
    patients = [f"patient {number // 10}" for number in range(400)]
    alone, together = share(hits), share(hits, patients)
    assert together.value == alone.value
    assert together.n == alone.n == 400
    # Ten copies of each image are no news: the interval is that of 40 images.
    assert width(together) == pytest.approx(width(share(hits[::10])), abs=0.02)
    assert width(together) > 2.5 * width(alone)


def test_the_order_of_the_groups_does_not_matter() -> None:
    hits = np.array([True, False, True, True, False, True, False, True])
    groups = ["b", "a", "b", "c", "a", "c", "d", "d"]
    turned = share(hits[::-1], groups[::-1])
    assert share(hits, groups) == turned


@pytest.mark.parametrize(("groups", "bound"), [(None, 0.025 ** (1 / 20)), (list("abcd") * 5, 0.025**0.25)])
def test_all_right_is_not_taken_for_certain(groups: list[str] | None, bound: float) -> None:
    count = 4 if groups else 20
    assert share(np.ones(20, bool), groups) == Interval(1.0, pytest.approx(bound), 1.0, 20, count)
    assert share(np.zeros(20, bool), groups) == Interval(0.0, 0.0, pytest.approx(1 - bound), 20, count)


def test_one_group_says_nothing_of_the_others() -> None:
    assert share(np.array([True, False]), ["x", "x"]) == Interval(0.5, 0.0, 1.0, 2, 1)


def test_it_tells_when_the_groups_are_too_few_to_resample() -> None:
    hits = np.arange(60) % 3 > 0
    assert share(hits, [str(number % 10) for number in range(60)]).is_firm
    assert not share(hits, [str(number % 9) for number in range(60)]).is_firm


def test_a_share_of_nothing_is_no_number() -> None:
    for empty in (share(np.zeros(0, bool)), share(np.zeros(0, bool), [])):
        assert empty.n == 0
        assert np.isnan([empty.value, empty.low, empty.high]).all()
    nobody_ill = rates(np.array([True, False]), np.array([False, False]))
    assert nobody_ill.sensitivity.n == 0
    assert np.isnan(nobody_ill.sensitivity.low)
    assert nobody_ill.specificity.value == 0.5
