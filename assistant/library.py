"""Passages found without a search. Pure: ``passages`` are always all those of one language."""

from assistant.conversation import Citation, Language
from knowledge_base.schema import Passage
from vision_models.analysis import HEALTHY, Analysis


def by_finding(analyses: tuple[Analysis, ...], passages: tuple[Passage, ...]) -> dict[str, Passage]:
    """What the library says of each finding: what images show of it, or the limits of the examination."""
    found = {}
    for analysis in analyses:
        if analysis.finding is None or analysis.modality is None:
            continue
        healthy = analysis.finding == HEALTHY[analysis.modality]
        topic, section = (
            (analysis.modality, "limitations") if healthy else (analysis.finding, "imaging_findings")
        )
        passage = first(passages, topic, section) or first(passages, topic, "overview")
        if passage is not None:
            found[analysis.finding] = passage
    return found


def first(passages: tuple[Passage, ...], topic: str, section: str | None) -> Passage | None:
    """The first passage of a section; ``None`` where the topic has no such section."""
    return next((p for p in passages if p.topic == topic and p.section == section), None)


def sections_left(passages: tuple[Passage, ...], topic: str, told: tuple[str, ...]) -> tuple[str, ...]:
    """The sections of a topic that have not been told yet."""
    sections = dict.fromkeys(p.section for p in passages if p.topic == topic)
    return tuple(section for section in sections if f"{topic}/{section}" not in told)


def in_language(
    citations: tuple[Citation, ...], passages: tuple[Passage, ...], language: Language
) -> tuple[Passage, ...]:
    """The passages of an earlier answer, in ``language``."""
    by_id = {passage.passage_id: passage for passage in passages}
    twins = []
    for citation in citations:
        topic, section, _, number = citation.passage_id.split("/")
        twins.append(by_id.get(f"{topic}/{section}/{language}/{number}"))
    return tuple(passage for passage in twins if passage is not None)
