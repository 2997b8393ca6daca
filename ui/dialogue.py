"""A turn as the page shows it: the message, the steps, the reply as it grows, or an apology."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Semaphore

from assistant.conversation import Conversation, Language, Reply, Turn
from assistant.language import TELLING, detect_language
from ui.actions import retry_actions
from ui.again import kept
from ui.boundary import apologise
from ui.convert import begun_entries, growing, reply_entries, status_entry, user_entries, with_marks
from ui.escaping import escape, plain
from ui.texts import load_texts
from ui.transcript import Entry, Exchange, Transcript
from ui.turns import PATIENCE, Answer, TurnStoppedError, never, run_turn

#: Exchanges before the new one whose pictures stay large; of earlier ones they have the size that was read.
LARGE = 2

#: Seconds between two pieces of a growing text, and in all.
PACE, GROWS = 0.02, 0.7


@dataclass(frozen=True, slots=True)
class Frame:
    """What the page shows at one moment, and the conversation as it then is."""

    transcript: Transcript
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Talk:
    """How the page talks: with what, in which language where a message does not tell, which numbers to call,
    and until when.

    ``patience``: the seconds that a turn may take between two signs of life; ``working``: the places of those
    that work at once, with the turns of others.
    """

    answer: Answer
    language: Language
    emergency: str = ""
    stop: Callable[[], bool] = never
    pause: Callable[[float], None] = time.sleep
    patience: float = PATIENCE
    working: Semaphore | None = None


def converse(
    talk: Talk, turn: Turn, conversation: Conversation, transcript: Transcript, files: tuple[str, ...] = ()
) -> Iterator[Frame]:
    """The frames of one turn. Whatever fails, the last one is an apology and the conversation as it was;
    where the turn is stopped, it is what was written up to then.

    ``files`` are the names of the turn's images where these are gone (``Turn.read``).
    """
    told = conversation.pinned_language or turn.language
    talk = replace(talk, language=told or detect_language(turn.text[:TELLING], talk.language))
    number = len(transcript)
    transcript = lightened(transcript, talk.emergency)
    files = tuple(image.name for image in turn.images) or files
    asked = user_entries(turn.text, files, number, talk.language)
    exchange = Exchange(kept(turn), conversation, files, asked)

    shown: tuple[Entry, ...] = ()

    def frame(*entries: Entry) -> Frame:
        nonlocal shown
        shown = entries
        return Frame((*transcript, replace(exchange, shown=entries)), conversation)

    steps: list[str] = []
    yield frame(status_entry(steps, talk.language))
    try:
        written = ""
        for outcome in run_turn(talk.answer, turn, conversation, talk.stop, talk.patience, talk.working):
            if isinstance(outcome, str):
                steps.append(outcome)
                yield frame(status_entry(steps, talk.language))
            elif isinstance(outcome, Reply):
                written = outcome.text
                begun = begun_entries(outcome, number, talk.emergency)
                yield frame(*begun, status_entry((), talk.language))
            else:
                reply, after = outcome
                entries = reply_entries(reply, number, talk.emergency)
                for grown in _growing(entries, len(with_marks(written, reply.citations, number)), talk):
                    yield frame(*grown)
                    if talk.stop():
                        raise TurnStoppedError
                whole = exchange.answered(reply, after, entries)
                yield Frame((*transcript, whole), after)
    except TurnStoppedError:
        yield frame(*_stopped(shown, number, talk.language))
    except Exception as error:
        apology = Entry("assistant", "text", plain(apologise(error, talk.language)))
        again = Entry("assistant", "html", retry_actions(number, load_texts(talk.language)))
        yield frame(apology, again)


def _growing(entries: tuple[Entry, ...], seen: int, talk: Talk) -> Iterator[tuple[Entry, ...]]:
    """A reply as it grows; so many characters of its text have been ``seen``.

    Where each piece takes long, because others are being answered too, the rest comes at once.
    """
    until = time.monotonic() + GROWS
    shown: tuple[Entry, ...] = ()
    for entry in entries:
        if entry.kind == "text":
            for text in growing(entry.content):
                if len(text) > seen and time.monotonic() < until:
                    yield (*shown, replace(entry, content=text))
                    talk.pause(PACE)
        shown = (*shown, entry)
        if entry.kind == "html":
            yield shown


def lightened(transcript: Transcript, emergency: str) -> Transcript:
    """The transcript with large pictures in its last ``LARGE`` exchanges only: all of it goes to the browser
    with every turn. What was attached to a turn without an answer is kept until the next one."""
    older = len(transcript) - LARGE
    return tuple(
        _lighter(exchange, number, emergency, is_older=number < older)
        for number, exchange in enumerate(transcript)
    )


def _lighter(exchange: Exchange, number: int, emergency: str, *, is_older: bool) -> Exchange:
    reply = exchange.reply
    if reply is None:
        return replace(exchange, turn=replace(exchange.turn, images=()))
    if exchange.light or not is_older or not any(analysis.view for analysis in reply.analyses):
        return exchange
    small = replace(reply, analyses=tuple(replace(analysis, view=None) for analysis in reply.analyses))
    return replace(exchange, shown=reply_entries(small, number, emergency), light=True)


def _stopped(shown: tuple[Entry, ...], number: int, language: Language) -> tuple[Entry, ...]:
    """What was shown until then but its passing lines, a word that it was stopped, the way to ask again."""
    texts = load_texts(language)
    kept = tuple(entry for entry in shown if not entry.passing)
    note = Entry("assistant", "html", f'<p class="g-stopped">{escape(texts("page.stopped"))}</p>')
    return (*kept, note, Entry("assistant", "html", retry_actions(number, texts)))
