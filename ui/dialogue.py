"""A turn as the page shows it: the message, the steps, the reply as it grows, or an apology."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.conversation import Conversation, Language, Reply, Turn
from ui.boundary import apologise
from ui.convert import (
    Entry,
    begun_entries,
    growing,
    reply_entries,
    status_entry,
    user_entries,
    with_marks,
)
from ui.escaping import plain
from ui.turns import Answer, run_turn

#: Seconds between two pieces of a growing text.
PACE = 0.02

Transcript = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the page shows at one moment, and the conversation as it then is."""

    transcript: Transcript
    conversation: Conversation


def converse(
    answer: Answer,
    turn: Turn,
    conversation: Conversation,
    transcript: Transcript,
    language: Language,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Frame]:
    """The frames of one turn. Whatever fails, the last one is an apology and the conversation as it was.

    ``language`` is the page's: the reply brings its own.
    """
    asked = transcript + user_entries(turn, language)
    yield Frame((*asked, status_entry(None, language)), conversation)
    try:
        written = ""
        for outcome in run_turn(answer, turn, conversation):
            if isinstance(outcome, str):
                yield Frame((*asked, status_entry(outcome, language)), conversation)
            elif isinstance(outcome, Reply):
                written = outcome.text
                yield Frame((*asked, *begun_entries(outcome), status_entry(None, language)), conversation)
            else:
                yield from _growing_reply(*outcome, asked, pause, written)
    except Exception as error:
        yield Frame((*asked, Entry("assistant", "text", plain(apologise(error, language)))), conversation)


def _growing_reply(
    reply: Reply,
    conversation: Conversation,
    asked: Transcript,
    pause: Callable[[float], None],
    written: str,
) -> Iterator[Frame]:
    """The reply as it grows; ``written`` is the beginning of its text that already stands there."""
    seen = len(with_marks(written, reply.citations))
    shown = asked
    for entry in reply_entries(reply):
        if entry.kind == "text":
            for text in growing(entry.content):
                if len(text) > seen:
                    yield Frame((*shown, Entry(entry.role, "text", text)), conversation)
                    pause(PACE)
        shown = (*shown, entry)
        yield Frame(shown, conversation)


def settled(transcript: Transcript) -> Transcript:
    """The transcript without the passing line that a stopped turn leaves."""
    return tuple(entry for entry in transcript if not entry.passing)
