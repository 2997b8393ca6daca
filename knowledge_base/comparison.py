"""The search's figures beside their goals, its first run and the other ways of searching: one table."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.schema import LANGUAGES, Language

HERE = Path(__file__).parent
#: Today's figures of Galeno, of words alone and of its own encoder alone.
FIGURES = "figures.toml"
#: Other encoders, each alone.
BESIDE = "figures_beside.toml"
#: What the very first measurement on these questions said. Nothing writes it again.
FIRST_RUN = "figures_first_run.toml"

OURS = "galeno"
#: Galeno's search as the others are measured: they always cite something.
WITHOUT_FLOOR = "galeno_without_floor"
SHARES = ("topic_in_first_3", "topic_and_section_in_first_3")
#: What the project wants of the search: at least this, or at most that.
AT_LEAST = {"topic_in_first_3": 0.97, "topic_and_section_in_first_3": 0.92, "mrr": 0.88}
AT_MOST = {"languages_apart": 0.02, "out_of_scope_answered": 0.04, "median_query_ms": 12.0}
#: What it must be better than.
TO_BEAT = ("bm25_alone", "all-MiniLM-L6-v2", "multilingual-e5-small")

WORDS = {
    "topic_in_first_3": "right topic in the first three",
    "topic_and_section_in_first_3": "right topic and section in the first three",
    "mrr": "place of the first right passage (MRR)",
    "languages_apart": "the languages apart, in points",
    "out_of_scope_answered": "out of scope, yet given a medical passage",
    "median_query_ms": "time of a query, median on one core",
    "galeno": "Galeno",
    WITHOUT_FLOOR: "Galeno without its floor",
    "bm25_alone": "words alone (BM25)",
    "dense_alone": "Galeno's encoder alone",
    "all-MiniLM-L6-v2": "all-MiniLM-L6-v2 alone",
    "multilingual-e5-small": "multilingual-e5-small alone, untuned",
}
LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}

#: A file of figures: tables by way of searching and language, and ``speed``.
Tables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure by way of searching, ``None`` where it was not measured.

    ``language`` is ``None`` for a figure of both languages together. Shares are 0..1, times milliseconds.
    """

    figure: str
    language: Language | None
    values: dict[str, float | None]
    first_run: float | None

    @property
    def goal(self) -> float:
        return AT_LEAST[self.figure] if self.figure in AT_LEAST else AT_MOST[self.figure]

    @property
    def is_reached(self) -> bool:
        value = self.values[OURS]
        if value is None:
            return False
        return value >= self.goal if self.figure in AT_LEAST else value <= self.goal


def read_figures(folder: Path = HERE) -> dict[str, Any]:
    """The stored figures, with those of the other encoders where they are of the same articles.

    Raises ``FileNotFoundError`` where there are none.
    """
    figures = tomllib.loads((folder / FIGURES).read_text("utf-8"))
    return read_beside(figures.get("articles", ""), folder) | figures


def read_beside(articles: str, folder: Path = HERE) -> dict[str, Any]:
    """The figures of the other encoders; empty where they are missing, or of other articles than these."""
    path = folder / BESIDE
    beside = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    return beside if beside.get("articles") == articles else {}


def read_first_run(folder: Path = HERE) -> dict[str, Any]:
    """Empty where the file is missing."""
    path = folder / FIRST_RUN
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def ways_of(figures: Tables) -> list[str]:
    """The ways of searching that were measured: Galeno's, what it must beat, then any others."""
    measured = [name for name, table in figures.items() if isinstance(table, dict) and name != "speed"]
    first = [way for way in (OURS, WITHOUT_FLOOR, *TO_BEAT) if way in measured]
    return first + [way for way in measured if way not in first]


def rows_of(figures: Tables, first_run: Tables) -> list[Row]:
    """Every figure that has a goal, by language where it differs by language."""
    rows = []
    for figure in (*AT_LEAST, *AT_MOST):
        languages = (None,) if figure in ("languages_apart", "median_query_ms") else LANGUAGES
        for language in languages:
            values = {way: _value(figures, way, figure, language) for way in ways_of(figures)}
            rows.append(Row(figure, language, values, _value(first_run, OURS, figure, language)))
    return rows


def is_beaten(figures: Tables, way: str) -> bool:
    """Whether Galeno, without its floor, is better in both languages: topics no fewer, sections more, MRR
    higher."""
    for language in LANGUAGES:
        for figure in AT_LEAST:
            ours, theirs = (_value(figures, name, figure, language) for name in (WITHOUT_FLOOR, way))
            if ours is None or theirs is None or ours < theirs:
                return False
            if ours == theirs and figure != "topic_in_first_3":
                return False
    return True


def goals_reached(figures: Tables) -> dict[str, bool]:
    """Every goal in words, and whether it is reached; one that was not measured is not."""
    reached = {_label(row): row.is_reached for row in rows_of(figures, {})}
    return reached | {f"better than {WORDS[way]}": is_beaten(figures, way) for way in TO_BEAT}


def as_markdown(figures: Tables, first_run: Tables) -> str:
    """The table that the evaluation prints and the README quotes."""
    ways = ways_of(figures)
    rivals = [way for way in ways if way != OURS]
    lines = [["", "Galeno", "goal", "reached", "first run", *(WORDS.get(way, way) for way in rivals)]]
    for row in rows_of(figures, first_run):
        sign = "≥" if row.figure in AT_LEAST else "≤"
        shown = [_shown(row.figure, row.values[way]) for way in rivals]
        today, before = _shown(row.figure, row.values[OURS]), _shown(row.figure, row.first_run)
        goal = f"{sign} {_shown(row.figure, row.goal)}"
        lines.append([_label(row), today, goal, _yes(row.is_reached), before, *shown])
    beaten = ["" if way == WITHOUT_FLOOR else _yes(is_beaten(figures, way)) for way in rivals]
    missing = any(way not in ways for way in TO_BEAT)
    all_beaten = "not all measured" if missing else _yes(all(is_beaten(figures, way) for way in TO_BEAT))
    lines.append(
        [
            "Galeno without its floor is better, in both languages",
            "",
            "BM25, MiniLM, e5",
            all_beaten,
            "",
            *beaten,
        ]
    )
    return _aligned(lines)


def _value(tables: Tables, way: str, figure: str, language: Language | None) -> float | None:
    if figure == "median_query_ms":
        table = tables.get("speed", {}) if way == OURS else {}
    elif figure == "languages_apart":
        here, there = (tables.get(way, {}).get(language) for language in LANGUAGES)
        table = {figure: max(abs(here[share] - there[share]) for share in SHARES)} if here and there else {}
    else:
        table = tables.get(way, {}).get(language, {})
    return round(table[figure], 4) if figure in table else None


def _label(row: Row) -> str:
    return f"{WORDS[row.figure]}, {LANGUAGE_NAMES[row.language]}" if row.language else WORDS[row.figure]


def _shown(figure: str, value: float | None) -> str:
    if value is None:
        return ""
    if figure == "median_query_ms":
        return f"{value:.1f} ms"
    if figure == "languages_apart":
        return f"{100 * value:.1f}"
    return f"{value:.3f}" if figure == "mrr" else f"{100 * value:.1f} %"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    padded = (" | ".join(map(str.ljust, line, widths)) for line in lines)
    return "".join(f"| {line} |\n" for line in padded)
