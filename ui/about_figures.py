"""The models on the About page, each with its measured figures and its report."""

import logging
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.conversation import Language
from knowledge_base.comparison import read_figures
from ui.escaping import escape
from ui.model_reports import model_report
from ui.search_figures import search_table
from ui.texts import Texts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; ``low`` and ``high`` are its interval and ``count`` its cases, where known."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    count: int | None = None


def figures_of(table: Mapping[str, Any], prefix: str = "") -> Iterator[Figure]:
    """The numbers of a table, in its order; names of nested tables are joined by ``_``.

    A table with ``value``, ``low``, ``high`` and ``n`` is one number with its interval.
    """
    for name, value in table.items():
        if isinstance(value, dict) and value.keys() >= {"value", "low", "high", "n"}:
            yield Figure(f"{prefix}{name}", value["value"], value["low"], value["high"], value["n"])
        elif isinstance(value, dict):
            yield from figures_of(value, f"{prefix}{name}_")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield Figure(f"{prefix}{name}", float(value))


def models_section(texts: Texts, root: Path) -> str:
    """The tables of all models whose figures are in the checkout ``root``, or a sentence that none are."""
    cards = sorted((root / "vision_models" / "models").glob("*/card.toml"))
    tables = "".join(_card(path, path.parent.name, texts) for path in cards)
    for package in ("intents", "knowledge_base"):
        path = root / package / "figures.toml"
        if path.is_file():
            tables += _card(path, package, texts)
    body = tables or f"<p>{escape(texts('about.models_none'))}</p>"
    return f"<p>{escape(texts('about.models_text'))}</p>{body}"


def number(value: float, language: Language) -> str:
    """Counts whole, all else with three decimals, in the way of the language."""
    text = f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 2 else f"{value:.3f}"
    return text.replace(",", "\u00a0").replace(".", ",") if language == "es" else text


def _card(path: Path, name: str, texts: Texts) -> str:
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
        search = read_figures(path.parent) if name == "knowledge_base" else None
    except (OSError, tomllib.TOMLDecodeError):
        logger.warning("no figures of %s: %s cannot be read", name, path)
        return ""
    # A figures.toml is figures from its first line; a card has them in a table of its own.
    figures = tuple(figures_of(card.get("figures", {}) if path.name == "card.toml" else card))
    version = card.get("facts", {}).get("version")
    caption = escape(texts.name("models", name))
    if version is not None:
        caption += f" <span>{escape(texts('about.version', version=version))}</span>"
    # Those with a name for everyone stand in sight; the rest, under the code's own names, is folded.
    named = [figure for figure in figures if texts.has("figures", figure.name)]
    rest = [figure for figure in figures if not texts.has("figures", figure.name)]
    every = escape(texts("about.all"))
    folded = _table(f'<caption class="g-hidden">{caption}. {every}</caption>', rest, texts)
    folded = f"<details><summary>{every}</summary>{folded}</details>"
    report = model_report(path.parent, texts) if path.name == "card.toml" else ""
    table = _table(f"<caption>{caption}</caption>", named, texts)
    if search is not None:
        table = search_table(search, caption, texts)
    return table + (folded if rest else "") + report


def _table(caption: str, figures: Sequence[Figure], texts: Texts) -> str:
    columns = "".join(f'<th scope="col">{escape(texts(f"about.{key}"))}</th>' for key in ("figure", "value"))
    rows = "".join(
        f'<tr><th scope="row">{escape(texts.name("figures", figure.name))}</th>'
        f"<td>{escape(_value(figure, texts))}</td></tr>"
        for figure in figures
    )
    return f"<table>{caption}<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _value(figure: Figure, texts: Texts) -> str:
    """A figure in the way of its language: counts whole, shares with three decimals and their interval."""
    text = number(figure.value, texts.language)
    if figure.low is None or figure.high is None or figure.count is None:
        return text
    low, high = number(figure.low, texts.language), number(figure.high, texts.language)
    return f"{text} ({low}–{high}; n = {number(figure.count, texts.language)})"
