"""The whole turn, on one page: images, danger, language, intent, policy, evidence, answer."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant import follow_up, library, memory
from assistant.answer import EMERGENCY_TOPICS, Evidence, Occasion, compose
from assistant.conversation import Attachment, Audience, Conversation, Language, Reply, Step, Turn
from assistant.language import detect_language
from assistant.legible import legible, printable
from assistant.messages import Messages, messages
from assistant.models import LookUp, Models, Words
from assistant.policy import CHAT, ON_READING, Plan, ask_back, decide
from assistant.rephrasing import REPHRASED, Rephraser
from assistant.triage import ends, find_emergency
from intents.prediction import IntentPrediction
from knowledge_base.medlineplus import Link, LookUpError
from knowledge_base.mentions import mentioned_sections, mentioned_topics, names_in
from knowledge_base.schema import Passage
from knowledge_base.shelf import Shelf
from vision_models.analysis import Analysis
from vision_models.analyzer import Analyzer

logger = logging.getLogger(__name__)

#: Beside the best passage as many others are quoted, of a score that is at least this share of its own.
BESIDE, SHARE = 2, 0.6
#: These ask for the last answer once more, however often; anything else gets the advice of an emergency once.
SAME_AGAIN = ("repeat", "simplify", "change_language")
#: How many passages are looked at before those of the topic in hand are kept.
CANDIDATES = 24


def respond(
    turn: Turn,
    conversation: Conversation,
    models: Models,
    on_step: Callable[[Step], None] | None = None,
) -> tuple[Reply, Conversation]:
    """Answers one turn. Nothing of it is kept but what the returned conversation holds.

    ``on_step`` is told the steps of reading an image as they happen (``vision_models.analyzer.STEPS``, before
    them ``load`` where the models are still on their way) and, where a language model rephrases the answer,
    the reply as far as its text is written and checked.
    """
    started = time.perf_counter()
    whole = ends(turn.text).encode("utf-8", "ignore").decode().strip()
    text = legible(whole[: models.settings.max_text])
    language = _language(turn, text, conversation)
    emergency = _danger(whole, legible(whole), text)
    waits = emergency is None
    if turn.images and waits and on_step is not None and not models.is_ready("analyzer"):
        on_step("load")
    is_late = not (waits or models.is_ready("analyzer"))
    analyzer = models.analyzer if turn.images and not is_late else None
    unread = bool(turn.images) and analyzer is None
    if unread and not text:
        return _finish(started, _down("vision", language), conversation, language)
    analyses = turn.read or (_read(turn.images, analyzer, conversation, on_step) if analyzer else ())
    seen = memory.with_images(conversation, analyses)
    words = models.words if waits or models.is_ready("words") else None
    if text and words is None and not (analyses or emergency):
        return _finish(started, _down("text", language), seen, language)
    asked_of = None if emergency and _asks_nothing(text, seen) else words
    prediction, search, find_alarm = _understand(text, language, bool(analyses), asked_of, seen.subject)
    emergency = told = emergency or find_alarm()
    if seen.emergency and not analyses and _is_still_about_it(text, prediction):
        emergency = emergency or seen.emergency
        told = told or (emergency if prediction.intent in SAME_AGAIN else None)
    prediction, plan = _plan(prediction, text, analyses, emergency, seen)
    seen = seen.with_(subject=names_in(text) or seen.subject)
    if prediction.intent == "change_language" and prediction.argument in ("en", "es"):
        language = "es" if prediction.argument == "es" else "en"
        seen = seen.with_(pinned_language=language)
    audience = _audience(turn, prediction, seen)
    if plan.kind == "repeat" and seen.last_reply is not None:
        again = replace(seen.last_reply, intent=prediction.intent, confidence=prediction.confidence)
        return _finish(started, again, seen.with_(audience=audience), language)
    term = _term(prediction, plan, messages(language))
    plan, evidence = _gather(plan, text, analyses, emergency, language, seen, models, words, search, term)
    occasion = Occasion(prediction, audience, models.settings, emergency, seen.emergency)
    plan, body, citations = compose(plan, evidence, occasion, messages(language))
    if unread:
        notice = "reading.vision_late" if is_late else "reading.vision_down"
        body = _with_notice(messages(language)(notice), body, plan)
    if len(whole) > models.settings.max_text and plan.action != "triage":
        body = messages(language)("chat.too_long", limit=str(models.settings.max_text)) + body
    reply = Reply(
        language=language,
        intent="emergency" if emergency else prediction.intent,
        confidence=1.0 if emergency else prediction.confidence,
        action=plan.action,
        text=body,
        citations=citations,
        analyses=evidence.analyses if plan.action in ("analysis", "triage") or plan.kind == "again" else (),
    )
    if models.rephraser is not None and reply.action in REPHRASED:
        reply = _rephrase(reply, evidence, audience, models.rephraser, on_step)
    return _finish(started, reply, memory.remember(seen, plan, evidence, audience, told), language)


def _read(
    images: tuple[Attachment, ...],
    analyzer: Analyzer,
    conversation: Conversation,
    on_step: Callable[[Step], None] | None,
) -> tuple[Analysis, ...]:
    """The readings of the images; of one that this conversation remembers, or that stands here twice, the
    reading that there is."""
    found: list[Analysis] = []
    for image in images:
        known = (*found, *conversation.analyses, *conversation.earlier)
        found.append(analyzer.analyze(printable(image.name), image.content, on_step, known))
    return tuple(found)


def _danger(*readings: str) -> str | None:
    """The first emergency that a message tells of: as written, as it reads, or in its beginning alone."""
    return next(filter(None, map(find_emergency, dict.fromkeys(readings))), None)


def _is_still_about_it(text: str, prediction: IntentPrediction) -> bool:
    """Whether what is said after an emergency asks for its advice once more: all but talk, and questions that
    name their topic."""
    return prediction.intent == "change_language" or not (mentioned_topics(text) or prediction.intent in CHAT)


def _with_notice(notice: str, body: str, plan: Plan) -> str:
    """The notice before the reply, in an emergency after it, and in the place of one that only asks back."""
    if plan.action == "clarify":
        return notice
    return "\n\n".join((body, notice) if plan.action == "triage" else (notice, body))


def _plan(
    prediction: IntentPrediction,
    text: str,
    analyses: tuple[Analysis, ...],
    emergency: str | None,
    conversation: Conversation,
) -> tuple[IntentPrediction, Plan]:
    """What is wanted and what to do, or the question which of two things is meant."""
    mentioned = mentioned_topics(text)

    def planned(prediction: IntentPrediction) -> Plan:
        meant = follow_up.resolve(text, mentioned, prediction, conversation)
        return decide(prediction, meant, analyses, bool(text), emergency, conversation)

    prediction = follow_up.settle(text, mentioned, prediction, conversation)
    plan, second = planned(prediction), prediction.second()
    if second is None or emergency or analyses:
        return prediction, plan
    other = planned(second)
    if plan.action == "clarify" and other.action in ("answer", "analysis"):
        return second, other
    of_no_image = second.intent in ON_READING and not conversation.readings
    if plan.action in ("answer", "analysis") and (other.action == "clarify" or of_no_image):
        return prediction, plan
    if plan.kind == other.kind == "passages" and not (plan.leans or plan.carried):
        return prediction, replace(plan, section=plan.section if plan.section == other.section else None)
    return prediction, ask_back((prediction, plan), (second, other)) or plan


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brings: passages near the best one, and whether they may be claimed."""

    passages: tuple[Passage, ...] = ()
    above_floor: bool = False
    nearest_topics: tuple[str, ...] = ()


def _asks_nothing(text: str, conversation: Conversation) -> bool:
    """Whether a message that tells of an emergency has nothing else in it that could be answered."""
    about = conversation.topic or mentioned_topics(text) or mentioned_sections(text)
    return not (about or "?" in text)


Search = Callable[[Plan], Found]


def _understand(
    text: str, language: Language, with_images: bool, words: Words | None, subject: str
) -> tuple[IntentPrediction, Search, Callable[[], str | None]]:
    """The intent, and what shares the one pass of the encoder with it: a search, and a second look for an
    emergency.

    ``subject`` is what a follow-up is about, in the words that named it.
    """
    if not text or words is None:
        intent = "read_image" if with_images else "fallback"
        return IntentPrediction(intent, 1.0, by_rule=True), lambda _: Found(), lambda: None
    query = f"{text} {subject}" if subject and not names_in(text) else text
    vectors = words.encoder.encode_queries([text] if query == text else [text, query])
    vector = vectors[0]

    def search(plan: Plan) -> Found:
        topic = plan.topics[0] if plan.topics else None
        with_subject = plan.leans and not plan.at_least
        asked, of_asked = (query, vectors[-1]) if with_subject else (text, vector)
        found = words.retriever.search(
            asked, of_asked, language, topic=topic, section=plan.section, top_k=CANDIDATES
        )
        of_topic = [hit for hit in found.hits if hit.passage.topic == topic]
        of_section = [hit for hit in of_topic if hit.passage.section == plan.section]
        if of_section and (plan.leans or plan.carried):
            hits = of_section[: 1 + BESIDE]
            near_enough = found.above_floor and hits[0].score >= plan.at_least
            sure = plan.bare or plan.carried or near_enough
            return Found(tuple(hit.passage for hit in hits), sure, found.nearest_topics)
        hits = of_topic if plan.leans else list(found.hits)
        near = tuple(hit.passage for hit in hits if hit.score >= SHARE * hits[0].score)
        sure = found.above_floor and bool(near) and hits[0].score >= plan.at_least
        return Found(near[: 1 + BESIDE], sure, found.nearest_topics)

    def find_alarm() -> str | None:
        return words.second_look.find_emergency(text, vector) if words.second_look else None

    return words.router.route(text, vector, language), search, find_alarm


def _gather(
    plan: Plan,
    text: str,
    analyses: tuple[Analysis, ...],
    emergency: str | None,
    language: Language,
    conversation: Conversation,
    models: Models,
    words: Words | None,
    search: Search,
    term: str,
) -> tuple[Plan, Evidence]:
    """Looks up what the plan asks for. The plan changes where nothing is found, to what it has ``otherwise``,
    and where a map is asked for that cannot be drawn."""
    shelf = words.retriever.shelf(language) if words else Shelf(())
    evidence = Evidence(analyses=analyses if plan.kind == "emergency" else plan.images)
    if plan.kind == "other_map" and models.analyzer is not None:
        target = follow_up.target_class(text, plan.images[-1])
        if target is None:
            return replace(plan, kind="which_finding"), evidence
        evidence = replace(evidence, analyses=(models.analyzer.explain(plan.images[-1], target),))
    if plan.kind == "look_up":
        return plan, replace(evidence, term=term, links=_links(term, language, models.look_up))
    evidence = replace(
        evidence,
        by_finding=library.by_finding(evidence.analyses, shelf),
        warning=shelf.first(EMERGENCY_TOPICS.get(emergency or "", ""), "warning_signs"),
    )
    if plan.kind in ("in_short", "again", "sourced") and conversation.last_reply is not None:
        said = library.in_language(conversation.last_reply.citations, shelf, language)
        if not (said or plan.images):
            return replace(plan, kind="chat" if plan.kind == "again" else "repeat"), evidence
        return plan, replace(evidence, passages=said, above_floor=bool(said))
    if plan.kind == "compare":
        compared = tuple(
            passage
            for topic in plan.topics
            if (passage := shelf.first(topic, plan.section) or shelf.first(topic, "overview"))
        )
        return plan, replace(evidence, passages=compared, above_floor=bool(compared))
    found = search(plan) if plan.search else Found()
    while plan.otherwise and not found.above_floor:
        plan = plan.otherwise
        found = search(plan) if plan.search else Found()
    if plan.kind == "decline" and not found.above_floor:
        limits = shelf.first("assistant", "limitations")
        return plan, replace(evidence, passages=(limits,) if limits else (), above_floor=limits is not None)
    if not plan.search:
        return plan, evidence
    return plan, replace(
        evidence,
        passages=found.passages,
        above_floor=found.above_floor,
        alternatives=found.nearest_topics,
        sections=library.sections_left(shelf, found.passages[0].topic, conversation.told)
        if found.passages
        else (),
    )


def _rephrase(
    reply: Reply,
    evidence: Evidence,
    audience: Audience,
    rephraser: Rephraser,
    on_step: Callable[[Step], None] | None,
) -> Reply:
    """The reply with what its passages say in other words, told as it grows."""

    def tell(text: str) -> None:
        if on_step is not None:
            on_step(replace(reply, text=text))

    passages = (*evidence.passages, *evidence.by_finding.values())
    text = rephraser.rephrase(reply.text, passages, audience, messages(reply.language), tell)
    return replace(reply, text=text)


def _term(prediction: IntentPrediction, plan: Plan, say: Messages) -> str:
    """What is to be looked up elsewhere: the words asked for, or the topic in hand."""
    asked = "".join(c for c in prediction.argument or "" if c.isalnum() or c in " -").strip()
    return asked or (say(f"topics.{plan.topics[0]}") if plan.topics else "")


def _links(term: str, language: Language, look_up: LookUp | None) -> tuple[Link, ...] | None:
    """Pages elsewhere; ``None`` where they cannot be asked for."""
    if not term or look_up is None:
        return None
    try:
        return look_up(term, language)
    except LookUpError as error:
        logger.info("no look beyond the articles: %s", error)
        return None


def _language(turn: Turn, text: str, conversation: Conversation) -> Language:
    if conversation.pinned_language is not None:
        return conversation.pinned_language
    return turn.language or detect_language(text, conversation.language)


def _audience(turn: Turn, prediction: IntentPrediction, conversation: Conversation) -> Audience:
    if prediction.intent == "change_audience" and prediction.argument in ("clinician", "patient"):
        return "clinician" if prediction.argument == "clinician" else "patient"
    return turn.audience or conversation.audience


def _down(part: str, language: Language) -> Reply:
    return Reply(
        language,
        "read_image" if part == "vision" else "fallback",
        1.0,
        "clarify",
        messages(language)(f"reading.{part}_down"),
    )


def _finish(
    started: float, reply: Reply, conversation: Conversation, language: Language
) -> tuple[Reply, Conversation]:
    reply = replace(reply, elapsed_ms=1000 * (time.perf_counter() - started))
    return reply, conversation.with_(language=language, last_reply=reply, turns=conversation.turns + 1)
