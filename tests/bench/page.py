"""From what pytest-benchmark saved to the table of ``docs/BENCHMARKS.md``. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.bench.rows import ROWS, Row


@dataclass(frozen=True, slots=True)
class Measured:
    """A row's ``value`` in its unit, and the ``bare`` limit measured in the same run, where it has one."""

    row: Row
    value: float
    bare: float | None = None

    @property
    def missed(self) -> str:
        return self.row.missed(self.value, self.bare)


def read(benchmarks: Sequence[Mapping[str, Any]]) -> list[Measured]:
    """The rows that were measured, in the order of ``ROWS``, from what pytest-benchmark saved of each."""
    values: dict[str, float] = {}
    bare: dict[str, float] = {}
    for benchmark in benchmarks:
        extra = benchmark["extra_info"]
        value = extra.get("value", 1000 * benchmark["stats"]["median"])
        if "row" in extra:
            values[extra["row"]] = value
        if "bare" in extra:
            bare[extra["row"]] = extra["bare"]
        if "p95" in extra:
            values[extra["p95"]] = 1000 * float(np.percentile(benchmark["stats"]["data"], 95))
    return [Measured(row, values[row.key], bare.get(row.key)) for row in ROWS if row.key in values]


def as_markdown(measured: list[Measured], said: Mapping[str, str], heading: str) -> str:
    """``said``: what was tried where a row's reach was missed, by its key."""
    lines = [
        heading,
        "",
        "| what | reach | today | bare limit beside it | times it | |",
        "|---|---|---|---|---|---|",
        *(_line(found) for found in measured),
    ]
    missed = [found for found in measured if found.missed]
    lines += ["", "Every reach was met." if not missed else "Missed:"]
    lines += [
        f"- {found.row.title}: {found.missed}. {said.get(found.row.key, '')}".rstrip() for found in missed
    ]
    return "\n".join(lines) + "\n"


def accuracy_table(before: Mapping[str, float], now: Mapping[str, float]) -> str:
    """What the readings and the answers are worth, before anything was done for speed and now."""
    lines = ["| figure | before | now |", "|---|---|---|"]
    lines += [f"| {title} | {before[title]:.4f} | {value:.4f} |" for title, value in now.items()]
    return "\n".join(lines) + "\n"


def _line(found: Measured) -> str:
    row = found.row
    sign = "≤" if row.better == "less" else "≥"
    bare = f"{_number(found.bare)} {row.unit} ({row.beside})" if found.bare else ""
    times = f"{row.times(found.value, found.bare):.2f} (≤ {row.ratio})" if found.bare and row.ratio else ""
    verdict = "missed" if found.missed else "met"
    today = f"{_number(found.value)} {row.unit}"
    return f"| {row.title} | {sign} {row.reach:g} {row.unit} | {today} | {bare} | {times} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
