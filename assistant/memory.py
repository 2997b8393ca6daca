"""What a conversation keeps of a turn. Pure: a new ``Conversation`` each time, never the person's words."""

from assistant.answer import Evidence, offers
from assistant.conversation import Audience, Conversation
from assistant.policy import Plan
from vision_models.analysis import HEALTHY, Analysis

#: How many sections told or offered are remembered, so as not to offer them again.
TOLD = 60
#: How many earlier readings "compare it with the first" can go back to.
REMEMBERED = 3


def with_images(conversation: Conversation, analyses: tuple[Analysis, ...]) -> Conversation:
    """The conversation once the images of this turn are known, so that the text can speak of them."""
    if not analyses:
        return conversation
    before = tuple(analysis for analysis in conversation.analyses if analysis.accepted)
    conversation = conversation.with_(
        analyses=analyses, earlier=(*conversation.earlier, *before)[-REMEMBERED:]
    )
    findings = [analysis for analysis in analyses if analysis.finding is not None]
    if not findings:
        return conversation
    last = findings[-1]
    assert last.modality is not None
    healthy = last.finding == HEALTHY[last.modality]
    topic = last.modality if healthy else last.finding
    return conversation.with_(topic=topic, section="imaging_findings", subject="")


def remember(
    conversation: Conversation, plan: Plan, evidence: Evidence, audience: Audience, emergency: str | None
) -> Conversation:
    """Topic and section of what was answered; an unclear turn, or a declined one that named none, changes
    neither."""
    changed = conversation.with_(
        audience=audience,
        emergency=emergency,
        offered=plan.offered,
        offered_about=plan.topics if plan.offered else (),
    )
    answers = plan.kind in ("passages", "compare") or (plan.kind == "decline" and bool(plan.topics))
    if answers and evidence.above_floor and evidence.passages:
        first = evidence.passages[0]
        spoken_of = [(first.topic, section) for section in (first.section, *offers(first, evidence.sections))]
        if plan.kind == "compare":
            spoken_of = [(passage.topic, passage.section) for passage in evidence.passages]
        told = (*conversation.told, *("/".join(pair) for pair in spoken_of))[-TOLD:]
        changed = changed.with_(topic=first.topic, section=first.section, told=told)
    elif plan.kind == "other_map" and evidence.analyses:
        shown, before = evidence.analyses[-1], plan.images[-1]
        changed = changed.with_(
            analyses=tuple(shown if a is before else a for a in conversation.analyses),
            earlier=tuple(shown if a is before else a for a in conversation.earlier),
        )
    elif plan.topics and plan.kind in ("emergency", "decline"):
        changed = changed.with_(topic=plan.topics[0])
    return changed
