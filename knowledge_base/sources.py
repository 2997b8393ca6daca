"""Reads ``sources.toml``: the pages that the passages of one topic rest on."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from knowledge_base.problems import Problem
from knowledge_base.schema import Source

_EMPTY: dict[str, Any] = {"title": "", "publisher": "", "url": "", "year": 0, "fact": "", "checked": date.min}
_FIELDS: dict[str, type[object]] = {
    "title": str,
    "publisher": str,
    "url": str,
    "year": int,
    "fact": str,
    "checked": date,
}


#: Where ``docs/`` is.
_PROJECT = Path(__file__).parents[1]
#: What a source may be: a public page, or one of this project's own.
_PLACES = ("https://", "http://", "docs/")
#: Nothing older is a reviewed page: a smaller year is a slip of the pen.
_OLDEST = 1900


@dataclass(frozen=True, slots=True)
class Sources:
    """One file: its sources and the line of each, by their key, and what is wrong with any of them.

    A source that has something wrong is still there under its key, but empty.
    """

    by_key: dict[str, Source] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_sources(path: Path, today: date | None = None) -> Sources:
    """``today`` refuses what was checked after it, and pages of ``docs/`` that are not there.

    ``None`` leaves both out: the app answers with a wrong clock, and without ``docs/``.
    """
    try:
        text = path.read_text("utf-8")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        return Sources(problems=[Problem(path, 1, "there is no such file: each topic needs its sources")])
    except OSError as error:
        sentence = f"cannot be read ({error.strerror}), expected a text file"
        return Sources(problems=[Problem(path, 1, sentence)])
    except UnicodeDecodeError as error:
        return Sources(problems=[Problem(path, 1, f"is not UTF-8 at byte {error.start}")])
    except tomllib.TOMLDecodeError as error:
        return Sources(problems=[Problem(path, _line_of_error(text, error), f"is not TOML: {error}")])

    sources = Sources()
    for key, table in tables.items():
        line = sources.lines[key] = _line_of(text, key)
        wrong = _wrong_fields(table) or list(_wrong_values(table, today))
        sources.problems.extend(Problem(path, line, f"source {key!r}: {sentence}") for sentence in wrong)
        # A faulty source is still one that is there: its passages are not to blame.
        sources.by_key[key] = Source(key=key, **(_EMPTY if wrong else table))
    return sources


def _wrong_fields(table: Any) -> list[str]:
    if not isinstance(table, dict):
        return [f"is {type(table).__name__}, expected a table with {', '.join(_FIELDS)}"]
    wrong = [f"has no {name!r}" for name in _FIELDS if name not in table]
    wrong += [
        f"has an unknown {name!r}, expected only {', '.join(_FIELDS)}"
        for name in table
        if name not in _FIELDS
    ]
    for name, kind in _FIELDS.items():
        value = table.get(name)
        if value is not None and type(value) is not kind:
            wrong.append(f"{name!r} is {value!r}, expected {'a date' if kind is date else kind.__name__}")
        elif isinstance(value, str) and not value.strip():
            wrong.append(f"{name!r} is empty")
    url = table.get("url")
    if isinstance(url, str) and not url.startswith(_PLACES):
        wrong.append(f"'url' is {url!r}, expected an address that begins with https://, or a page of docs/")
    return wrong


def _wrong_values(table: dict[str, Any], today: date | None) -> Iterator[str]:
    """What is wrong with a source whose fields are all there, each of its kind."""
    url, year, checked = table["url"], table["year"], table["checked"]
    if year != 0 and not _OLDEST <= year <= checked.year:
        yield f"'year' is {year}, expected 0 or {_OLDEST} to {checked.year}, when it was checked"
    if today is None:
        return
    # Somewhere it is tomorrow already.
    if checked > today + timedelta(days=1):
        yield f"'checked' is {checked}, expected no day after {today}"
    if url.startswith("docs/") and not (_PROJECT / url.partition("#")[0]).is_file():
        yield f"'url' is {url!r}, and there is no such page"


def _line_of_error(text: str, error: tomllib.TOMLDecodeError) -> int:
    """Where to look. A text that is never closed runs to the end, so the line is where it opens."""
    if found := re.search(r"line (\d+)", str(error)):
        return int(found[1])
    opened = max(text.rfind('"""'), text.rfind("'''"))
    return text.count("\n", 0, opened if opened >= 0 else len(text.rstrip())) + 1


def _line_of(text: str, key: str) -> int:
    header = re.compile(rf"""^\s*\[\s*["']?{re.escape(key)}["']?\s*\]""", re.MULTILINE)
    found = header.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
