"""What a figure is meant to reach, and the table that shows it beside what it reaches today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

#: Figures by name; shares are 0..1, times milliseconds.
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """``figure`` is meant to be at least ``reach``, or at most, where ``below``; ``None`` is only shown.

    ``unit``: ``%`` for a share of 0..1, which is shown in per cent.
    """

    what: str
    figure: str
    reach: float | None = None
    below: bool = False
    unit: Literal["%", "ms", ""] = "%"

    def is_reached(self, table: Table) -> bool:
        """A figure that was not measured, or that has no goal, reaches none."""
        value = table.get(self.figure)
        if value is None or self.reach is None:
            return False
        return bool(value <= self.reach if self.below else value >= self.reach)

    def gain(self, today: float, before: float) -> float:
        """How much better (above 0) ``today`` is."""
        return before - today if self.below else today - before


def by_language(
    what: str, figure: str, reach: float | None = None, *, below: bool = False
) -> tuple[Goal, ...]:
    """The goal of a share over both languages (``figure``), and of each (``figure_en``, ``figure_es``)."""
    where = {"": "", "_en": ", English", "_es": ", Spanish"}
    return tuple(Goal(f"{what}{words}", f"{figure}{at}", reach, below) for at, words in where.items())


def as_markdown(goals: Sequence[Goal], today: Table, others: Mapping[str, Table]) -> str:
    """A row for each goal whose figure was measured; ``others`` are further columns by their heading."""
    lines = [["", "today", "goal", "reached", *others]]
    for goal in goals:
        if goal.figure not in today:
            continue
        sign = "≤" if goal.below else "≥"
        bound = "" if goal.reach is None else f"{sign} {_shown(goal, goal.reach)}"
        reached = "" if goal.reach is None else "yes" if goal.is_reached(today) else "no"
        beside = [_shown(goal, table.get(goal.figure)) for table in others.values()]
        lines.append([goal.what, _shown(goal, today[goal.figure]), bound, reached, *beside])
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its first line the headings."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    ruled = [lines[0], ["-" * width for width in widths], *lines[1:]]
    padded = (" | ".join(map(str.ljust, line, widths)) for line in ruled)
    return "".join(f"| {line} |\n" for line in padded)


def keep_first(path: Path, text: str) -> None:
    """Writes the figures of a first run; a file that stands there already is left alone for ever."""
    if not path.exists():
        path.write_text(text, encoding="utf-8")


def _shown(goal: Goal, value: float | None) -> str:
    if value is None:
        return ""
    if goal.unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.2f} ms" if goal.unit == "ms" else f"{value:g}"
