"""Passages found without a search. Pure: a ``shelf`` holds all those of one language."""

from assistant.conversation import Citation, Language
from knowledge_base.schema import Passage
from knowledge_base.shelf import Shelf
from vision_models.analysis import HEALTHY, Analysis


def by_finding(analyses: tuple[Analysis, ...], shelf: Shelf) -> dict[str, Passage]:
    """What the library says of each finding: what images show of it, or the limits of the examination."""
    found = {}
    for analysis in analyses:
        if analysis.finding is None or analysis.modality is None:
            continue
        healthy = analysis.finding == HEALTHY[analysis.modality]
        topic, section = (
            (analysis.modality, "limitations") if healthy else (analysis.finding, "imaging_findings")
        )
        passage = shelf.first(topic, section) or shelf.first(topic, "overview")
        if passage is not None:
            found[analysis.finding] = passage
    return found


def sections_left(shelf: Shelf, topic: str, told: tuple[str, ...]) -> tuple[str, ...]:
    """The sections of a topic that have not been told yet."""
    return tuple(section for section in shelf.sections(topic) if f"{topic}/{section}" not in told)


def in_language(citations: tuple[Citation, ...], shelf: Shelf, language: Language) -> tuple[Passage, ...]:
    """The passages of an earlier answer, in the ``language`` of the shelf."""
    twins = []
    for citation in citations:
        topic, section, _, number = citation.passage_id.split("/")
        twins.append(shelf.get(f"{topic}/{section}/{language}/{number}"))
    return tuple(passage for passage in twins if passage is not None)
