"""Held-out dialogues: whether the topic, the section and the language hold from turn to turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from assistant.conversation import Action, Attachment, Conversation, Language, Reply, Turn
from assistant.models import Models
from assistant.respond import respond
from assistant.vignettes import read_yaml
from intents.goals import Goal, by_language
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS
from vision_models.image_io import read_file

#: Where the pictures that a turn may name lie: synthetic ones, which belong to nobody.
EXAMPLES = Path(__file__).resolve().parents[1] / "ui" / "static" / "examples"
KEYS = {"text", "topic", "topics", "sections", "action", "images"}

GOALS = (
    Goal("dialogues held", "dialogues", 100, unit=""),
    *by_language("topic carried over a follow-up", "topic_carried", 0.97),
    *by_language("topic and section of a follow-up", "section_carried"),
    Goal("topic of a first question", "first_topic"),
    Goal("topic and section of a first question", "first_section"),
    Goal("nothing medical where nothing is asked", "nothing_said"),
    Goal("language of the dialogue kept", "language_kept"),
    Goal("action as expected", "action_expected"),
    Goal("dialogues whose topics are all right", "whole_dialogues"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What a person says and what the reply should be about.

    ``topics``: none where nothing medical is asked, several to compare. ``sections``: any of them will do.
    ``images``: names of files in ``EXAMPLES``. ``action`` ``None``: any.
    """

    text: str
    topics: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Dialogue:
    language: Language
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply and what was right about it. ``None``: not asked of this step.

    ``section`` asks for the right topic too; ``quiet`` that nothing but Galeno itself is cited.
    """

    language: Language
    is_first: bool
    topic: bool | None
    section: bool | None
    quiet: bool | None
    spoken: bool
    action: bool | None


def read_dialogues(path: Path) -> tuple[Dialogue, ...]:
    """A list of ``language`` and ``turns``; a turn has ``text``, ``topic`` or ``topics``, ``sections``, and
    may have ``images`` and ``action``.

    ``FileNotFoundError`` names a missing file, ``ValueError`` a wrong entry.
    """
    entries = read_yaml(path, "dialogues")
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: expected a list of dialogues")
    return tuple(_dialogue(entry, f"{path}: dialogue {at}") for at, entry in enumerate(entries, start=1))


def _dialogue(entry: Any, place: str) -> Dialogue:
    turns = entry.get("turns") if isinstance(entry, dict) else None
    if not isinstance(turns, list) or not turns:
        raise ValueError(f"{place} has no list of turns")
    if entry.get("language") not in LANGUAGES:
        raise ValueError(f"{place}: language is {entry.get('language')!r}, expected {' or '.join(LANGUAGES)}")
    return Dialogue(
        entry["language"], tuple(_step(turn, f"{place}, turn {at}") for at, turn in enumerate(turns, start=1))
    )


def _step(turn: Any, place: str) -> Step:
    if not isinstance(turn, dict) or not isinstance(turn.get("text"), str):
        raise ValueError(f"{place} has no text")
    if unknown := set(turn) - KEYS:
        raise ValueError(f"{place}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    topic = turn.get("topic")
    topics = tuple(turn.get("topics") or ((topic,) if topic is not None else ()))
    sections, images = tuple(turn.get("sections") or ()), tuple(turn.get("images") or ())
    if wrong := [name for name in topics if name not in TOPICS]:
        raise ValueError(f"{place}: unknown topics {wrong}")
    if wrong := [name for name in sections if name not in SECTIONS]:
        raise ValueError(f"{place}: unknown sections {wrong}")
    if wrong := [name for name in images if not (EXAMPLES / str(name)).is_file()]:
        raise ValueError(f"{place}: images {wrong} are not in {EXAMPLES}")
    action = turn.get("action")
    if action is not None and action not in get_args(Action):
        raise ValueError(f"{place}: action is {action!r}, expected one of {', '.join(get_args(Action))}")
    return Step(turn["text"], topics, sections, images, action)


def hold(dialogue: Dialogue, models: Models) -> list[Heard]:
    """Says the turns of a dialogue one after the other, as a person would."""
    conversation, heard = Conversation(), []
    for at, step in enumerate(dialogue.steps):
        images = tuple(Attachment(name, read_file(EXAMPLES / name)) for name in step.images)
        reply, conversation = respond(Turn(step.text, images), conversation, models)
        heard.append(judge(step, reply, dialogue.language, is_first=at == 0))
    return heard


def judge(step: Step, reply: Reply, language: Language, *, is_first: bool) -> Heard:
    """The topic of a reply is that of its first citation; a comparison must cite every topic."""
    cited = [citation.topic for citation in reply.citations]
    right = set(step.topics) <= set(cited) if len(step.topics) > 1 else cited[:1] == list(step.topics)
    in_section = bool(reply.citations) and reply.citations[0].section in step.sections
    return Heard(
        language=language,
        is_first=is_first,
        topic=right if step.topics else None,
        section=right and in_section if step.topics and step.sections else None,
        quiet=None if step.topics or step.images else set(cited) <= {"assistant"},
        spoken=reply.language == language,
        action=None if step.action is None else reply.action == step.action,
    )


def dialogue_figures(held: Sequence[Sequence[Heard]]) -> dict[str, float]:
    """The shares by name; one that no step asks for is left out."""
    every = [heard for dialogue in held for heard in dialogue]
    later = [heard for heard in every if not heard.is_first]
    first = [heard for heard in every if heard.is_first]
    shares = {
        "first_topic": _share(heard.topic for heard in first),
        "first_section": _share(heard.section for heard in first),
        "nothing_said": _share(heard.quiet for heard in every),
        "language_kept": _share(heard.spoken for heard in every),
        "action_expected": _share(heard.action for heard in every),
        "whole_dialogues": _share(all(heard.topic is not False for heard in one) for one in held),
    }
    for language in ("", *LANGUAGES):
        at, here = f"_{language}" if language else "", [h for h in later if language in ("", h.language)]
        shares[f"topic_carried{at}"] = _share(heard.topic for heard in here)
        shares[f"section_carried{at}"] = _share(heard.section for heard in here)
    measured = {name: share for name, share in shares.items() if share is not None}
    return {"dialogues": len(held), "follow_ups": len(later), **measured}


def _share(answers: Iterable[bool | None]) -> float | None:
    asked = [answer for answer in answers if answer is not None]
    return sum(asked) / len(asked) if asked else None
