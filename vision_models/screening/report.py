"""A run in counts: one page that needs nothing else, without pictures, file names or persons."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vision_models.analysis import CLASS_NAMES
from vision_models.screening.errors import ScreenError
from vision_models.screening.rows import Row

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es")
#: Bars of a histogram.
STEPS = 10


@dataclass(frozen=True, slots=True)
class Facts:
    """``given``: what was named to be read. ``read``: how many images this run read itself, in ``seconds``
    on ``cores``; the others are of an earlier one that it went on from."""

    given: str
    table: str
    models: str
    read: int
    seconds: float
    cores: int


@dataclass(frozen=True, slots=True)
class Line:
    """How often a finding was the likeliest, and how often of these nothing was claimed."""

    finding: str
    count: int
    open: int


@dataclass(frozen=True, slots=True)
class Chart:
    """How many pictures were given which probability of ``finding``, in ``STEPS`` from 0 to 1."""

    finding: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Modality:
    name: str
    count: int
    findings: tuple[Line, ...]
    charts: tuple[Chart, ...]


def write(path: Path, rows: Sequence[Row], facts: Facts, language: str) -> None:
    """Raises ``ScreenError`` where the page cannot be written."""
    try:
        path.write_text(page(rows, facts, language, datetime.now()), encoding="utf-8")
    except OSError as error:
        raise ScreenError(
            f"the table is whole, but the report {path} cannot be written: {error.strerror}"
        ) from error


def page(rows: Sequence[Row], facts: Facts, language: str, ended: datetime) -> str:
    """The page as HTML; ``rows`` are those of the table, one at least."""
    say = _messages(language)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": _count,
        "share": partial(_share, language=language),
        "decimal": partial(_decimal, language=language, places=1),
    }
    return environment.get_template("report.html.jinja").render(
        language=language,
        say=say,
        facts=_facts(rows, facts, say, language, ended),
        total=len(rows),
        verdicts=_counted(row["verdict"] or "error" for row in rows),
        modalities=[found for name in CLASS_NAMES if (found := modality(rows, name)).count],
        reasons=_counted(row["reason"] for row in rows if row["reason"]),
        errors=_counted(row["error"] for row in rows if row["error"]),
    )


def modality(rows: Sequence[Row], name: str) -> Modality:
    """The counts of one modality; ``pneumonia``, where the kind stays open, is a finding without a chart."""
    own = [row for row in rows if row["verdict"] == name]
    likeliest = Counter(row["finding"] for row in own)
    opened = Counter(row["finding"] for row in own if row["abstained"] == "true")
    lines = tuple(Line(finding, count, opened[finding]) for finding, count in likeliest.most_common())
    charts = tuple(
        Chart(finding, histogram([float(row[f"p_{finding}"]) for row in own]))
        for finding in CLASS_NAMES[name]
    )
    return Modality(name, len(own), lines, charts)


def histogram(probabilities: Sequence[float]) -> tuple[int, ...]:
    """Counts in ``STEPS`` of the same width; 1.0 is in the last."""
    counts = Counter(min(int(p * STEPS), STEPS - 1) for p in probabilities)
    return tuple(counts[step] for step in range(STEPS))


def _facts(
    rows: Sequence[Row], facts: Facts, say: dict[str, Any], language: str, ended: datetime
) -> list[tuple[str, str]]:
    rate = facts.read / facts.seconds if facts.read else 0.0
    models = sorted({row["model"] for row in rows if row["model"]})
    lines = [
        (say["source"], facts.given),
        (say["table"], facts.table),
        (say["when"], ended.strftime("%Y-%m-%d %H:%M")),
        (say["images"], _count(len(rows))),
        (say["unreadable"], _count(sum(bool(row["error"]) for row in rows))),
        (say["seconds"], _time(facts.seconds, language)),
        (say["cores"], str(facts.cores)),
        (say["rate"], _decimal(rate, language, 1)),
        (say["rate_core"], _decimal(rate / facts.cores, language, 1)),
        (say["models"], ", ".join((*models, facts.models))),
    ]
    if facts.read < len(rows):
        lines.insert(5, (say["picked_up"], _count(len(rows) - facts.read)))
    return lines


def _messages(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "messages" / f"{language}.toml").read_text(encoding="utf-8"))


def _counted(values: Iterable[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(Counter(values).most_common())


def _time(seconds: float, language: str) -> str:
    if seconds < 60:
        return f"{_decimal(seconds, language, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _count(count: int) -> str:
    """With a thin space between thousands, which reads alike in both languages."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _share(share: float, language: str) -> str:
    return f"{_decimal(100 * share, language, 1)} %" if language == "es" else f"{100 * share:.1f}%"


def _decimal(value: float, language: str, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.replace(".", ",") if language == "es" else text
