"""What training minimises and what it logs, by figures worked out here."""

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.model


@pytest.fixture
def module() -> Any:
    from vision_models.training import train

    return train


def region(*cells: float) -> np.ndarray:
    return np.array(cells, np.float32).reshape(1, -1, 1, 1)


def test_the_loss_counts_a_set_as_one_truth(module: Any) -> None:
    logits = np.log(np.array([[0.1, 0.3, 0.4, 0.2]], np.float32))
    one, either = np.array([[0, 1, 0, 0]], np.float32), np.array([[0, 1, 1, 0]], np.float32)
    assert float(module.set_cross_entropy(one, logits)[0]) == pytest.approx(-np.log(0.3), rel=1e-5)
    assert float(module.set_cross_entropy(either, logits)[0]) == pytest.approx(-np.log(0.7), rel=1e-5)


def test_the_metric_counts_any_of_the_set(module: Any) -> None:
    import keras

    logits = keras.ops.convert_to_tensor(np.array([[0, 1, 3, 0], [5, 1, 3, 0]], np.float32))
    truth = np.array([[0, 1, 1, 0], [0, 1, 1, 0]], np.float32)
    assert np.asarray(module.in_set(truth, logits)).tolist() == [1, 0]


def test_a_perfect_region_has_a_dice_of_1_and_no_loss(module: Any) -> None:
    truth, sure = region(1, 0, 0, 1, 1), region(40, -40, -40, 40, 40)
    assert float(module.dice(truth, sure)) == pytest.approx(1, abs=1e-5)
    assert float(module.region_loss(truth, sure)) == pytest.approx(0, abs=1e-5)
    assert float(module.dice(truth, -sure)) == pytest.approx(1 / 6, abs=1e-5)
    assert float(module.region_loss(truth, -sure)) > 10
    nothing = np.zeros_like(truth)
    assert float(module.dice(nothing, nothing - 40)) == pytest.approx(1, abs=1e-5)


def test_the_region_loss_in_figures(module: Any) -> None:
    truth, said = region(1, 0.5, 0), region(0, 0, 0)
    cross_entropy = 3 * np.log(2) / (3 + 1)
    dice = (2 * 0.75 + 1) / (1.5 + 1.5 + 1)
    assert float(module.dice(truth, said)) == pytest.approx(dice, rel=1e-5)
    assert float(module.region_loss(truth, said)) == pytest.approx(cross_entropy + 1 - dice, rel=1e-5)


@pytest.mark.parametrize("measure", ["region_loss", "dice"])
def test_cells_that_nobody_drew_count_for_nothing(module: Any, measure: str) -> None:
    from vision_models.training.loader import UNKNOWN

    measured = getattr(module, measure)
    known = float(measured(region(1, 0), region(2, -1)))
    for said in (-30.0, 0.0, 30.0):
        unknown = measured(region(1, 0, UNKNOWN, UNKNOWN), region(2, -1, said, said))
        assert float(unknown) == pytest.approx(known, rel=1e-6)


def test_where_no_cell_is_drawn_there_is_no_loss(module: Any) -> None:
    from vision_models.training.loader import UNKNOWN

    assert float(module.region_loss(region(UNKNOWN, UNKNOWN), region(5, -5))) == 0
