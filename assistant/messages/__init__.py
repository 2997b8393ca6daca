"""The sentences of a reply that are not medical knowledge, in both languages."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from assistant.errors import GalenoError

FOLDER = Path(__file__).parent
#: "de el" and "a el" are "del" and "al".
_CONTRACTED = re.compile(r"\b(de|a) el\b", re.IGNORECASE)
_SLOT = re.compile(r"\{(\w+)\}")
_REMEDY = "restore it from git"


class Messages:
    """One language's sentences, by ``section.key``. A key that is not there is a ``KeyError``, a file that is
    missing or damaged a ``GalenoError``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table: dict[str, dict[str, str]] = _read(FOLDER / f"{language}.toml")

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


def check_messages() -> None:
    """Raises ``GalenoError`` unless every file of sentences is there, those of the page too, and both
    languages have the same keys and placeholders: a file cut short between two lines has fewer."""
    for kind in ("", "ui."):
        english, spanish = (FOLDER / f"{kind}{language}.toml" for language in ("en", "es"))
        differing = _slots(_read(english)) ^ _slots(_read(spanish))
        if differing:
            key = min(differing)[0]
            raise GalenoError(f"{english} and {spanish} are not the same at {key}: {_REMEDY}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GalenoError(f"{path} is missing: {_REMEDY}") from None
    except (OSError, ValueError) as error:
        raise GalenoError(f"{path} cannot be read ({error}): {_REMEDY}") from error


def _slots(table: dict[str, Any]) -> set[tuple[str, str]]:
    """Every key by its section, each with the names of what is filled in there."""
    return {
        (f"{section}.{key}", " ".join(sorted(set(_SLOT.findall(str(said))))))
        for section, sentences in table.items()
        for key, said in (sentences.items() if isinstance(sentences, dict) else ())
    }
