"""The look that the plots of the reports share: paper, ink, and colours that everyone can tell apart."""

import io
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator, StrMethodFormatter
from PIL import Image

#: Inches of 100 CSS pixels each: a plot is 900 pixels wide on a page, and sharp on a dense screen.
WIDTH = 9.0
DPI = 200

PAPER, INK, QUIET, FAINT, GRID = "#ffffff", "#2a2925", "#59534a", "#d2cbbf", "#e6e1d8"
#: Okabe and Ito (2008), told apart with any colour vision; those that read well on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), "-.", (0, (3, 1, 1, 1)), (0, (8, 2)))

#: Colours of a written picture.
PALETTE = 128

#: Words of the code's names that are written otherwise.
SPELLED = {
    "mri": "MRI", "ct": "CT", "xray": "X-ray", "chestxray14": "ChestX-ray14", "covid19": "COVID-19",
    "lgg": "LGG", "flair": "FLAIR", "nih": "NIH", "kermany": "Kermany", "nickparvar": "Nickparvar",
}  # fmt: skip

TEXT, SMALL, TINY = 12.0, 10.5, 9.0


def new_figure(height: float) -> Figure:
    """An empty figure, ``WIDTH`` wide."""
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12, wspace=0.03)
    return Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER, layout=layout)


def dress(axes: Axes, x: str, y: str, title: str = "", grid: Literal["x", "y", "both"] = "y") -> None:
    """Axis titles, a quiet grid along ``grid`` (``x``, ``y``, ``both``), no box."""
    axes.set_xlabel(x, fontsize=TEXT, color=INK, labelpad=7)
    axes.set_ylabel(y, fontsize=TEXT, color=INK, labelpad=7)
    if title:
        axes.set_title(title, fontsize=TEXT + 1, color=INK, loc="left", pad=12, fontweight="bold")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
    axes.tick_params(labelsize=SMALL, colors=QUIET, length=3)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)


def percent(axes: Axes, which: str = "xy") -> None:
    """Shares written as percent on the axes named."""
    for axis in (axes.xaxis if name == "x" else axes.yaxis for name in which):
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))


def whole(axes: Axes, which: Literal["x", "y"], most: int) -> None:
    """At most so many ticks on that axis, all of them whole numbers."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(most, integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def in_words(name: str) -> str:
    """A class or source of the code as a person writes it."""
    return " ".join(SPELLED.get(word, word) for word in name.split("_"))


def save(figure: Figure, path: Path) -> Path:
    """Writes the PNG in few colours, so that it is small; the same figure gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(PALETTE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    return path
