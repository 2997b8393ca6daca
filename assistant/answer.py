"""From a plan and its evidence to prose with citations. Pure: nothing is looked up and no model runs here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant import reading
from assistant.citing import Citations
from assistant.conversation import Audience, Citation
from assistant.messages import Messages
from assistant.policy import DECLINED, Plan
from assistant.settings import Settings
from intents.prediction import IntentPrediction
from knowledge_base.medlineplus import Link, search_address
from knowledge_base.schema import Passage
from vision_models.analysis import Analysis

#: Kinds of emergency and the topic whose warning signs say more about them.
EMERGENCY_TOPICS = {
    "breathing": "pneumonia",
    "oxygen": "pneumonia",
    "chest_pain": "pneumonia",
    "bleeding": "pneumonia",
    "baby_fever": "pneumonia",
    "stroke": "brain_tumor",
    "seizure": "brain_tumor",
    "headache": "brain_tumor",
    "vision": "brain_tumor",
    "unconscious": "brain_tumor",
    "after_surgery": "brain_tumor",
    "adrenal": "pituitary_tumor",
    "confusion": "brain_tumor",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a plan.

    ``passages``: the answer's, best first; ``above_floor`` whether they may be claimed.
    ``by_finding``: one passage for each finding of ``analyses``. ``alternatives``: topics to offer.
    ``sections``: those of the answer's topic, to offer the next from. ``warning``: the passage on the
    warning signs of an emergency. ``term``: what was looked up elsewhere, and ``links`` what was found;
    ``None`` where it could not be asked.
    """

    passages: tuple[Passage, ...] = ()
    above_floor: bool = False
    by_finding: dict[str, Passage] = field(default_factory=dict)
    analyses: tuple[Analysis, ...] = ()
    alternatives: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    warning: Passage | None = None
    term: str = ""
    links: tuple[Link, ...] | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What else wording depends on; ``emergency_before`` is the kind that the last turn told of."""

    prediction: IntentPrediction
    audience: Audience
    settings: Settings
    emergency: str | None = None
    emergency_before: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a composer looks at; only ``citations`` grows while it writes."""

    plan: Plan
    evidence: Evidence
    occasion: Occasion
    say: Messages
    citations: Citations


def compose(
    plan: Plan, evidence: Evidence, occasion: Occasion, say: Messages
) -> tuple[Plan, str, tuple[Citation, ...]]:
    """The text of a reply and its citations; the plan comes back changed where evidence was lacking."""
    if plan.kind == "passages" and not evidence.above_floor:
        plan = Plan("clarify", "unclear", plan.topics)
    scene = Scene(plan, evidence, occasion, say, Citations())
    if plan.kind == "unclear" and evidence.alternatives:
        text = say("answer.nothing_reliable", topics=_topics(evidence.alternatives, say))
    else:
        text = _COMPOSERS[plan.kind](scene)
    if occasion.emergency_before and plan.action != "triage":
        text = f"{text}\n\n{_still(scene)}"
    return plan, text, scene.citations.as_tuple()


def _passages(scene: Scene) -> str:
    parts = [_answer(scene)]
    if offered := offers(scene.evidence.passages[0], scene.evidence.sections):
        topic = scene.say(f"topics.{scene.evidence.passages[0].topic}")
        sections = scene.say.join([scene.say(f"sections.{name}") for name in offered], "or")
        parts.append(scene.say("answer.next", topics=topic, sections=sections))
    return "\n\n".join(parts)


def offers(told: Passage, sections: Sequence[str]) -> tuple[str, ...]:
    """The sections, of those not spoken of yet, that are offered after a passage."""
    return tuple(section for section in sections if section != told.section)[:2]


def _answer(scene: Scene) -> str:
    """The passage that answers, whole; of those beside it the first sentences."""
    first, *others = scene.evidence.passages
    parts = [scene.citations.cite(first)]
    if others:
        parts.append(
            scene.say("answer.also") + " ".join(scene.citations.cite(other, limit=1) for other in others)
        )
    return "\n\n".join(parts)


def _compare(scene: Scene) -> str:
    return "\n\n".join(_about(passage, scene) for passage in scene.evidence.passages)


def _about(passage: Passage, scene: Scene) -> str:
    topic = _capital(scene.say(f"topics.{passage.topic}"))
    return f"{scene.say('answer.compare', topic=topic)} {scene.citations.cite(passage, limit=3)}"


def _emergency(scene: Scene) -> str:
    number, kind = scene.occasion.settings.emergency_number, scene.occasion.emergency
    if kind == "suicide":
        crisis = scene.occasion.settings.crisis_line(scene.say.language)
        parts = [scene.say("triage.suicide", number=number, crisis=crisis)]
    else:
        parts = [f"{scene.say('triage.call', number=number)} {scene.say(f'triage.{kind}')}"]
        if scene.evidence.warning is not None and not (
            scene.evidence.above_floor and scene.evidence.passages
        ):
            parts.append(scene.citations.cite(scene.evidence.warning, limit=2))
    if scene.evidence.above_floor and scene.evidence.passages:
        parts += [scene.say("triage.then"), scene.citations.cite(scene.evidence.passages[0], limit=3)]
    if scene.evidence.analyses:
        parts.append(_told(scene))
    return "\n\n".join(parts)


def _reading(scene: Scene) -> str:
    evidence, intent = scene.evidence, scene.occasion.prediction.intent
    # Asked first, cited first: what answers the question is the first citation, though it is told last.
    answer = _answer(scene) if evidence.above_floor and evidence.passages else ""
    text = _told(scene)
    if scene.plan.compared:
        text = f"{text}\n\n{_compare_images(scene)}"
    if intent in DECLINED:
        text = f"{text}\n\n{scene.say(f'decline.{intent}')}"
    return f"{text}\n\n{scene.say('triage.then')}\n\n{answer}" if answer else text


def _told(scene: Scene) -> str:
    evidence = scene.evidence
    audience = scene.occasion.audience
    return reading.tell_all(evidence.analyses, evidence.by_finding, audience, scene.say, scene.citations)


def _on_each(tell: Callable[[Analysis, Messages], str]) -> "Composer":
    def composer(scene: Scene) -> str:
        return reading.each(tell, scene.evidence.analyses, scene.say)

    return composer


def _compare_images(scene: Scene) -> str:
    return reading.compared(scene.plan.compared, scene.say)


def _in_short(scene: Scene) -> str:
    """The last answer in fewer words: how it begins, or what the reading comes to."""
    lead = scene.say("answer.in_short")
    if scene.evidence.analyses:
        return f"{lead} " + "\n\n".join(reading.in_short(a, scene.say) for a in scene.evidence.analyses)
    return f"{lead} " + " ".join(scene.citations.cite(p, limit=1) for p in scene.evidence.passages[:2])


def _again(scene: Scene) -> str:
    """The last answer in the language that was asked for."""
    again = _told(scene) if scene.evidence.analyses else _answer(scene)
    return f"{scene.say('chat.language_changed')}\n\n{again}"


def _sourced(scene: Scene) -> str:
    """How sure the last answer is: as sure as those it was taken from."""
    passages = scene.evidence.passages
    publishers = dict.fromkeys(passage.sources[0].publisher for passage in passages)
    lead = scene.say("answer.sourced", publishers=scene.say.join(list(publishers)))
    return f"{lead} {scene.say('answer.briefly')} {scene.citations.cite(passages[0], limit=1)}"


def _decline(scene: Scene) -> str:
    lead = scene.say(f"decline.{scene.occasion.prediction.intent}")
    if not (scene.evidence.above_floor and scene.evidence.passages):
        return lead
    passage = scene.evidence.passages[0]
    introduced = scene.say("decline.about_me" if passage.topic == "assistant" else "decline.generally")
    return f"{lead}\n\n{introduced} {scene.citations.cite(passage, limit=3)}"


def _offtopic(scene: Scene) -> str:
    return scene.say(f"decline.{scene.occasion.prediction.intent}", topics=_main_topics(scene.say))


def _chat(scene: Scene) -> str:
    prediction = scene.occasion.prediction
    if prediction.intent == "change_language":
        return scene.say("chat.language_changed")
    if prediction.intent == "change_audience":
        return scene.say(f"chat.audience_{prediction.argument or 'which'}")
    return scene.say(f"chat.{prediction.intent}")


def _still(scene: Scene) -> str:
    """The turn before told of an emergency: its advice goes with whatever is said next."""
    settings = scene.occasion.settings
    if scene.occasion.emergency_before == "suicide":
        return scene.say("triage.still_suicide", crisis=settings.crisis_line(scene.say.language))
    return scene.say("triage.still", number=settings.emergency_number)


def _look_up(scene: Scene) -> str:
    """Titles and links, apart from what the library says; without a network, where to look by hand."""
    term, links, say = scene.evidence.term, scene.evidence.links, scene.say
    if not term:
        return say("look_up.what")
    address = search_address(term, "es" if say.language == "es" else "en")
    if links is None:
        return say("look_up.unreachable", term=term, address=address)
    if not links:
        return say("look_up.nothing", term=term, address=address)
    listed = "\n".join(f"- [{link.title.translate(_UNMARKED)}]({link.url})" for link in links)
    return "\n\n".join([say("look_up.found", term=term), listed, say("look_up.unread", address=address)])


def _which_wish(scene: Scene) -> str:
    first, second = (_wish(intent, scene) for intent in scene.plan.offered)
    return scene.say("clarify.which_wish", first=first, second=second)


def _wish(intent: str, scene: Scene) -> str:
    """What an intent wants, as the end of "would you like me to"."""
    section = intent.removeprefix("ask_")
    if not scene.say.has(f"sections.{section}"):
        return scene.say(f"wishes.{intent}")
    if not scene.plan.topics:
        return scene.say("wishes.ask", section=scene.say(f"sections.{section}"))
    topic = scene.say(f"topics.{scene.plan.topics[0]}")
    return scene.say("wishes.ask_about", topic=topic, section=scene.say(f"sections.{section}"))


def _about_what(scene: Scene) -> str:
    return scene.say("answer.about_what", topics=_main_topics(scene.say))


def _unclear(scene: Scene) -> str:
    return scene.say("clarify.unclear", topics=_main_topics(scene.say))


def _which_finding(scene: Scene) -> str:
    names = [reading.finding_name(name, scene.say) for name in scene.evidence.analyses[-1].probabilities]
    return scene.say("clarify.which_finding", findings=scene.say.join(names))


def _fixed(key: str) -> "Composer":
    def composer(scene: Scene) -> str:
        return scene.say(key)

    return composer


#: A title from elsewhere cannot end its own link.
_UNMARKED = str.maketrans("[]<>", "()()")

Composer = Callable[[Scene], str]
_COMPOSERS: dict[str, Composer] = {
    "passages": _passages,
    "compare": _compare,
    "compare_images": _compare_images,
    "in_short": _in_short,
    "again": _again,
    "sourced": _sourced,
    "which_wish": _which_wish,
    "emergency": _emergency,
    "reading": _reading,
    "explain": _on_each(reading.why),
    "certainty": _on_each(reading.certainty),
    "other_map": _on_each(reading.other_map),
    "next_steps": _on_each(reading.next_steps),
    "decline": _decline,
    "offtopic": _offtopic,
    "look_up": _look_up,
    "chat": _chat,
    "about_what": _about_what,
    "unclear": _unclear,
    "which_finding": _which_finding,
    "no_image": _fixed("clarify.no_image"),
    "empty": _fixed("chat.empty"),
    "repeat": _fixed("chat.nothing_to_repeat"),
}


def _topics(topics: Sequence[str], say: Messages) -> str:
    return say.join([say(f"topics.{topic}") for topic in topics], "or")


def _main_topics(say: Messages) -> str:
    return _topics(("brain_tumor", "pneumonia", "covid19", "chest_xray", "brain_mri"), say)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
