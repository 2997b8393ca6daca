"""Reads ``sources.toml``: the pages that the passages of one topic rest on."""

import re
import tomllib
from datetime import date
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


def read_sources(path: Path) -> tuple[dict[str, Source], list[Problem]]:
    """The sources in a file by their key, and what is wrong with any of them.

    A source that has something wrong is still there under its key, but empty.
    """
    try:
        text = path.read_text("utf-8")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        return {}, [Problem(path, 1, "there is no such file: each topic needs its sources")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = re.search(r"line (\d+)", str(error))
        return {}, [Problem(path, int(found[1]) if found else 1, f"is not TOML: {error}")]

    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for key, table in tables.items():
        line = _line_of(text, key)
        wrong = _wrong_fields(table)
        problems += [Problem(path, line, f"source {key!r}: {sentence}") for sentence in wrong]
        # A faulty source is still one that is there: its passages are not to blame.
        sources[key] = Source(key=key, **(_EMPTY if wrong else table))
    return sources, problems


#: What a source may be: a public page, or one of this project's own.
_PLACES = ("https://", "http://", "docs/")


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


def _line_of(text: str, key: str) -> int:
    header = re.compile(rf'^\s*\["?{re.escape(key)}"?\]', re.MULTILINE)
    found = header.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
