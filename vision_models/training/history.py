"""How a training went: the log that Keras wrote, and its picture."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vision_models.training.plot_style import (
    COLOURS,
    DASHES,
    INK,
    SMALL,
    dress,
    new_figure,
    percent,
    save,
    whole,
)

#: The copy of a run's log beside the card of the weights that it gave.
LOG_NAME = "training_log.csv"


def read_log(path: Path) -> dict[str, list[float]]:
    """The columns of a ``log.csv`` that Keras' ``CSVLogger`` wrote, one number an epoch."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or "loss" not in rows[0] or "val_loss" not in rows[0]:
        raise ValueError(f"{path} is no log of a training: expected rows with loss and val_loss")
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def training_curves(log: Mapping[str, Sequence[float]], path: Path) -> Path:
    """Loss, share right and, where it was learnt, overlap of the regions, by epoch; the kept epoch marked."""
    kept = int(np.argmin(log["val_loss"]))
    panels = [
        ("Loss", "loss"),
        ("Share right", _ending(log, "in_set")),
        ("Region overlap", _ending(log, "dice")),
    ]
    shown = [(title, column) for title, column in panels if column]
    figure = new_figure(3.9)
    grid = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, (title, column) in zip(grid, shown, strict=True):
        dress(axes, "Epoch", "", title)
        whole(axes, "x", 6)
        for colour, dashes, name in zip(COLOURS, DASHES, (column, f"val_{column}"), strict=False):
            values = log[name]
            axes.plot(range(1, len(values) + 1), values, color=colour, linestyle=dashes, linewidth=2.2)
        if column == "loss":
            axes.set_ylim(bottom=0)
        else:
            percent(axes, "y")
        best = log[f"val_{column}"][kept]
        axes.plot(kept + 1, best, "o", color=COLOURS[1], markersize=8, markeredgecolor="white")
    figure.legend(
        handles=grid[0].get_lines(),
        labels=["training images, made harder", "validation images", "the epoch that was kept"],
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
    )
    return save(figure, path)


def _ending(log: Mapping[str, Sequence[float]], end: str) -> str:
    """The name of the first column with this ending that has its ``val_`` twin; empty where there is none."""
    names = [name for name in log if name.endswith(end) and f"val_{name}" in log]
    return names[0] if names else ""
