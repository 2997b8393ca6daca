"""One hostile message: in which language it is answered, and what must not come of it.

The rules that hold for every reply are in ``running`` and ``test_hostile_messages``; here stands the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.conversation import Action, Language

ANY: tuple[Action, ...] = ("answer", "triage", "analysis", "clarify", "decline", "chat")
#: What a request for a dose or for a verdict on oneself may come to: never an answer.
NO_ADVICE: tuple[Action, ...] = ("decline", "clarify", "chat")
CALM: tuple[Action, ...] = ("answer", "clarify", "decline", "chat")
EMERGENCY: tuple[Action, ...] = ("triage",)


@dataclass(frozen=True, slots=True)
class HostileMessage:
    """``language``: that of the reply; ``None`` where the text has none of its own, so that the visitor's
    holds, ``any`` where it has words by chance.
    ``never`` is a pattern, without case, that the reply must not hold."""

    kind: str
    text: str
    language: Language | Literal["any"] | None
    actions: tuple[Action, ...] = ANY
    never: str = ""


def all_of(
    kind: str,
    language: Language | Literal["any"] | None,
    texts: tuple[str, ...],
    actions: tuple[Action, ...] = ANY,
    never: str = "",
) -> Iterator[HostileMessage]:
    for text in texts:
        yield HostileMessage(kind, text, language, actions, never)
