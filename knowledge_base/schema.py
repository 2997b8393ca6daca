"""The values of the knowledge base: sources, passages, and what a search brings back."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")

TOPICS = (
    "brain_tumor",
    "glioma",
    "meningioma",
    "pituitary_tumor",
    "pneumonia",
    "bacterial_pneumonia",
    "viral_pneumonia",
    "covid19",
    "chest_xray",
    "brain_mri",
    "assistant",
)

#: The broader topic of each that has one.
PARENTS = {
    "glioma": "brain_tumor",
    "meningioma": "brain_tumor",
    "pituitary_tumor": "brain_tumor",
    "bacterial_pneumonia": "pneumonia",
    "viral_pneumonia": "pneumonia",
    "covid19": "viral_pneumonia",
}

SECTIONS = (
    "overview",
    "types",
    "causes",
    "risk_factors",
    "symptoms",
    "warning_signs",
    "diagnosis",
    "imaging_findings",
    "treatment",
    "recovery",
    "prognosis",
    "complications",
    "prevention",
    "transmission",
    "children_and_pregnancy",
    "living_with",
    "preparation",
    "risks",
    "how_it_works",
    "limitations",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A page that says it. ``fact`` is what it is cited for; ``year`` 0 means the page gives none."""

    key: str
    title: str
    publisher: str
    url: str
    year: int
    fact: str
    checked: date


@dataclass(frozen=True, slots=True)
class Passage:
    """One idea in one language. ``passage_id`` is ``topic/section/language/number``, from 1 in its section.

    ``sources`` has at least one, the one that says most of it first.
    """

    passage_id: str
    topic: str
    section: str
    language: Language
    number: int
    title: str
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and its retrieval ``score`` (fused and calibrated, 0..1, higher is nearer)."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found, best first. Below the floor nothing may be claimed from ``hits``.

    ``nearest_topics`` are what could be offered instead, best first, without repeats.
    """

    hits: tuple[Hit, ...]
    above_floor: bool
    nearest_topics: tuple[str, ...]
