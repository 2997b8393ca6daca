"""The sentences of a reply that are not medical knowledge, in both languages."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
#: "de el" and "a el" are "del" and "al".
_CONTRACTED = re.compile(r"\b(de|a) el\b", re.IGNORECASE)


class Messages:
    """One language's sentences, by ``section.key``. A key that is not there is a ``KeyError``."""

    def __init__(self, language: str) -> None:
        self.language = language
        with (FOLDER / f"{language}.toml").open("rb") as file:
            self._table: dict[str, dict[str, str]] = tomllib.load(file)

    def __call__(self, key: str, **values: str) -> str:
        section, name = key.split(".")
        sentence = self._table[section][name]
        said = sentence.format(**values) if values else sentence
        return _CONTRACTED.sub(r"\1l", said) if self.language == "es" else said

    def has(self, key: str) -> bool:
        section, name = key.split(".")
        return name in self._table.get(section, {})

    def join(self, parts: Sequence[str], word: str = "and") -> str:
        """ "a, b and c". Spanish writes "e" before an i sound and "u" before an o sound."""
        if len(parts) < 2:
            return "".join(parts)
        link = self(f"lists.{word}")
        if self.language == "es":
            start = parts[-1].lstrip("*«“ ").lower()
            if word == "and" and (start.startswith("i") or (start.startswith("hi") and start[2:3] != "e")):
                link = " e "
            if word == "or" and start.startswith(("o", "ho")):
                link = " u "
        return ", ".join(parts[:-1]) + link + parts[-1]

    def percent(self, share: float) -> str:
        """A probability as people read it: no decimals, never 0 or 100."""
        number = "<1" if share < 0.01 else ">99" if share > 0.99 else str(round(100 * share))
        return f"{number} %" if self.language == "es" else f"{number}%"


@cache
def messages(language: str) -> Messages:
    return Messages(language)
