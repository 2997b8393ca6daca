"""The sentences of the page, read from ``assistant/messages/ui.{en,es}.toml``."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.conversation import Language

MESSAGES = Path(__file__).resolve().parent.parent / "assistant" / "messages"


class Texts:
    """The sentences of one language by dotted key: ``texts("page.title")``.

    A sentence with placeholders takes them by name: ``texts("sources.summary", count=3)``.
    """

    def __init__(self, language: Language, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self.language: Language = language
        self._tables = tables

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of ``key``. Raises ``KeyError`` where there is none."""
        sentence = str(self._find(key))
        return sentence.format(**values) if values else sentence

    def paragraphs(self, key: str, **values: object) -> tuple[str, ...]:
        """The sentences of a key that holds a list of them."""
        return tuple(str(sentence).format(**values) for sentence in self._find(key))

    def code(self, table: str, code: str | None) -> str:
        """The sentence for a code of the models (a step, a reason), or that table's ``other``."""
        sentences = self._tables[table]
        return str(sentences.get(code or "", sentences["other"]))

    def has(self, table: str, code: str) -> bool:
        return code in self._tables[table]

    def name(self, table: str, code: str | None) -> str:
        """The name of a finding or modality; the code itself, in words, where it has none."""
        return str(self._tables[table].get(code or "", (code or "").replace("_", " ")))

    def _find(self, key: str) -> Any:
        table, _, entry = key.partition(".")
        try:
            return self._tables[table][entry]
        except KeyError:
            raise KeyError(f"no sentence {key!r} in ui.{self.language}.toml") from None


@lru_cache
def load_texts(language: Language) -> Texts:
    """The page's sentences in ``language``, read once."""
    path = MESSAGES / f"ui.{language}.toml"
    return Texts(language, tomllib.loads(path.read_text(encoding="utf-8")))
