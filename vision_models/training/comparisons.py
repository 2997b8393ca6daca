"""The table of compared trainings beside a model's card: one row a variant, written by ``compare``, and the
log of each."""

import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

COMPARISONS_NAME = "comparisons.toml"

#: The folder of the logs, ``<key>.csv`` each.
LOGS_NAME = "comparisons"


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """The rows of the model whose card lies in ``folder``; none where nothing was compared yet."""
    path = folder / COMPARISONS_NAME
    return list(tomllib.loads(path.read_text(encoding="utf-8"))["run"]) if path.is_file() else []


def write_row(row: Mapping[str, Any], folder: Path, order: Sequence[str] = ()) -> None:
    """Puts the row in, in place of an earlier one with its ``key``; keys stand in ``order``, others after."""
    rows = {old["key"]: old for old in read_rows(folder)} | {row["key"]: dict(row)}
    place = {key: number for number, key in enumerate(order)}
    kept = sorted(rows.values(), key=lambda row: place.get(row["key"], len(place)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPARISONS_NAME).write_text(tomlkit.dumps({"run": kept}), encoding="utf-8")


def keep_log(key: str, log: Path, folder: Path) -> Path:
    """Copies the training log of the variant ``key`` beside the table; returns where it lies."""
    kept = folder / LOGS_NAME / f"{key}.csv"
    kept.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(log, kept))
