"""Whole conversations, kept to be read: what a person says, and what Galeno says to it, word for word.

``python -m tests.golden.conversations [FILE …]`` writes the replies anew; then read the difference.
"""

import argparse
import logging
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from assistant.build import build_models
from assistant.conversation import Action, Attachment, Audience, Conversation, Language, Reply, Turn
from assistant.dialogues import EXAMPLES
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from assistant.vignettes import read_yaml
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS

FOLDER = Path(__file__).parent
REMEDY = "If it should be so, run python -m tests.golden.conversations, and read git diff tests/golden."
WIDTH = 100
#: Files that no folder needs to keep: a picture that breaks off, and one without a byte.
MADE = {"broken": (EXAMPLES / "glioma.png").read_bytes()[:2000], "empty": b""}
KEYS = ("about", "language", "audience", "turns")
TURN_KEYS = ("you", "images", "action", "topic", "section", "language", "galeno")

_MARK = re.compile(r"\[\d+\]")
#: What a model measures: a percentage, or a probability with its three decimals.
_MEASURED = re.compile(r"[<>]?\d+(?= ?%)|\b\d\.\d{3}\b")


@dataclass(frozen=True, slots=True)
class GoldenTurn:
    """What a person says, what the reply should be, and the reply as it was when somebody last read it.

    ``images`` are names of ``EXAMPLES`` or of ``MADE``. ``topic`` and ``section`` are those of the first
    citation, ``None``: any. ``language`` is the reply's, ``None``: the conversation's.
    """

    you: str
    action: Action
    images: tuple[str, ...] = ()
    topic: str | None = None
    section: str | None = None
    language: Language | None = None
    galeno: str = ""


@dataclass(frozen=True, slots=True)
class Golden:
    """One conversation; ``about`` says who this person is and what it shows."""

    about: str
    language: Language
    turns: tuple[GoldenTurn, ...]
    audience: Audience = "patient"


def paths(folder: Path = FOLDER) -> list[Path]:
    """The files of conversations, in order."""
    return sorted(folder.glob("*.yaml"))


def read_golden(path: Path) -> Golden:
    """Raises ``ValueError``, naming file and turn, for what is missing, unknown or misspelt."""
    entry = read_yaml(path, "a conversation")
    if not isinstance(entry, dict) or not isinstance(entry.get("turns"), list):
        raise ValueError(f"{path}: expected about, language and a list of turns")
    if unknown := set(entry) - set(KEYS):
        raise ValueError(f"{path}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    if not isinstance(entry.get("about"), str):
        raise ValueError(f"{path}: about is {entry.get('about')!r}, expected who this person is")
    _among(path, "language", entry.get("language"), LANGUAGES)
    _among(path, "audience", entry.get("audience", "patient"), get_args(Audience))
    turns = tuple(_turn(turn, f"{path}, turn {at}") for at, turn in enumerate(entry["turns"], start=1))
    return Golden(entry["about"], entry["language"], turns, entry.get("audience", "patient"))


def _turn(turn: Any, place: str) -> GoldenTurn:
    if not isinstance(turn, dict) or not all(isinstance(turn.get(key), str) for key in ("you", "galeno")):
        raise ValueError(f"{place}: expected the texts you and galeno")
    if unknown := set(turn) - set(TURN_KEYS):
        raise ValueError(f"{place}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    _among(place, "action", turn.get("action"), get_args(Action))
    _among(place, "topic", turn.get("topic"), (None, *TOPICS))
    _among(place, "section", turn.get("section"), (None, *SECTIONS))
    _among(place, "language", turn.get("language"), (None, *LANGUAGES))
    images = tuple(turn.get("images") or ())
    for name in images:
        if name not in MADE and not (EXAMPLES / f"{name}.png").is_file():
            raise ValueError(f"{place}: image {name!r} is neither in {EXAMPLES} nor {' nor '.join(MADE)}")
    return GoldenTurn(**{**turn, "images": images, "galeno": unwrapped(turn["galeno"])})


def _among(place: str | Path, key: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ValueError(f"{place}: {key} is {value!r}, expected {', '.join(map(str, filter(None, known)))}")


def hold(golden: Golden, models: Models) -> list[Reply]:
    """Says the turns one after the other, as a person would, and gives what is replied."""
    conversation = Conversation(language=golden.language, audience=golden.audience)
    replies = []
    for turn in golden.turns:
        images = tuple(attachment(name) for name in turn.images)
        reply, conversation = respond(Turn(turn.you, images), conversation, models)
        replies.append(reply)
    return replies


def attachment(name: str) -> Attachment:
    file = f"{name}.png"
    return Attachment(file, MADE[name] if name in MADE else (EXAMPLES / file).read_bytes())


def differences(golden: Golden, replies: Sequence[Reply]) -> list[str]:
    """Where action, first citation or language are not the expected ones, a line each."""
    lines = []
    for at, (turn, reply) in enumerate(zip(golden.turns, replies, strict=True), start=1):
        first = reply.citations[0] if reply.citations else None
        for key, expected, said in (
            ("action", turn.action, reply.action),
            ("language", turn.language or golden.language, reply.language),
            ("topic", turn.topic, first.topic if first else None),
            ("section", turn.section, first.section if first else None),
        ):
            if expected is not None and said != expected:
                lines.append(
                    f"turn {at}, {turn.you!r}: {key} is {said}, expected {expected} (intent {reply.intent})"
                )
    return lines


def masked(text: str) -> str:
    """``text`` without the figures of a reading, whose last digits differ from one processor to another.

    A paragraph that cites something keeps its numbers: they are an article's.
    """
    paragraphs = text.split("\n\n")
    return "\n\n".join(p if _MARK.search(p) else _MEASURED.sub("#", p) for p in paragraphs)


def with_replies(golden: Golden, replies: Sequence[Reply]) -> Golden:
    turns = zip(golden.turns, replies, strict=True)
    return replace(golden, turns=tuple(replace(turn, galeno=unwrapped(reply.text)) for turn, reply in turns))


def unwrapped(text: str) -> str:
    """Each paragraph on one line; a blank line between two is what parts them."""
    return "\n\n".join(" ".join(p.split("\n")) for p in re.split(r"\n{2,}", text.strip()))


def wrapped(text: str) -> str:
    """Each paragraph in lines that an editor shows whole."""
    return "\n\n".join(
        textwrap.fill(p, WIDTH, break_long_words=False, break_on_hyphens=False) for p in text.split("\n\n")
    )


def as_yaml(golden: Golden) -> str:
    """The file of a conversation: always the same keys in the same order, a blank line between turns."""
    head: dict[str, Any] = {"about": golden.about, "language": golden.language}
    if golden.audience != "patient":
        head["audience"] = golden.audience
    return f"{_dump(head)}turns:\n" + "\n".join(_dump([_fields(turn)]) for turn in golden.turns)


def _fields(turn: GoldenTurn) -> dict[str, Any]:
    fields = {key: getattr(turn, key) for key in TURN_KEYS}
    kept = {key: value for key, value in fields.items() if value or key in ("you", "galeno")}
    return {**kept, "galeno": _Block(wrapped(turn.galeno)) if turn.galeno else ""}


class _Block(str):
    """A text that is written as a block of lines."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)
_Dumper.add_representer(
    tuple, lambda dumper, names: dumper.represent_sequence("tag:yaml.org,2002:seq", names, flow_style=True)
)


def _dump(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def load_models() -> Models:
    """The real models as they ship, whatever the environment sets: no network, no language model.

    Raises ``RuntimeError`` where a part cannot be loaded; the log says why.
    """
    models = build_models(Settings())
    if models.words is None or models.analyzer is None:
        raise RuntimeError("the library or the image models could not be loaded, so nothing is written")
    return models


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the replies into the files. 1 where one is not as expected, 2 where nothing could be written."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.conversations", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="all of them unless given")
    files = parser.parse_args(arguments).files or paths()
    logging.basicConfig(level=logging.ERROR)
    try:
        models = load_models()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    wrong = 0
    for path in files:
        golden = read_golden(path)
        replies = hold(golden, models)
        path.write_text(as_yaml(with_replies(golden, replies)), encoding="utf-8")
        found = differences(golden, replies)
        wrong += len(found)
        print("\n  ".join([path.name, *found]))
    print(f"{len(files)} conversations written, {wrong} expectations not met")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
