"""What people write to Galeno that is no question on one passage: the other rooms' training texts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_HOUSE = Path(__file__).parents[1]
#: Messages by what they tell of, and by what they want: YAML files of lists of texts under one or more keys.
MESSAGES = _HOUSE / "assistant" / "triage_examples"
UTTERANCES = _HOUSE / "intents" / "utterances"


def read_messages(folder: Path) -> list[tuple[str, str]]:
    """Every message of the YAML files in ``folder``, with the keys above it, joined by a slash."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        found += list(_leaves(yaml.safe_load(path.read_text("utf-8")), ()))
    return found


def _leaves(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, below in node.items():
            yield from _leaves(below, (*keys, key))
    else:
        yield from ((text, "/".join(keys)) for text in node)
