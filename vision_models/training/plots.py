"""The pictures of a model's report: arrays in, one PNG out."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from vision_models.calibration import expected_calibration_error
from vision_models.training.measure import proportion
from vision_models.training.plot_style import (
    COLOURS,
    DASHES,
    FAINT,
    INK,
    QUIET,
    SMALL,
    TEXT,
    TINY,
    WIDTH,
    dress,
    in_words,
    new_figure,
    percent,
    save,
    whole,
)

BINS = 15
#: Below so many answers kept an error rate is noise.
FEWEST_KEPT = 25
FEWEST_IN_BIN = 10
#: Curves with more area than this can only be told apart in their corner.
NEARLY_ALL = 0.99

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: ``score (N,)`` 0..1 against ``positive (N,)``; ``called (N,)`` is what is served."""

    name: str
    score: Floats
    positive: Flags
    called: Flags


def confusion_matrix(counts: NDArray[np.integer], names: Sequence[str], path: Path) -> Path:
    """``counts (K, K)``: rows what it is, columns what was said. Colour and percent are shares of a row."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    size = len(names)
    many = size > 6
    figure = new_figure(WIDTH * (0.9 if many else 0.62))
    axes = figure.add_subplot()
    lagoon = LinearSegmentedColormap.from_list("lagoon", ["#f7f5f1", "#b9dedb", "#4daba5", "#0f605d"])
    axes.imshow(shares, cmap=lagoon, vmin=0, vmax=1, aspect="auto")
    dress(axes, "What the model said", "What it is")
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    labels = [in_words(name) for name in names]
    axes.set_xticks(range(size), [_folded(label) for label in labels], rotation=45 if many else 0)
    if many:
        for tick in axes.get_xticklabels():
            tick.set(ha="right", va="top", rotation_mode="anchor")
    rows = [f"{_folded(label)}\n({total:,})" for label, total in zip(labels, totals[:, 0], strict=True)]
    axes.set_yticks(range(size), rows if not many else [row.replace("\n", " ") for row in rows])
    axes.tick_params(length=0, labelcolor=INK)
    # White lines between the cells.
    axes.set_xticks(np.arange(size - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(size - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            _cell(axes, column, row, int(count), float(shares[row, column]), many)
    return save(figure, path)


def roc_and_precision(lines: Sequence[Line], found: str, path: Path) -> Path:
    """ROC and precision-recall curves side by side; a dot is the decision that is served.

    ``found``: what sensitivity is the share of, in words. Each line needs both kinds of image. Where every
    curve hugs its corner, only the corner is shown.
    """
    areas = [float(roc_auc_score(line.positive, line.score)) for line in lines]
    corner = min(areas) > NEARLY_ALL
    figure = new_figure(WIDTH * 0.51 + 0.25 * len(lines))
    roc, recall = figure.subplots(1, 2)
    titles = (
        ("ROC: upper left corner", "Precision-recall: its corner") if corner else ("ROC", "Precision-recall")
    )
    dress(roc, "False alarms (1 − specificity)", f"{found} (sensitivity)", titles[0], grid="both")
    dress(recall, f"{found} (sensitivity)", "Right when it says so (precision)", titles[1], grid="both")
    if not corner:
        _coin(roc)
    for colour, dashes, line, area in zip(COLOURS, DASHES, lines, areas, strict=False):
        average = average_precision_score(line.positive, line.score)
        false, hits, _ = roc_curve(line.positive, line.score)
        precision, hit, _ = precision_recall_curve(line.positive, line.score)
        label = f"area under the ROC {_below_one(area)}, average precision {_below_one(average)}"
        drawn = {"color": colour, "linestyle": dashes, "linewidth": 2.2}
        roc.plot(false, hits, label=f"{in_words(line.name)}: {label}", **drawn)
        recall.plot(hit, precision, **drawn)
        dot = {"marker": "o", "color": colour, "markersize": 9, "markeredgecolor": "white", "zorder": 5}
        found_share = line.called[line.positive].mean()
        roc.plot(line.called[~line.positive].mean(), found_share, **dot)
        if line.called.any():
            recall.plot(found_share, line.positive[line.called].mean(), **dot)
    near, far = ((-0.002, 0.102), (0.898, 1.002)) if corner else ((-0.02, 1.02), (-0.02, 1.02))
    roc.set(xlim=near, ylim=far, box_aspect=1)
    recall.set(xlim=far, ylim=far, box_aspect=1)
    for axes in (roc, recall):
        percent(axes)
    figure.legend(loc="outside lower center", frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=3)
    return save(figure, path)


def reliability(confidence: Floats, correct: Flags, path: Path) -> Path:
    """How often the model is right at each confidence, in 15 bins, over a histogram of the confidences.

    ``confidence (N,)`` 0..1: the highest probability of each image; ``correct (N,)``. Bins of few images
    are drawn faintly.
    """
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(index, minlength=BINS)
    error = expected_calibration_error(confidence, correct, BINS)
    figure = new_figure(WIDTH * 0.66)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    dress(upper, "", "How often it is right", f"Calibration error: {100 * error:.1f} points", grid="both")
    upper.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (2, 3)))
    for x, y, text in (
        (0.06, 0.86, "more often right than it says"),
        (0.6, 0.1, "less often right than it says"),
    ):
        upper.text(x, y, text, transform=upper.transAxes, fontsize=SMALL, color=QUIET)
    steady = []
    for b in np.flatnonzero(counts):
        mean, share = float(confidence[index == b].mean()), proportion(correct[index == b])
        strong = counts[b] >= FEWEST_IN_BIN
        colours = (COLOURS[0], COLOURS[5]) if strong else (FAINT, FAINT)
        upper.plot([mean, mean], [share["low"], share["high"]], color=colours[1], linewidth=2.4, zorder=2)
        upper.plot(
            mean, share["value"], "o", color=colours[0], markersize=8, markeredgecolor="white", zorder=4
        )
        if strong:
            steady.append((mean, share["value"]))
    if steady:
        upper.plot(*zip(*steady, strict=True), color=COLOURS[0], linewidth=1.6, zorder=3)
    upper.set(xlim=(index.min() / BINS, 1.005), ylim=(0, 1.03))
    percent(upper)
    dress(lower, "How sure it says it is (its highest probability)", "Images")
    bars = lower.bar((np.arange(BINS) + 0.5) / BINS, counts, width=0.9 / BINS, color=COLOURS[5])
    written = [f"{count:,}" if count else "" for count in counts]
    lower.bar_label(bars, written, padding=2, fontsize=TINY, color=INK)
    lower.set_ylim(0, counts.max() * 1.3)
    whole(lower, "y", 2)
    return save(figure, path)


def risk_coverage(confidence: Floats, right: Flags, abstained: Flags, path: Path) -> Path:
    """Error among the answers kept when the least sure ones are left open first (El-Yaniv and Wiener,
    JMLR 2010). ``abstained (N,)``: those that are left open as served."""
    order = np.argsort(-confidence, kind="stable")
    kept = np.arange(1, len(order) + 1)
    risk = np.cumsum(~right[order]) / kept
    shown = slice(min(FEWEST_KEPT, len(order)) - 1, None)
    figure = new_figure(WIDTH * 0.5)
    axes = figure.add_subplot()
    dress(axes, "Share of images that get a firm answer, the surest first", "Wrong among the firm answers")
    axes.plot(
        kept[shown] / len(order), risk[shown], color=COLOURS[0], linewidth=2.2,
        label=f"if all are answered, {100 * risk[-1]:.1f} % are wrong",
    )  # fmt: skip
    highest = float(risk[shown].max())
    if not abstained.all():
        share, wrong = float((~abstained).mean()), float((~right[~abstained]).mean())
        axes.plot(
            share, wrong, "o", color=COLOURS[1], markersize=11, markeredgecolor="white",
            label=f"as served: {100 * share:.0f} % are answered, {100 * wrong:.1f} % of those are wrong",
        )  # fmt: skip
        highest = max(highest, wrong)
    axes.set(xlim=(0, 1.01), ylim=(0, max(highest * 1.4, 0.005)))
    axes.legend(loc="upper left", fontsize=TEXT, labelcolor=INK, framealpha=1, edgecolor="none")
    percent(axes)
    return save(figure, path)


def _coin(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (2, 3)))
    axes.text(
        0.5, 0.51, "tossing a coin", rotation=45, rotation_mode="anchor", transform_rotates_text=True,
        ha="center", va="bottom", fontsize=TINY, color=QUIET,
    )  # fmt: skip


def _below_one(value: float) -> str:
    """Three decimals, and 1.000 only for what is one."""
    return f"{value if value == 1 else min(value, 0.999):.3f}"


def _percent(part: float) -> str:
    """Whole percent, and 0 or 100 only for none and all."""
    if 0 < part <= 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= part < 1 else f"{100 * part:.0f} %"


def _folded(label: str) -> str:
    """A long label in several lines."""
    return textwrap.fill(label, 11)


def _cell(axes: Axes, column: int, row: int, count: int, part: float, small: bool) -> None:
    colour, lift = "white" if part > 0.72 else INK, 0.16 if small else 0.1
    big, little = (SMALL, TINY - 1) if small else (15.0, SMALL)
    lines = ((f"{count:,}", -lift, big), (_percent(part), lift + 0.04, little))
    for (text, down, size), weight in zip(lines, ("bold", "normal"), strict=True):
        axes.text(
            column, row + down, text, fontsize=size, fontweight=weight, color=colour, ha="center", va="center"
        )
