"""A reading told in order: the image, the finding and how sure, where, what it cannot tell, what next."""

import re
from collections.abc import Callable, Sequence

from assistant.citing import Citations
from assistant.conversation import Audience
from assistant.messages import Messages
from knowledge_base.schema import Passage
from vision_models.analysis import HEALTHY, Analysis


def tell_all(
    analyses: tuple[Analysis, ...],
    passages: dict[str, Passage],
    audience: Audience,
    say: Messages,
    citations: Citations,
) -> str:
    """Every image of a turn, one after the other; ``passages`` are by the finding they speak of."""
    parts = []
    for number, analysis in enumerate(analyses, start=1):
        if len(analyses) > 1:
            parts.append(say("reading.image_of_many", number=str(number), name=_plain(analysis.image)))
        if analysis.accepted:
            parts.append(tell(analysis, passages.get(analysis.finding or ""), audience, say, citations))
        else:
            parts.append(tell_rejected(analysis, say))
    return "\n\n".join(parts)


def each(tell: Callable[[Analysis, Messages], str], analyses: Sequence[Analysis], say: Messages) -> str:
    """What ``tell`` says of each of several readings, told apart by their names."""
    if len(analyses) == 1:
        return tell(analyses[0], say)
    parts = []
    for number, analysis in enumerate(analyses, start=1):
        parts += [say("reading.image_of_many", number=str(number), name=_plain(analysis.image))]
        parts += [tell(analysis, say)]
    return "\n\n".join(parts)


def tell(
    analysis: Analysis, passage: Passage | None, audience: Audience, say: Messages, citations: Citations
) -> str:
    """One accepted image."""
    assert analysis.modality is not None
    assert analysis.finding is not None
    healthy = analysis.finding == HEALTHY[analysis.modality]
    parts = [
        f"{say(f'reading.{analysis.modality}')} {_found(analysis, healthy, say)}",
        _where(analysis, healthy, say),
    ]
    if audience == "clinician":
        parts.append(_numbers(analysis, say))
    if passage is not None:
        about = say("reading.about", topic=say(f"topics.{passage.topic}"))
        parts.append(f"{about} {citations.cite(passage, limit=2)}")
    parts += [cannot(analysis, say), _next(analysis, say)]
    return "\n\n".join(parts)


def tell_rejected(analysis: Analysis, say: Messages) -> str:
    """One refused image: the reason in words, and what would help."""
    reason = analysis.reason if analysis.reason and say.has(f"rejected.{analysis.reason}") else "unknown"
    lead = say("rejected.lead", name=_plain(analysis.image), reason=say(f"rejected.{reason}"))
    return f"{lead} {say('rejected.help')}" if analysis.gate is not None else lead


def why(analysis: Analysis, say: Messages) -> str:
    """Where the model looked, and what the map means; or why there is no map."""
    if not analysis.map_holds:
        return say("reading.map_hidden")
    return say(
        "reading.why",
        finding=finding_name(analysis.target_class or analysis.finding or "", say),
        region=say(f"regions.{analysis.region}"),
    )


def other_map(analysis: Analysis, say: Messages) -> str:
    """What the map of another finding shows, with that finding's probability."""
    assert analysis.target_class is not None
    share = analysis.probabilities.get(analysis.target_class, analysis.probability)
    key = "other" if analysis.map_holds else "other_hidden"
    return say(
        f"reading.{key}", finding=finding_name(analysis.target_class, say), probability=say.percent(share)
    )


def certainty(analysis: Analysis, say: Messages) -> str:
    """How sure the model is, and what that figure means."""
    assert analysis.finding is not None
    text = say(
        "reading.certainty",
        finding=finding_name(analysis.finding, say),
        probability=say.percent(analysis.probability),
    )
    others = _set_sentence(analysis, say)
    doubts = [_doubts(analysis, say), say("reading.certainty_abstained")] if analysis.abstained else []
    return " ".join([text, others, *doubts])


def in_short(analysis: Analysis, say: Messages) -> str:
    """What was found and how sure, and what to do next."""
    assert analysis.modality is not None
    healthy = analysis.finding == HEALTHY[analysis.modality]
    return f"{_found(analysis, healthy, say)} {_next(analysis, say)}"


def compared(analyses: Sequence[Analysis], say: Messages) -> str:
    """What each of several readings found, side by side, and what that does not tell."""
    parts = [
        say(
            "reading.compared",
            name=_plain(analysis.image),
            modality=say(f"topics.{analysis.modality}"),
            finding=finding_name(analysis.finding or "", say),
            probability=say.percent(analysis.probability),
        )
        + (f" {say('reading.certainty_abstained')}" if analysis.abstained else "")
        for analysis in analyses
    ]
    same = len({analysis.modality for analysis in analyses}) == 1
    return "\n\n".join([*parts, say("reading.compared_alone" if same else "reading.compared_kinds")])


def next_steps(analysis: Analysis, say: Messages) -> str:
    assert analysis.modality is not None
    return f"{_next(analysis, say)}\n\n{cannot(analysis, say)}"


def _next(analysis: Analysis, say: Messages) -> str:
    """Without haste only where a healthy reading can be leant on."""
    calm = analysis.finding in HEALTHY.values() and not analysis.abstained
    return say("reading.next" if calm else "reading.next_urgent")


def finding_name(finding: str, say: Messages) -> str:
    return say(f"findings.{finding}")


def _found(analysis: Analysis, healthy: bool, say: Messages) -> str:
    assert analysis.finding is not None
    key = "abstained" if analysis.abstained else "found_none" if healthy else "found"
    found = say(
        f"reading.{key}",
        finding=finding_name(analysis.finding, say),
        probability=say.percent(analysis.probability),
    )
    if analysis.abstained:
        found = f"{found} {_doubts(analysis, say)}"
    if analysis.finding == "pneumonia":
        return f"{found} {say('reading.cause_open')}"
    return f"{found} {_set_sentence(analysis, say)}"


def _set_sentence(analysis: Analysis, say: Messages) -> str:
    others = [name for name in analysis.prediction_set if name != analysis.finding]
    if analysis.finding == "pneumonia":
        others = [name for name in others if name == HEALTHY["chest_xray"]]
    if not others:
        return say("reading.set_one")
    return say("reading.set_many", others=say.join([finding_name(name, say) for name in others], "or"))


def _doubts(analysis: Analysis, say: Messages) -> str:
    return " ".join(say(f"reading.doubt_{doubt}") for doubt in analysis.doubts)


def _where(analysis: Analysis, healthy: bool, say: Messages) -> str:
    """What the map shows, or why there is none; and for a tumor its outline."""
    if not analysis.map_holds:
        told = say("reading.map_hidden")
    elif healthy or analysis.region is None:
        told = say("reading.where_none")
    else:
        told = say("reading.where", region=say(f"regions.{analysis.region}"))
    if healthy or analysis.modality != "brain_mri":
        return told
    if analysis.outline_share is None:
        return f"{told} {say('reading.outline_missing')}"
    return f"{told} {say('reading.outline', share=say.percent(analysis.outline_share))}"


def cannot(analysis: Analysis, say: Messages) -> str:
    """What an accepted reading can't tell."""
    assert analysis.modality is not None
    healthy = analysis.finding == HEALTHY[analysis.modality]
    if analysis.modality == "chest_xray":
        return say("reading.cannot_normal" if healthy else "reading.cannot_chest")
    return say("reading.cannot_no_tumor" if healthy else "reading.cannot_brain")


def _numbers(analysis: Analysis, say: Messages) -> str:
    ranked = sorted(analysis.probabilities.items(), key=lambda item: -item[1])
    low, high = analysis.uncertain_band
    return say(
        "reading.clinician",
        probabilities=", ".join(f"{name} {share:.3f}" for name, share in ranked),
        set=", ".join(analysis.prediction_set),
        low=f"{low:.2f}",
        high=f"{high:.2f}",
        verdict=analysis.verdict,
        ood=f"{analysis.gate.ood_score:.3f}" if analysis.gate else "-",
        model=analysis.model or "-",
    )


#: A full stop that ends a sentence, not one within a name.
_STOP = re.compile(r"\.(?!\w)")


def _plain(name: str) -> str:
    """A file's name without what Markdown or HTML would read as more than letters, and in one sentence."""
    kept = _STOP.sub(" ", "".join(c if c.isalnum() or c in ".-" else " " for c in name))
    return " ".join(kept.split())[:60] or "-"
