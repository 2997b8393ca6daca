"""The tables of a model's report, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vision_models.training.comparisons import LOGS_NAME
from vision_models.training.data import OPEN_CAUSE
from vision_models.training.intervals import Interval, rates, share
from vision_models.training.outcomes import Flags, Outcomes

NOTHING = "–"

#: How the column of one source begins in a row of ``comparisons``.
_OF_SOURCE = "accuracy_"


def figures_table(figures: Mapping[str, Any], heading: str = "figure (test split)") -> str:
    """A Markdown table: a share with its 95 % interval and number of images, or a plain number."""
    lines = [f"| {heading} | value | 95 % interval | images |", "|---|---|---|---|"]
    for name, figure in figures.items():
        if isinstance(figure, Mapping) and figure["n"] == 0:
            lines.append(f"| {name} | not measured | | 0 |")
        elif isinstance(figure, Mapping):
            low, high = f"{100 * figure['low']:.1f}", f"{100 * figure['high']:.1f}"
            value = f"{100 * figure['value']:.1f} %"
            lines.append(f"| {name} | {value} | {low} to {high} | {figure['n']} |")
        else:
            lines.append(f"| {name} | {figure} | | |")
    return "\n".join(lines) + "\n"


def class_table(found: Outcomes, positive: str) -> str:
    """Each class against all others, and ``positive`` (any illness, any scan) against the rest."""
    groups = np.array(found.groups)
    rows = []
    for name in found.class_names:
        said, true, known = found.one_against_rest(name)
        one = rates(said[known], true[known], list(groups[known]))
        shares = (one.sensitivity, one.specificity, one.precision)
        rows.append((name, int(true.sum()), *map(_with_interval, shares)))
    whole = rates(found.called_positive, found.positive, found.groups)
    shares = (whole.sensitivity, whole.specificity, whole.precision)
    rows.append((f"**{positive}**", int(found.positive.sum()), *map(_with_interval, shares)))
    return _table(("class", "images", "sensitivity", "specificity", "precision"), rows)


def part_table(found: Outcomes, heading: str, parts: Mapping[str, Flags]) -> str:
    """The same questions asked of each part of the test split (a source, an age group)."""
    groups = np.array(found.groups)
    columns = [heading, "images", "groups", "right", "sensitivity", "specificity"]
    if found.abstained is not None:
        columns.append("left open")
    rows = []
    for name, part in parts.items():
        own = list(groups[part])
        one = rates(found.called_positive[part], found.positive[part], own)
        shares = [share(found.right[part], own), one.sensitivity, one.specificity]
        if found.abstained is not None:
            shares.append(share(found.abstained[part], own))
        rows.append((name, int(part.sum()), len(set(own)), *map(_with_interval, shares)))
    return _table(columns, rows)


def sources_of(found: Outcomes) -> dict[str, Flags]:
    """Which images come from each source."""
    return _parts([sample.source for sample in found.samples])


def ages_of(found: Outcomes) -> dict[str, Flags]:
    """Which images are of each age group; none where the age of some is not known."""
    ages = [sample.age_group for sample in found.samples]
    return _parts(ages) if all(ages) else {}


def twins_of(found: Outcomes) -> dict[str, Flags]:
    """Which images have a copy among the training pictures and which do not, in each source that has any."""
    parts = {}
    for source, rows in sources_of(found).items():
        if (rows & found.twinned).any():
            parts[f"{source}, without a twin"] = rows & ~found.twinned
            parts[f"{source}, with a twin"] = rows & found.twinned
    return {name: rows for name, rows in parts.items() if rows.any()}


def failures_table(found: Outcomes, chosen: Sequence[int]) -> str:
    rows = [
        (
            number,
            f"`{found.samples[index].file}`",
            found.samples[index].source,
            truth_in_words(found, index),
            found.said[index],
            f"{100 * found.probability[index]:.1f} %",
            "yes" if found.abstained is not None and found.abstained[index] else "no",
        )
        for number, index in enumerate(chosen, 1)
    ]
    return _table(("", "file in the pack", "source", "it is", "said", "probability", "left open"), rows)


def truth_in_words(found: Outcomes, index: int) -> str:
    """A set of possible labels is named as one."""
    labels = found.samples[index].labels
    return found.truth[index] if len(labels) == 1 else f"{OPEN_CAUSE} ({' or '.join(labels)})"


def comparisons_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """One row a compared training, its log linked; a share that could not be measured is a dash."""
    sources = sorted({key for row in rows for key in row if key.startswith(_OF_SOURCE)})
    shares = {"accuracy": "right", "sensitivity": "sensitivity", "specificity": "specificity"}
    shares |= {key: f"right, {key.removeprefix(_OF_SOURCE)}" for key in sources}
    lines = [
        (
            f"[{row['key']}]({LOGS_NAME}/{row['key']}.csv)",
            row["what"],
            row["pixels"],
            row["epochs"],
            f"{row['weights'] / 1e6:.2f} M",
            row["images"],
            *(_percent(row.get(key)) for key in shares),
            row["auroc"] or NOTHING,
        )
        for row in rows
    ]
    return _table(
        ("training", "what differs", "px", "epochs", "weights", "images", *shares.values(), "AUROC"), lines
    )


def folds_in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Mean and range of the folds of a cross-validation; empty where none was run."""
    right = [100 * row["accuracy"] for row in rows if row["key"].startswith("fold_")]
    if not right:
        return ""
    spread = f"{min(right):.1f} to {max(right):.1f}"
    return f"Over {len(right)} folds: {np.mean(right):.1f} % right ({spread}).\n"


def _parts(names: Sequence[str]) -> dict[str, Flags]:
    array = np.array(names)
    return {str(name): array == name for name in np.unique(array)}


def _with_interval(interval: Interval) -> str:
    if interval.n == 0:
        return NOTHING
    value, low, high = (100 * share for share in (interval.value, interval.low, interval.high))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})" + ("" if interval.is_firm else " †")


def _percent(share: float | str | None) -> str:
    return f"{100 * share:.1f} %" if isinstance(share, float) else NOTHING


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"
