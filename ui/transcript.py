"""What the page shows of a conversation, as values: entries, and the exchanges that they belong to."""

from dataclasses import dataclass, replace
from typing import Literal

from assistant.conversation import Conversation, Reply, Turn

Role = Literal["user", "assistant"]
Kind = Literal["text", "html"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the transcript. ``content`` is Markdown where ``kind`` is ``text``, else safe HTML.

    ``passing`` marks the lines that say what is being done, which the reply takes the place of.
    """

    role: Role
    kind: Kind
    content: str
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn and what came of it.

    ``before`` is the conversation as it was. ``reply`` and ``after`` are ``None`` while the answer is being
    written, and for good where it was stopped or failed. A turn that was answered no longer has its images:
    it has their readings (``Turn.read``), and ``files`` has their names. ``light``: what is ``shown`` has the
    small pictures only.
    """

    turn: Turn
    before: Conversation
    files: tuple[str, ...] = ()
    asked: tuple[Entry, ...] = ()
    shown: tuple[Entry, ...] = ()
    reply: Reply | None = None
    after: Conversation | None = None
    light: bool = False

    def answered(self, reply: Reply, after: Conversation, shown: tuple[Entry, ...]) -> "Exchange":
        """The exchange with its reply, and without the upload."""
        turn = self.turn
        if turn.images:
            turn = replace(turn, images=(), read=after.analyses)
        return replace(self, turn=turn, shown=shown, reply=reply, after=after)


Transcript = tuple[Exchange, ...]


def readings(transcript: Transcript) -> int:
    """How many images were read in it."""
    return sum(len(exchange.reply.analyses) for exchange in transcript if exchange.reply is not None)


def entries_of(transcript: Transcript) -> tuple[Entry, ...]:
    return tuple(entry for exchange in transcript for entry in (*exchange.asked, *exchange.shown))
