"""Runs a part of the corpus: each hostile turn in a conversation of its own, and an ordinary turn after it.

Only words are kept of it: with the readings and their pictures, memory would not come back to where it was.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from assistant.conversation import Attachment, Conversation, Language, Reply, Turn
from assistant.dialogues import EXAMPLES
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from assistant.uncited import dangling_marks, uncited_sentences
from tests.hostile import memory
from ui.convert import reply_entries, user_entries

#: An ordinary question in each language; its answer is on meningioma.
ORDINARY: dict[Language, str] = {"en": "What is a meningioma?", "es": "¿Qué es un meningioma?"}
#: What no person should read: the words of a program.
OF_A_PROGRAM = re.compile(
    r"Traceback|\b\w*(?:Error|Exception)\b|NoneType|<class|<function|object at 0x|\bnan\b|\bNone\b(?! of)|"
    r"\{\w*\}|\bself\.|site-packages|\.py\b"
)
#: What no text of ours has; ``ui.convert.with_marks`` and ``ui.escaping`` would show it and not run it.
MARKUP = re.compile(r"<|!\[|\]\(|javascript:|\bon\w+\s*=", re.IGNORECASE)
#: An answer to "search" ends in a link to MedlinePlus.
_OWN_LINK = re.compile(r"\[[\w ]+\]\(https://vsearch\.nlm\.nih\.gov/[\w./?=&%+-]*\)")
#: Beside what ``style`` and ``class`` may say, HTML that acts.
_ACTING = ("script", "iframe", "object", "embed", "form", "base", "meta", "link", "style")


@dataclass(frozen=True, slots=True)
class Hostile:
    """A turn to be made, what the visitor spoke before, and what is looked for in all that it leaves."""

    label: str
    turn: Callable[[], Turn]
    language: Language
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """``reply`` and ``after`` (of the ordinary turn) without their readings; ``readings`` are those of
    ``reply`` as JSON. ``seconds``: of the processor, in all threads. ``faults``: what no reply may have."""

    reply: Reply
    readings: list[dict[str, object]]
    after: Reply
    seconds: float
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """``raised``: what should not have been, by label; ``logged``: every line of the log; ``before`` and
    ``after``: megabytes in use, warmed up, and at the end."""

    outcomes: dict[str, Outcome]
    raised: dict[str, str]
    logged: str
    before: float
    after: float

    def of(self, label: str) -> Outcome:
        assert label in self.outcomes, f"raised {self.raised[label]}"
        return self.outcomes[label]


class Log(logging.Handler):
    """All that is logged, also of what nobody reads."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @contextmanager
    def listening(self) -> Iterator[None]:
        root = logging.getLogger()
        level = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.removeHandler(self)
            root.setLevel(level)


def run(hostile: Iterable[Hostile], models: Models) -> Run:
    warm_up(models)
    before, log = memory.settled(), Log()
    outcomes: dict[str, Outcome] = {}
    raised: dict[str, str] = {}
    for one in hostile:
        try:
            outcomes[one.label] = _outcome(one, models, log)
        except Exception as error:  # told by the test of its own, and the others go on
            raised[one.label] = repr(error)
    return Run(outcomes, raised, "\n".join(log.lines), before, memory.settled())


def warm_up(models: Models) -> None:
    """What is loaded on first use is there: each network has seen a picture, the encoder a text as long as it
    reads (it keeps the memory for that), and the detector of languages one that only statistics tell."""
    for text in (f"{ORDINARY['en']} " * 200, "lorem ipsum dolor", "glioma cerebral"):
        respond(Turn(text), Conversation(), models)
    for language, question in ORDINARY.items():
        for name in ("normal", "glioma", "photo"):
            picture = Attachment(f"{name}.png", (EXAMPLES / f"{name}.png").read_bytes())
            respond(Turn(question, (picture,)), Conversation(language=language), models)


def _outcome(hostile: Hostile, models: Models, log: Log) -> Outcome:
    turn = hostile.turn()
    with log.listening():
        started = time.process_time()
        reply, conversation = respond(turn, Conversation(language=hostile.language), models)
        seconds = time.process_time() - started
    after, _ = respond(Turn(ORDINARY[reply.language]), conversation, models)
    written = json.dumps(reply.as_json(), ensure_ascii=False).encode().decode()
    faults = [
        *faults_of(turn, reply, models.settings),
        *_left(hostile.secrets, written + repr(conversation), conversation),
    ]
    readings = json.loads(written)["analyses"]
    return Outcome(replace(reply, analyses=()), readings, replace(after, analyses=()), seconds, tuple(faults))


def faults_of(turn: Turn, reply: Reply, settings: Settings) -> list[str]:
    """What no reply may have, whatever was said: a line each."""
    return [
        *(f"a word of a program: {found}" for found in OF_A_PROGRAM.findall(reply.text)),
        *(f"markup: {found}" for found in MARKUP.findall(_OWN_LINK.sub("", reply.text))),
        *(f"neither ours nor cited: {sentence}" for sentence in uncited_sentences(reply, settings)),
        *(f"cited in vain: {mark}" for mark in dangling_marks(reply)),
        *_acting(turn, reply),
    ]


def _left(secrets: tuple[str, ...], written: str, conversation: Conversation) -> list[str]:
    """Which of ``secrets`` are in what is written or remembered, in letters or in the pictures' bytes."""
    pictures = b"".join(analysis.view or b"" for analysis in conversation.analyses)
    return [
        f"left behind: {secret}" for secret in secrets if secret in written or secret.encode() in pictures
    ]


def _acting(turn: Turn, reply: Reply) -> list[str]:
    """What of the page's own HTML would run, load or send anything for this turn."""
    names = [image.name.encode("utf-8", "replace").decode() for image in turn.images]
    text = turn.text.encode("utf-8", "replace").decode()
    found = _Acting()
    for entry in (*user_entries(text, names, 0, reply.language), *reply_entries(reply, 0, "112 / 911")):
        if entry.kind == "html":
            found.feed(entry.content)
    return found.faults


class _Acting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTING:
            self.faults.append(f"the page would have <{tag}>")
        for name, value in attrs:
            loads = name in ("src", "srcdoc", "action", "formaction") and not (value or "").startswith(
                "data:"
            )
            leads = name == "href" and not (value or "").startswith(("https://", "tel:", "#"))
            if name.startswith("on") or loads or leads:
                self.faults.append(f"the page would have {name}={value!r}")
