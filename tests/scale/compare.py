"""Whether two tables say the same."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet

#: How far apart a probability may be that two machines compute.
CLOSE = 1e-4


def read_table(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(path).to_pylist())
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def differing(first: Path, second: Path) -> list[str]:
    """The paths of rows that differ in a label, or in a probability by more than ``CLOSE``; raises
    ``ValueError`` where there is a row more or less."""
    pairs = zip(read_table(first), read_table(second), strict=True)
    return [one["path"] for one, other in pairs if not _same(one, other)]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        _close(value, other[name]) if name.startswith("p_") else value == other[name]
        for name, value in one.items()
    )


def _close(one: Any, other: Any) -> bool:
    """Of two probabilities, or none: an empty text in one form of table, null in the other."""
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    return abs(float(one) - float(other)) <= CLOSE
