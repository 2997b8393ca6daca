"""The utterances, read from YAML."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from intents.prediction import INTENTS

UTTERANCES = Path(__file__).parent / "utterances"
HELDOUT = Path(__file__).parent / "heldout"
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance and what it wants."""

    text: str
    intent: str
    language: str


def read_examples(folder: Path = UTTERANCES) -> tuple[Example, ...]:
    """Every utterance of ``folder``/{en,es}*.yaml, in order; one that stands twice counts once.

    ``FileNotFoundError`` names a missing file; ``ValueError`` an intent that does not exist, an utterance
    that is no text, or a file of another shape.
    """
    examples: dict[Example, None] = {}
    for language in LANGUAGES:
        paths = sorted(folder.glob(f"{language}*.yaml"))
        if not paths:
            raise FileNotFoundError(f"{folder / language}.yaml is missing: it lists utterances by intent")
        for path in paths:
            examples |= dict.fromkeys(_read(path, language))
    return tuple(examples)


def _read(path: Path, language: str) -> Iterator[Example]:
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(listed, dict):
        raise ValueError(f"{path}: expected intents with their utterances, got {type(listed).__name__}")
    for intent, utterances in listed.items():
        if intent not in INTENTS:
            raise ValueError(f"{path}: {intent!r} is no intent of intents/prediction.py")
        if not isinstance(utterances or [], list):
            raise ValueError(f"{path}: {intent} has {utterances!r}, expected a list of texts")
        for text in utterances or ():
            if not isinstance(text, str):
                raise ValueError(f"{path}: {intent} has {text!r}, which is no text: put it in quotes")
            yield Example(text, intent, language)
