import math

import pytest

from vision_models.training.goals import GOALS, Goal, goals_table

HEAD = ["| what | reach | today | 95 % interval | reached |", "|---|---|---|---|---|"]


def share(value: float, n: int = 200, spread: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": max(value - spread, 0.0), "high": min(value + spread, 1.0), "n": n}


def row(table: str, what: str) -> list[str]:
    [line] = [line for line in table.splitlines() if line.startswith(f"| {what} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(
    ("value", "today", "reached"),
    [(0.98, "98.0 %", "yes"), (0.97, "97.0 %", "yes"), (0.9421, "94.2 %", "**no**")],
)
def test_a_share_that_is_meant_to_be_high(value: float, today: str, reached: str) -> None:
    table = goals_table({"brain_mri": {"accuracy_four_classes": share(value)}})
    cells = row(table, "brain, four classes")
    assert cells[1:3] == ["≥ 97.0 %", today]
    assert cells[3].endswith("(n = 200)")
    assert cells[4] == reached


def test_the_interval_is_in_per_cent_beside_its_number_of_images() -> None:
    table = goals_table(
        {"gate": {"scans_let_through": {"value": 0.995, "low": 0.99, "high": 0.998, "n": 1234}}}
    )
    assert row(table, "gate, scans let through")[3] == "99.0 % to 99.8 % (n = 1234)"


@pytest.mark.parametrize(("value", "reached"), [(0.02, "yes"), (0.04, "yes"), (0.05, "**no**")])
def test_a_share_that_is_meant_to_be_low(value: float, reached: str) -> None:
    cells = row(
        goals_table({"gate": {"near_misses_let_through": share(value)}}), "gate, near misses let through"
    )
    assert cells[1] == "≤ 4.0 %"
    assert cells[4] == reached


@pytest.mark.parametrize(
    ("model", "figure", "what", "value", "cells"),
    [
        (
            "chest_xray",
            "calibration_error",
            "chest, calibration error",
            0.021,
            ["≤ 0.030", "0.021", "", "yes"],
        ),
        (
            "chest_xray",
            "calibration_error",
            "chest, calibration error",
            0.04,
            ["≤ 0.030", "0.040", "", "**no**"],
        ),
        ("brain_mri", "mean_set_size", "brain, mean set size", 1.08, ["≤ 1.200", "1.080", "", "yes"]),
        (
            "brain_mri",
            "one_picture_ms",
            "brain, one picture on one core",
            61.2,
            ["≤ 60 ms", "61 ms", "", "**no**"],
        ),
        (
            "chest_xray",
            "nih_normal_or_pneumonia_auroc",
            "NIH, normal or pneumonia, AUROC",
            0.91,
            ["≥ 0.850", "0.910", "", "yes"],
        ),
    ],
)
def test_a_plain_number_has_no_interval(
    model: str, figure: str, what: str, value: float, cells: list[str]
) -> None:
    assert row(goals_table({model: {figure: value}}), what)[1:] == cells


def test_what_is_not_measured_says_so() -> None:
    lines = goals_table({}).splitlines()
    assert lines[:2] == HEAD
    assert len(lines) == 2 + len(GOALS)
    assert all("| not measured | |" in line for line in lines[2:])
    assert not any("yes" in line or "**no**" in line for line in lines)


def test_a_share_of_no_image_is_not_measured() -> None:
    nothing = {"value": math.nan, "low": math.nan, "high": math.nan, "n": 0}
    table = goals_table({"brain_mri": {"flair_sensitivity": nothing, "coverage_glioma": nothing}})
    assert row(table, "FLAIR, sensitivity")[2] == "not measured"
    assert "nan" not in table
    assert "coverage" not in table


def test_every_line_has_as_many_cells_as_the_head() -> None:
    figures = {
        "brain_mri": {"accuracy_four_classes": share(0.9), "coverage_glioma": share(0.9)},
        "gate": {"calibration_error": 0.01},
    }
    for line in goals_table(figures).splitlines():
        assert line.count("|") == HEAD[0].count("|"), line


@pytest.mark.parametrize(
    ("value", "spread", "reached"), [(0.93, 0.02, "yes"), (0.88, 0.03, "yes"), (0.85, 0.02, "**no**")]
)
def test_coverage_is_reached_within_sampling_error(value: float, spread: float, reached: str) -> None:
    figures = {"brain_mri": {"coverage_meningioma": share(value, 150, spread)}}
    cells = row(goals_table(figures), "brain_mri, coverage of meningioma")
    assert cells[1] == "≥ 90.0 %"
    assert cells[2] == f"{100 * value:.1f} %"
    assert cells[3].endswith("(n = 150)")
    assert cells[4] == reached


def test_each_class_of_each_classifier_has_its_coverage_line() -> None:
    figures = {
        "brain_mri": {"coverage_glioma": share(0.9), "coverage_no_tumor": share(0.91)},
        "chest_xray": {"coverage_normal": share(0.9)},
        "gate": {"coverage_photo": share(0.9)},
    }
    lines = [line for line in goals_table(figures).splitlines() if "coverage of" in line]
    assert [line.split("|")[1].strip() for line in lines] == [
        "brain_mri, coverage of glioma",
        "brain_mri, coverage of no_tumor",
        "chest_xray, coverage of normal",
    ]


def test_no_goal_is_asked_twice() -> None:
    assert len({(goal.model, goal.figure) for goal in GOALS}) == len(GOALS)
    assert len({goal.what for goal in GOALS}) == len(GOALS)
    assert {goal.model for goal in GOALS} == {"brain_mri", "chest_xray", "gate"}


def test_a_goal_is_a_share_of_at_least_so_much_unless_it_says_otherwise() -> None:
    goal = Goal("a", "gate", "b", 0.5)
    assert (goal.below, goal.unit) == (False, "%")
