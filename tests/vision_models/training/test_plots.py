from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision_models.training import plot_style
from vision_models.training.plots import Line, confusion_matrix, reliability, risk_coverage, roc_and_precision

#: Half the points of a real plot, so that they are quick to draw.
DPI = 100
RNG = np.random.default_rng(5)
COUNT = 200
POSITIVE = RNG.random(COUNT) < 0.5
SCORE = np.clip(0.5 * POSITIVE + 0.7 * RNG.random(COUNT), 0, 1)
RIGHT = RNG.random(COUNT) < 0.3 + 0.65 * SCORE


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot_style, "DPI", DPI)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        picture.load()
        assert picture.format == "PNG"
        return picture.size


def colours_of(path: Path) -> set[tuple[int, ...]]:
    with Image.open(path) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}


def line(name: str, score: np.ndarray = SCORE) -> Line:
    return Line(name, score, POSITIVE, score > 0.5)


@pytest.mark.parametrize(("size", "height"), [(4, 558), (5, 558), (12, 810)])
def test_a_confusion_matrix_of_few_and_of_many_classes(tmp_path: Path, size: int, height: int) -> None:
    counts = np.diag(np.arange(size)) + 1
    counts[:, -1] = 0
    path = confusion_matrix(counts, [f"class_{number}" for number in range(size)], tmp_path / "a.png")
    assert size_of(path) == (900, height)


def test_a_class_without_images_has_an_empty_row(tmp_path: Path) -> None:
    path = confusion_matrix(np.array([[3, 1], [0, 0]]), ["ill", "healthy"], tmp_path / "a.png")
    assert size_of(path) == (900, 558)


def test_each_line_adds_its_own_colour_and_its_own_row_of_the_legend(tmp_path: Path) -> None:
    one = roc_and_precision([line("kermany")], "Found", tmp_path / "one.png")
    two = roc_and_precision([line("kermany"), line("nih", 1 - SCORE)], "Found", tmp_path / "two.png")
    assert size_of(one) == (900, 484)
    assert size_of(two) == (900, 509)
    vermilion = (213, 94, 0)
    assert vermilion not in colours_of(one)
    assert vermilion in colours_of(two)


def test_perfect_and_silent_models_can_be_drawn(tmp_path: Path) -> None:
    perfect = line("perfect", POSITIVE.astype(float))
    silent = Line("silent", SCORE, POSITIVE, np.zeros(COUNT, bool))
    assert size_of(roc_and_precision([perfect], "Found", tmp_path / "perfect.png")) == (900, 484)
    assert size_of(roc_and_precision([silent], "Found", tmp_path / "silent.png")) == (900, 484)


def test_reliability(tmp_path: Path) -> None:
    assert size_of(reliability(SCORE, RIGHT, tmp_path / "a.png")) == (900, 594)


def test_reliability_of_a_model_that_is_always_certain(tmp_path: Path) -> None:
    assert size_of(reliability(np.ones(9), np.ones(9, bool), tmp_path / "a.png")) == (900, 594)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_what_is_left_open_is_a_point_unless_all_is(tmp_path: Path, share: float) -> None:
    path = risk_coverage(SCORE, RIGHT, np.arange(COUNT) < share * COUNT, tmp_path / "a.png")
    assert size_of(path) == (900, 450)
    assert ((213, 94, 0) in colours_of(path)) == (share < 1)


def test_the_same_arrays_give_the_same_bytes_and_few_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plot_style, "DPI", 2 * DPI)
    first = reliability(SCORE, RIGHT, tmp_path / "first.png").read_bytes()
    assert reliability(SCORE, RIGHT, tmp_path / "folder" / "second.png").read_bytes() == first
    assert size_of(tmp_path / "first.png") == (1800, 1188)
    assert len(first) < 80_000
