"""From what a person wants, and what there is, to what is done. Pure: no model, no wording."""

from dataclasses import dataclass, replace
from typing import Literal

from assistant.conversation import Action, Conversation
from assistant.follow_up import Meant
from intents.prediction import ASK_INTENTS, IntentPrediction
from knowledge_base.evidence import EXAMS
from vision_models.analysis import Analysis

Kind = Literal[
    "emergency",
    "reading",
    "explain",
    "certainty",
    "other_map",
    "next_steps",
    "passages",
    "compare",
    "compare_images",
    "in_short",
    "again",
    "sourced",
    "which_wish",
    "decline",
    "offtopic",
    "no_image",
    "which_finding",
    "about_what",
    "unclear",
    "repeat",
    "empty",
    "look_up",
    "chat",
]

#: Intents that are answered with a fixed, kind sentence.
CHAT = (
    "greeting",
    "thanks",
    "goodbye",
    "who_are_you",
    "capabilities",
    "small_talk",
    "worry",
    "insult",
    "export",
    "change_language",
    "change_audience",
)
#: Below this confidence a guess at small talk does not keep a question from the library.
SURE = 0.6
#: Talk that a question about the topic in hand may be taken for ("is it noisy?").
MISTAKEN = ("small_talk", "capabilities")
#: How sure the library must be (0..1) that it answers what the router took for something else: out of scope
#: (2 in 100 of the utterances that are reach it), nonsense, and talk where the router was sure (1 in 100).
QUITE_LIKELY, LIKELY, VERY_LIKELY = 0.35, 0.4, 0.8
#: Requests that are declined, with the section of what is generally true.
DECLINED = {"dose_request": "treatment", "self_diagnosis": "symptoms", "self_prognosis": "prognosis"}
#: Follow-ups on the last reading.
ON_READING: dict[str, Kind] = {
    "explain_reading": "explain",
    "ask_certainty": "certainty",
    "show_other_finding": "other_map",
    "ask_next_steps": "next_steps",
    "read_image": "reading",
}
#: What is worth asking back for. A word of thanks that was none does no harm, and declining is the safe side.
WISHES = (*ASK_INTENTS, "compare_topics", *ON_READING, "simplify")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: the reply's ``action``, the ``kind`` of composition, and what to look up for it.

    ``search`` says whether passages are looked for; ``topics`` and ``section`` weigh in it, and where the
    text ``leans`` on the conversation for its topic, no other topic will do. ``otherwise`` is what is
    done where the search finds nothing that may be claimed, or nothing it is sure of by ``at_least`` (0..1).
    ``images`` are the readings it is about,
    ``compared`` two to set side by side. ``carried``: the section was said in the turn before, and where the
    topic has it no other will do. ``bare``: nothing but the section was said.
    ``offered`` are the intents that the reply asks to choose between, or the one that lacks its topic.
    """

    action: Action
    kind: Kind
    topics: tuple[str, ...] = ()
    section: str | None = None
    search: bool = False
    leans: bool = False
    otherwise: "Plan | None" = None
    at_least: float = 0.0
    images: tuple[Analysis, ...] = ()
    compared: tuple[Analysis, ...] = ()
    bare: bool = False
    carried: bool = False
    offered: tuple[str, ...] = ()


def ask_back(first: tuple[IntentPrediction, Plan], second: tuple[IntentPrediction, Plan]) -> Plan | None:
    """The question which of the two is meant; ``None`` where they come to the same, either is talk, or the
    text names its topic, so that the search finds what it asks."""
    (this, plan), (other, another) = first, second
    named = bool(plan.topics) and not plan.leans and plan.search
    if named or plan.kind == another.kind or not {this.intent, other.intent} <= set(WISHES):
        return None
    topics = plan.topics or another.topics
    return Plan("clarify", "which_wish", topics, offered=(this.intent, other.intent))


def decide(
    prediction: IntentPrediction,
    meant: Meant,
    analyses: tuple[Analysis, ...],
    has_text: bool,
    emergency: str | None,
    conversation: Conversation,
) -> Plan:
    """The whole policy, the most important first: danger, images, commands and talk, questions."""
    topics = () if meant.loose else meant.topics
    asks = prediction.section is not None or prediction.intent == "compare_topics"
    if emergency:
        return Plan("triage", "emergency", topics, meant.section, search=asks)
    compares = prediction.intent == "compare_topics" and not (meant.topics and not meant.leans)
    all_read = all(analysis.accepted for analysis in analyses)
    compared = _compared_images(meant, conversation) if compares and has_text and all_read else ()
    if analyses:
        # "And this?" only points at the picture; "is it serious?" asks of what was seen in it.
        of_it = meant.bare and any(analysis.accepted for analysis in analyses)
        asks = asks and has_text and not compared and (of_it or meant.loose or not meant.leans)
        return Plan("analysis", "reading", topics, meant.section, asks, images=analyses, compared=compared)
    if compared:
        return Plan("analysis", "compare_images", images=compared, compared=compared)
    if not has_text:
        return Plan("clarify", "empty")
    if prediction.intent in ON_READING and not _names_a_topic_instead(meant, conversation):
        on_answer = None if meant.images else _on_answer(prediction, conversation)
        return on_answer or _on_reading(ON_READING[prediction.intent], meant, conversation)
    if prediction.intent in ("simplify", "change_language") and (plan := _again(prediction, conversation)):
        return plan
    if prediction.intent in CHAT or prediction.intent == "web_search":
        return _chat(prediction, meant)
    if prediction.intent in ("repeat", "simplify"):
        return Plan("chat", "repeat")
    if prediction.intent in DECLINED:
        section = DECLINED[prediction.intent]
        return Plan(
            "decline", "decline", topics, section, search=bool(topics), leans=meant.leans, carried=True
        )
    return _question(prediction, meant, conversation)


def _names_a_topic_instead(meant: Meant, conversation: Conversation) -> bool:
    """ "And the viral one?" without an image in the conversation is a question about a topic."""
    named = bool(meant.topics) and not meant.leans
    return named and not any(analysis.accepted for analysis in conversation.analyses)


def _chat(prediction: IntentPrediction, meant: Meant) -> Plan:
    """Small talk is answered as such, unless the router is unsure and the library has the answer."""
    if prediction.intent == "web_search":
        return Plan("chat", "look_up", meant.topics)
    chat = Plan("chat", "chat", meant.topics)
    asks = bool(meant.topics) and (meant.bare or not meant.leans)
    unsure = not prediction.by_rule and prediction.confidence < SURE
    if unsure and asks:
        return Plan("answer", "passages", meant.topics, None, search=True, otherwise=chat)
    if prediction.by_rule or prediction.intent not in MISTAKEN:
        return chat
    return _perhaps(chat, meant, LIKELY if unsure else VERY_LIKELY)


def _perhaps(otherwise: Plan, meant: Meant, at_least: float = LIKELY) -> Plan:
    """What goes on with the topic in hand may be a question that the router took for something else."""
    if not meant.leans:
        return otherwise
    return Plan(
        "answer", "passages", meant.topics, search=True, leans=True, otherwise=otherwise, at_least=at_least
    )


def _on_answer(prediction: IntentPrediction, conversation: Conversation) -> Plan | None:
    """ "Are you sure?" and "why?" after an answer in words are about that, not about an image."""
    last, topic = conversation.last_reply, conversation.topic
    if last is None or topic is None or last.analyses or not last.citations:
        return None
    why = prediction.argument == "why"
    if prediction.intent == "ask_certainty" and topic != "assistant":
        return Plan("answer", "sourced")
    if prediction.intent == "ask_certainty" or why:
        section = "causes" if topic not in (*EXAMS, "assistant") else "how_it_works" if why else "limitations"
        return Plan("answer", "passages", (topic,), section, search=True, leans=True, bare=True)
    return None


def _on_reading(kind: Kind, meant: Meant, conversation: Conversation) -> Plan:
    if meant.image is not None:
        # "And the second one?" of two images is no wish for another finding's map.
        told = kind == "other_map" and not meant.finding
        return Plan("analysis", "reading" if told else kind, images=(meant.image,))
    if accepted := _in_hand(conversation):
        images = conversation.analyses if kind == "reading" else accepted
        return Plan("analysis", kind, images=accepted[-1:] if kind == "other_map" else images)
    if conversation.analyses and kind != "other_map":
        return Plan("analysis", "reading", images=conversation.analyses)
    if kind == "next_steps" and conversation.topic:
        return Plan("answer", "passages", (conversation.topic,), "treatment", search=True, leans=True)
    if kind == "certainty":  # "can you be wrong?" with nothing to be sure of is about Galeno
        return Plan("answer", "passages", ("assistant",), "limitations", search=True, leans=True, bare=True)
    return Plan("clarify", "no_image")


def _compare(topics: tuple[str, ...], section: str | None) -> Plan:
    """Diseases named beside an examination are compared by what it shows of them."""
    diseases = tuple(topic for topic in topics if topic not in EXAMS)
    if 1 < len(diseases) < len(topics):
        topics, section = diseases, section or "imaging_findings"
    return Plan("answer", "compare", topics[:3], section or "overview", search=True)


def _in_hand(conversation: Conversation) -> tuple[Analysis, ...]:
    """The readings that the last reply told of, else those of the last turn with images."""
    last = conversation.last_reply.analyses if conversation.last_reply else ()
    return tuple(a for a in last if a.accepted) or tuple(a for a in conversation.analyses if a.accepted)


def _compared_images(meant: Meant, conversation: Conversation) -> tuple[Analysis, ...]:
    """The last reading and the one it is to be compared with; none where there are not two."""
    if len(conversation.readings) < 2:
        return ()
    *_, other, last = conversation.readings
    if len(meant.images) > 1:
        other, last = meant.images[:2]
    elif meant.image is not None and meant.image is not last:
        other = meant.image
    return other, last


def _again(prediction: IntentPrediction, conversation: Conversation) -> Plan | None:
    """The last answer in fewer words, or in the language that is asked for."""
    last = conversation.last_reply
    if last is None or last.action in ("triage", "decline") or not (last.citations or last.analyses):
        return None
    images = tuple(analysis for analysis in last.analyses if analysis.accepted)
    if last.analyses and not images:
        return Plan("analysis", "reading", images=last.analyses)
    if prediction.intent == "simplify":
        return Plan("analysis" if images else "answer", "in_short", images=images)
    return Plan("chat", "again", images=images) if prediction.argument not in (None, last.language) else None


def _question(prediction: IntentPrediction, meant: Meant, conversation: Conversation) -> Plan:
    named = meant.topics and not meant.leans
    if prediction.intent in ("offtopic", "offtopic_medical") and not named:
        # "And is that cancer?" may be of the topic in hand.
        medical = prediction.intent == "offtopic_medical"
        elsewhere = Plan("decline", "offtopic")
        if not (meant.leans and (meant.bare or (medical and meant.goes_on))):
            return _perhaps(elsewhere, meant, QUITE_LIKELY)
        return Plan("answer", "passages", meant.topics, search=True, leans=True, otherwise=elsewhere)
    if meant.bare and meant.section and not meant.topics:
        return Plan("clarify", "about_what", section=meant.section, offered=(prediction.intent,))
    if prediction.intent == "compare_topics":
        topics = meant.topics
        if meant.leans:  # "which of the two is worse?"
            topics = conversation.spoken_of[-2:]
        elif len(topics) == 1 and conversation.topic and conversation.topic != topics[0]:
            topics = (conversation.topic, *topics)
        if len(topics) > 1:
            return _compare(topics, meant.section)
    goes_on = meant.leans and (meant.bare or meant.goes_on or meant.section is not None)
    if prediction.intent == "fallback" and not named and not goes_on:
        return _perhaps(Plan("clarify", "unclear", meant.topics, meant.section), meant)
    plan = Plan(
        "answer",
        "passages",
        meant.topics,
        meant.section,
        search=True,
        leans=meant.leans,
        bare=meant.bare,
        carried=meant.carried,
    )
    if not meant.loose:
        return plan
    anywhere = replace(plan, topics=(), leans=False)
    return replace(plan, otherwise=anywhere, at_least=LIKELY)
