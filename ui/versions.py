"""Which versions of its parts this copy of Galeno has, read from the files that those parts bring."""

import json
import logging
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vision_models.card import MODEL_NAMES

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
#: Where each part keeps its version: the file, and the keys that lead to it.
PLACES = {
    "galeno": ("pyproject.toml", "project", "version"),
    **{name: (f"vision_models/models/{name}/card.toml", "facts", "version") for name in MODEL_NAMES},
    "router": ("intents/models/router/card.toml", "version"),
    "encoder": ("knowledge_base/models/encoder/card.toml", "version"),
}
ARTICLES = "knowledge_base/articles"
INDEX = "knowledge_base/index/manifest.json"
#: Letters of the index's fingerprint that are shown.
SHOWN = 8


def versions(root: Path = ROOT) -> dict[str, str]:
    """The version of each part by its key in ``report_versions``; a part that has none is left out.

    That of ``knowledge_base`` is the last day on which one of its sources was read, as ``YYYY-MM-DD``, with
    the beginning of the articles' fingerprint in brackets where there is an index.
    """
    found = {}
    for part, (file, *keys) in PLACES.items():
        value: Any = read_toml(root / file)
        for key in keys:
            value = value.get(key, {}) if isinstance(value, Mapping) else {}
        if isinstance(value, str):
            found[part] = value
    articles = _articles(root)
    return found | ({"knowledge_base": articles} if articles else {})


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file; empty where there is none, or where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        logger.warning("%s is left out: it cannot be read", path)
        return {}


def _articles(root: Path) -> str:
    newest = max(_checked(root / ARTICLES), default="")
    try:
        fingerprint = str(json.loads((root / INDEX).read_text(encoding="utf-8"))["articles"])[:SHOWN]
    except (OSError, ValueError, KeyError, TypeError):
        fingerprint = ""
    return f"{newest} ({fingerprint})" if newest and fingerprint else newest or fingerprint


def _checked(articles: Path) -> Iterator[str]:
    """The days on which the sources were last read."""
    for path in articles.glob("*/sources.toml"):
        for source in read_toml(path).values():
            if isinstance(source, Mapping) and "checked" in source:
                yield str(source["checked"])
