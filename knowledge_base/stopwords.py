"""Words that say nothing about the subject of a question."""

import tomllib
from functools import cache
from pathlib import Path

from knowledge_base.schema import Language

STOPWORDS = Path(__file__).parent / "stopwords.toml"


@cache
def stopwords(language: Language) -> frozenset[str]:
    """Those of a language, in lower case and without accents."""
    return frozenset(tomllib.loads(STOPWORDS.read_text("utf-8"))[language])
