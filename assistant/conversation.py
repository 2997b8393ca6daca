"""The values of a conversation. All frozen: a turn makes new ones and changes none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vision_models.analysis import Analysis

Language = Literal["en", "es"]
Audience = Literal["patient", "clinician"]
Action = Literal["answer", "triage", "analysis", "clarify", "decline", "chat"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file as the person sent it.

    ``name`` is only shown back to tell several images apart; ``content`` is the raw upload, hostile
    until decoded, and ``None`` where the file could not be read at all.
    """

    name: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person sends at once: a text, images, or both. ``language`` ``None`` means "find out".

    ``read`` are the readings of its images where these were read before, and are not here any more: a turn
    that is asked once more, in other words or not.
    """

    text: str = ""
    images: tuple[Attachment, ...] = ()
    language: Language | None = None
    audience: Audience | None = None
    read: tuple[Analysis, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer rests on, with the source that says it. ``text``: the passage, whole."""

    passage_id: str
    topic: str
    section: str
    title: str
    publisher: str
    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``text`` is Markdown whose marks ``[1]``, ``[2]`` follow the order of ``citations``."""

    language: Language
    intent: str
    confidence: float
    action: Action
    text: str
    citations: tuple[Citation, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    elapsed_ms: float = 0.0

    def as_json(self, overlays: Mapping[int, str] | None = None) -> dict[str, Any]:
        """The reply in the shape the command line prints.

        ``overlays`` maps the index of an analysis to the file its overlay was written to; an
        analysis that is not in it has ``"overlay": null``.
        """
        paths = overlays or {}
        return {
            "language": self.language,
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "action": self.action,
            "text": self.text,
            "citations": [
                {
                    "passage_id": citation.passage_id,
                    "topic": citation.topic,
                    "section": citation.section,
                    "title": citation.title,
                    "publisher": citation.publisher,
                    "url": citation.url,
                }
                for citation in self.citations
            ],
            "analyses": [
                analysis.as_json(overlay=paths.get(index)) for index, analysis in enumerate(self.analyses)
            ],
            "elapsed_ms": round(self.elapsed_ms, 1),
        }


#: What is told of a turn before it is done: the code of a step, or the reply as far as its text is written.
Step = str | Reply


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered between turns: never the upload, never the person's words.

    ``language`` is that of the last turn, ``pinned_language`` the one asked for by a command ("in
    English, please"), which wins until changed. ``topic`` and ``section`` are those last spoken of, and
    ``subject`` the words that named the topic ("prolactinoma"): only names that we know are kept.
    ``offered`` are the intents that the last reply asked to choose between, or the one that lacks its topic,
    and ``offered_about`` the topics they were about. ``told`` are the topics and sections answered or offered
    of late, as "glioma/treatment", so that they are not offered again.
    ``analyses`` are those of the last turn with images that were read (accepted or refused), ``earlier`` the
    last few accepted ones before; ``last_reply`` is what "say that again" repeats. ``emergency`` is the kind
    that the last turn told of, so that its advice comes again in another language.
    """

    language: Language = "en"
    pinned_language: Language | None = None
    audience: Audience = "patient"
    topic: str | None = None
    section: str | None = None
    subject: str = ""
    offered: tuple[str, ...] = ()
    offered_about: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    analyses: tuple[Analysis, ...] = field(default=())
    earlier: tuple[Analysis, ...] = field(default=())
    last_reply: Reply | None = None
    emergency: str | None = None
    turns: int = 0

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """The topics told of, the latest last, each once."""
        return tuple(reversed(dict.fromkeys(said.partition("/")[0] for said in reversed(self.told))))

    @property
    def readings(self) -> tuple[Analysis, ...]:
        """The accepted analyses that "the second one" counts: those of one turn, or those of all."""
        last = tuple(analysis for analysis in self.analyses if analysis.accepted)
        return last if len(last) > 1 else (*self.earlier, *last)

    def with_(self, **changes: Any) -> "Conversation":
        return replace(self, **changes)
