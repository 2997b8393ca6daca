"""Writes the figures of a card into its README, between two marks; the prose around them is a person's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vision_models.card import MODELS, load_card

BEGIN, END = "<!-- figures: written by `python -m vision_models report` -->", "<!-- end of figures -->"


def report(model: str, folder: Path = MODELS) -> Path:
    """Rewrites the figures in ``<folder>/<model>/README.md`` from its card; returns the path.

    Raises ``ValueError`` where the README lacks the marks.
    """
    card = load_card(model, folder)
    path = folder / model / "README.md"
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no line {BEGIN!r} followed by {END!r}: put them where figures belong")
    body = figures_table(card.figures)
    facts = f"Version {card.version}, weights `{card.sha256[:12]}…`, temperature {card.temperature}.\n"
    path.write_text(f"{head}{BEGIN}\n\n{facts}\n{body}\n{END}{tail}", encoding="utf-8")
    return path


def figures_table(figures: Mapping[str, Any]) -> str:
    """A Markdown table: a share with its 95 % interval and number of images, or a plain number."""
    lines = ["| figure (test split) | value | 95 % interval | images |", "|---|---|---|---|"]
    for name, figure in figures.items():
        if isinstance(figure, Mapping):
            low, high = f"{100 * figure['low']:.1f}", f"{100 * figure['high']:.1f}"
            value = f"{100 * figure['value']:.1f} %"
            lines.append(f"| {name} | {value} | {low} to {high} | {figure['n']} |")
        else:
            lines.append(f"| {name} | {figure} | | |")
    return "\n".join(lines) + "\n"
