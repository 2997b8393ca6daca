"""What the readings are meant to reach, beside what they reach today."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """``figure`` of ``model``'s card is meant to be at least ``reach`` (or at most, where ``below``).

    ``unit``: ``%`` for a proportion, which is shown in per cent.
    """

    what: str
    model: str
    figure: str
    reach: float
    below: bool = False
    unit: Literal["%", "ms", ""] = "%"


GOALS = (
    Goal("brain, four classes", "brain_mri", "accuracy_four_classes", 0.97),
    Goal("brain, tumor sensitivity", "brain_mri", "tumor_sensitivity", 0.985),
    Goal("brain, tumor specificity", "brain_mri", "tumor_specificity", 0.985),
    Goal("brain, tumor or not", "brain_mri", "tumor_or_not", 0.985),
    Goal("brain, tumor or not, loss", "brain_mri", "tumor_or_not_loss", 0.06, below=True, unit=""),
    Goal("brain, published split (it leaks)", "brain_mri", "published_split", 0.993),
    Goal("FLAIR, sensitivity", "brain_mri", "flair_sensitivity", 0.93),
    Goal("FLAIR, specificity", "brain_mri", "flair_specificity", 0.88),
    Goal("tumor region, Dice", "brain_mri", "dice_nickparvar", 0.78),
    Goal("pointing game, heat map", "brain_mri", "pointing_game_nickparvar", 0.95),
    Goal("brain, calibration error", "brain_mri", "calibration_error", 0.03, below=True, unit=""),
    Goal("brain, mean set size", "brain_mri", "mean_set_size", 1.2, below=True, unit=""),
    Goal("brain, abstained", "brain_mri", "abstained", 0.10, below=True),
    Goal("brain, one picture on one core", "brain_mri", "one_picture_ms", 60, below=True, unit="ms"),
    Goal(
        "Kermany, pneumonia or not (published test)",
        "chest_xray",
        "kermany_published_test_pneumonia_or_not",
        0.95,
    ),
    Goal(
        "Kermany, three classes (published test)", "chest_xray", "kermany_published_test_three_classes", 0.91
    ),
    Goal("adults, normal or covid19", "chest_xray", "adults_normal_or_covid19", 0.97),
    Goal("NIH, normal or pneumonia, AUROC", "chest_xray", "nih_normal_or_pneumonia_auroc", 0.85, unit=""),
    Goal("NIH pneumonia not called covid19", "chest_xray", "nih_pneumonia_not_called_covid19", 0.90),
    Goal("chest, calibration error", "chest_xray", "calibration_error", 0.03, below=True, unit=""),
    Goal("chest, mean set size", "chest_xray", "mean_set_size", 1.2, below=True, unit=""),
    Goal("chest, abstained", "chest_xray", "abstained", 0.10, below=True),
    Goal("chest, one picture on one core", "chest_xray", "one_picture_ms", 60, below=True, unit="ms"),
    Goal("gate, scans let through", "gate", "scans_let_through", 0.99),
    Goal("gate, far misses let through", "gate", "far_misses_let_through", 0.005, below=True),
    Goal("gate, near misses let through", "gate", "near_misses_let_through", 0.04, below=True),
    Goal("gate, calibration error", "gate", "calibration_error", 0.03, below=True, unit=""),
)


def goals_table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table of all goals; ``figures`` are those of the cards, by model."""
    lines = ["| what | reach | today | 95 % interval | reached |", "|---|---|---|---|---|"]
    for goal in GOALS:
        figure = figures.get(goal.model, {}).get(goal.figure)
        sign = "≤" if goal.below else "≥"
        lines.append(f"| {goal.what} | {sign} {_number(goal.reach, goal)} | {_today(figure, goal)} |")
    return "\n".join([*lines, *_coverage(figures)]) + "\n"


def _today(figure: Any, goal: Goal) -> str:
    if figure is None or (isinstance(figure, Mapping) and figure["n"] == 0):
        return "not measured | | "
    interval = ""
    value = figure
    if isinstance(figure, Mapping):
        value = figure["value"]
        interval = f"{_number(figure['low'], goal)} to {_number(figure['high'], goal)} (n = {figure['n']})"
    reached = value <= goal.reach if goal.below else value >= goal.reach
    return f"{_number(value, goal)} | {interval} | {'yes' if reached else '**no**'}"


def _coverage(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line for each class of each classifier: 90 % covered, within sampling error."""
    lines = []
    for model in ("brain_mri", "chest_xray"):
        for name, figure in figures.get(model, {}).items():
            if name.startswith("coverage_") and figure["n"]:
                share = Goal("", model, name, 0.9)
                interval = f"{_number(figure['low'], share)} to {_number(figure['high'], share)}"
                reached = "yes" if figure["high"] >= share.reach else "**no**"
                what = f"{model}, coverage of {name.removeprefix('coverage_')}"
                value = _number(figure["value"], share)
                lines.append(f"| {what} | ≥ 90.0 % | {value} | {interval} (n = {figure['n']}) | {reached} |")
    return lines


def _number(value: float, goal: Goal) -> str:
    return {"%": f"{100 * value:.1f} %", "ms": f"{value:.0f} ms", "": f"{value:.3f}"}[goal.unit]
