"""Following the thread: turns that only mean something after others. Without models."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.conversation import Conversation, Turn
from assistant.messages import messages
from assistant.models import Models
from assistant.respond import respond
from intents.prediction import IntentPrediction
from tests.assistant.conftest import IMAGE, ask, brain_analysis, rejected
from vision_models.analysis import Analysis

Make = Callable[..., Models]


@pytest.mark.parametrize(
    ("question", "topic"),
    [("what are the symptoms?", "meningiomas"), ("¿cuáles son los síntomas?", "del meningioma")],
)
def test_a_question_about_nothing_asks_about_what_and_waits_for_it(
    models: Make, question: str, topic: str
) -> None:
    made = models("ask_symptoms", "fallback")
    asked, conversation = ask(made, question)
    assert (asked.action, asked.citations) == ("clarify", ())
    told, after = ask(made, topic, conversation)
    assert (told.citations[0].topic, told.citations[0].section) == ("meningioma", "symptoms")
    assert after.offered == ()


def test_another_question_than_the_missing_topic_is_answered_as_it_stands(models: Make) -> None:
    made = models("ask_symptoms", "ask_treatment")
    _, conversation = ask(made, "what are the symptoms?")
    told, _ = ask(made, "How is a meningioma treated?", conversation)
    assert told.citations[0].section == "treatment"


TORN = IntentPrediction("ask_certainty", 0.41, "explain_reading", 0.02, torn=True)


@pytest.mark.parametrize(("choice", "said"), [("the first", "probability"), ("the second one", "heat map")])
def test_torn_between_two_wishes_it_asks_which_and_does_that(models: Make, choice: str, said: str) -> None:
    made = models(TORN, "fallback", analyses=(brain_analysis("glioma", 0.9),))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    asked, conversation = ask(made, "and how come you say that about it", conversation)
    assert asked.action == "clarify"
    assert "how sure the reading is" in asked.text
    assert "explain the reading" in asked.text
    told, _ = ask(made, choice, conversation)
    assert told.action == "analysis"
    assert said in told.text


def test_with_an_image_nothing_is_asked_back(models: Make) -> None:
    made = models(TORN, analyses=(brain_analysis("glioma", 0.9),))
    reply, _ = respond(Turn("is it sure", images=(IMAGE,), language="en"), Conversation(), made)
    assert reply.action == "analysis"
    assert len(reply.analyses) == 1


def test_what_can_be_answered_is_preferred_to_asking_for_an_image(models: Make) -> None:
    torn = IntentPrediction("explain_reading", 0.41, "ask_imaging_findings", 0.02, torn=True)
    reply, _ = ask(models("ask_overview", torn), "What is a glioma?")
    _, conversation = ask(models("ask_overview"), "What is a glioma?")
    reply, _ = ask(models(torn), "what does that look like", conversation.with_(last_reply=None))
    assert reply.action == "answer"
    assert reply.citations[0].section == "imaging_findings"


@pytest.mark.parametrize("runner_up", ["thanks", "dose_request", "ask_symptoms", None])
def test_nothing_is_asked_back_where_it_would_change_little(models: Make, runner_up: str | None) -> None:
    torn = IntentPrediction("ask_treatment", 0.41, runner_up, 0.02, torn=True)
    reply, _ = ask(models(torn), "How is a meningioma treated?")
    assert reply.action == "answer"


@pytest.mark.parametrize(
    ("again", "topic"), [(None, "What is a glioma?"), (brain_analysis("glioma", 0.9), "What is a glioma?")]
)
def test_are_you_sure_of_an_answer_in_words_names_its_sources(
    models: Make, again: Analysis | None, topic: str
) -> None:
    made = models("ask_overview", "ask_certainty", analyses=(again,) if again else ())
    conversation = Conversation()
    if again:
        _, conversation = respond(Turn(images=(IMAGE,), language="en"), conversation, made)
    told, conversation = ask(made, topic, conversation)
    sure, _ = ask(made, "are you sure?", conversation)
    assert sure.action == "answer"
    assert told.citations[0].publisher in sure.text
    assert sure.citations[0] == told.citations[0]


def test_why_after_an_answer_in_words_tells_the_causes(models: Make) -> None:
    why = IntentPrediction("explain_reading", 1.0, by_rule=True, argument="why")
    made = models("ask_overview", why)
    _, conversation = ask(made, "What is a glioma?")
    told, _ = ask(made, "why?", conversation)
    assert (told.citations[0].topic, told.citations[0].section) == ("glioma", "causes")


@pytest.mark.parametrize("intent", ["ask_next_steps", "ask_certainty", "explain_reading", "repeat"])
def test_a_question_after_an_emergency_gets_its_advice_again(models: Make, intent: str) -> None:
    made = models("fallback", intent)
    _, conversation = ask(made, "I can't breathe!")
    reply, _ = ask(made, "and now?", conversation)
    assert reply.action == "triage"
    assert "112 / 911" in reply.text


@pytest.mark.parametrize("text", ["can I wait until tomorrow?", "ok"])
def test_what_names_no_topic_after_an_emergency_is_about_it(models: Make, text: str) -> None:
    made = models("fallback", "ask_recovery")
    _, conversation = ask(made, "I can't breathe!")
    reply, _ = ask(made, text, conversation)
    assert reply.text.startswith(messages("en")("triage.call", number="112 / 911"))


def test_the_advice_of_an_emergency_is_not_told_for_ever(models: Make) -> None:
    made = models("fallback", "fallback", "fallback", "fallback")
    _, conversation = ask(made, "I can't breathe!")
    actions = []
    for text in ("no no", "I was joking", "ok then"):
        reply, conversation = ask(made, text, conversation)
        actions.append(reply.action)
    assert actions == ["triage", "clarify", "clarify"]


@pytest.mark.parametrize("intent", ["fallback", "ask_treatment", "offtopic", "thanks", "dose_request"])
def test_whatever_comes_after_an_emergency_its_advice_goes_with_it(models: Make, intent: str) -> None:
    made = models("fallback", intent, intent)
    _, conversation = ask(made, "I can't breathe!")
    reply, conversation = ask(made, "pneumonia, well", conversation)
    assert reply.action != "triage"
    assert messages("en")("triage.still", number="112 / 911") in reply.text
    later, _ = ask(made, "pneumonia, well", conversation)
    assert "112 / 911" not in later.text


def test_in_an_emergency_nothing_stands_before_the_advice(models: Make) -> None:
    long = "I can't breathe. " + "We were told to wait. " * 400
    reply, _ = ask(models(), long)
    assert reply.text.startswith(messages("en")("triage.call", number="112 / 911"))


def test_with_images_off_the_words_beside_one_are_answered(models: Make) -> None:
    made = replace(models("ask_symptoms"), analyzer=None)
    turn = Turn("What are the symptoms of pneumonia?", images=(IMAGE,), language="en")
    reply, _ = respond(turn, Conversation(), made)
    assert reply.text.startswith(messages("en")("reading.vision_down"))
    assert "pneumonia" in reply.citations[0].topic


@pytest.mark.parametrize("intent", ["simplify", "ask_certainty", "explain_reading"])
def test_a_refusal_is_told_again(models: Make, intent: str) -> None:
    made = models(intent, analyses=(rejected("photo"),))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    reply, _ = ask(made, "I don't get it", conversation)
    assert "everyday photo" in reply.text


def test_a_refused_image_is_told_though_a_comparison_was_asked_for(models: Make) -> None:
    made = models(
        "compare_topics", analyses=(brain_analysis(), brain_analysis("no_tumor"), rejected("photo"))
    )
    conversation = Conversation()
    for text in ("", "", "compare it with the previous one"):
        reply, conversation = respond(Turn(text, images=(IMAGE,), language="en"), conversation, made)
    assert "everyday photo" in reply.text


def test_a_new_image_is_read_whole_and_then_compared(models: Make) -> None:
    made = models("compare_topics", analyses=(brain_analysis(), brain_analysis("no_tumor")))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    reply, _ = respond(Turn("compare it with the first", (IMAGE,), "en"), conversation, made)
    assert "What to do next" in reply.text
    assert messages("en")("reading.compared_alone") in reply.text


TWO = (brain_analysis("glioma", 0.71), brain_analysis("glioma", 0.93))


@pytest.mark.parametrize(
    ("text", "intent", "image", "asked"),
    [
        ("and this?", "ask_overview", rejected("screenshot"), False),
        ("and this?", "ask_overview", brain_analysis("meningioma"), False),
        ("how is it treated?", "ask_treatment", rejected("screenshot"), False),
        ("how is it treated?", "ask_treatment", brain_analysis("meningioma"), True),
        ("how is a glioma treated?", "ask_treatment", rejected("screenshot"), True),
    ],
)
def test_words_beside_an_image_ask_only_where_they_do(
    models: Make, text: str, intent: str, image: Analysis, asked: bool
) -> None:
    made = models(intent, analyses=(brain_analysis("glioma"), image))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    reply, _ = respond(Turn(text, (IMAGE,), "en"), conversation, made)
    assert (messages("en")("triage.then") in reply.text) is asked


def test_sure_is_of_the_image_that_was_told_last(models: Make) -> None:
    made = models(
        "read_image",
        "ask_certainty",
        analyses=TWO,
    )
    _, conversation = respond(Turn(images=(IMAGE, IMAGE), language="en"), Conversation(), made)
    _, conversation = ask(made, "the first one", conversation)
    sure, _ = ask(made, "are you sure?", conversation)
    assert "71%" in sure.text
    assert "93%" not in sure.text


def test_sure_of_several_images_tells_them_apart(models: Make) -> None:
    made = models("ask_certainty", analyses=TWO)
    _, conversation = respond(Turn(images=(IMAGE, IMAGE), language="en"), Conversation(), made)
    sure, _ = ask(made, "are you sure?", conversation)
    assert (
        sure.text.index("Image 1")
        < sure.text.index("71%")
        < sure.text.index("Image 2")
        < sure.text.index("93%")
    )


def test_a_map_of_one_of_several_images(models: Make) -> None:
    made = models(
        "show_other_finding", analyses=(brain_analysis("glioma", 0.7), brain_analysis("glioma", 0.9))
    )
    _, conversation = respond(Turn(images=(IMAGE, IMAGE), language="en"), Conversation(), made)
    _, second = conversation.analyses
    reply, after = ask(made, "show me the meningioma map of the first image", conversation)
    assert reply.analyses[0].target_class == "meningioma"
    assert [a.target_class for a in after.analyses] == ["meningioma", "glioma"]
    assert after.analyses[1] is second


@pytest.mark.parametrize("intent", ["simplify", "change_language"])
def test_a_decline_does_not_become_an_answer(models: Make, intent: str) -> None:
    wanted = IntentPrediction(
        intent, 1.0, by_rule=True, argument="es" if intent == "change_language" else None
    )
    made = models("dose_request", wanted)
    _, conversation = ask(made, "How much amoxicillin for pneumonia?")
    reply, _ = ask(made, "simpler please", conversation)
    assert reply.action != "answer"
    assert reply.citations == () or reply.text.startswith(messages("en")("decline.dose_request"))


def test_a_decline_without_a_topic_leaves_the_topic(models: Make) -> None:
    made = models("self_diagnosis", "ask_symptoms")
    _, conversation = ask(made, "can you diagnose me?")
    assert conversation.topic is None
    reply, _ = ask(made, "what are the symptoms?", conversation)
    assert reply.text == messages("en")("answer.about_what", topics=_main(reply.text))


def _main(text: str) -> str:
    return text.removeprefix("About which subject? I can tell you about ").removesuffix(".")


def test_an_unsure_wish_to_search_is_one(models: Make) -> None:
    unsure = IntentPrediction("web_search", 0.4)
    reply, _ = ask(models(unsure), "could you maybe have a look somewhere")
    assert (reply.action, reply.text) == ("chat", messages("en")("look_up.what"))


def test_an_audience_that_is_not_named_is_asked_for(models: Make) -> None:
    unnamed = IntentPrediction("change_audience", 0.9)
    reply, conversation = ask(models(unnamed), "go full nerd mode", Conversation(audience="clinician"))
    assert reply.text == messages("en")("chat.audience_which")
    assert conversation.audience == "clinician"


def test_what_was_told_or_offered_is_not_offered_again(models: Make) -> None:
    made = models("ask_overview", "ask_treatment")
    first, conversation = ask(made, "What is a glioma?")
    then, _ = ask(made, "How is a glioma treated?", conversation)
    offered = [reply.text.split("\n\n")[-1].split(": ")[1] for reply in (first, then)]
    assert offered[0] == "types or causes."
    assert {"types", "causes", "treatment"}.isdisjoint(re.findall(r"\w+", offered[1]))


@pytest.mark.parametrize("text", ["Can an X-ray tell bacterial pneumonia from viral pneumonia?"])
def test_diseases_beside_an_examination_are_compared_by_what_it_shows(models: Make, text: str) -> None:
    reply, _ = ask(models("compare_topics"), text)
    assert [(c.topic, c.section) for c in reply.citations] == [
        ("bacterial_pneumonia", "imaging_findings"),
        ("viral_pneumonia", "imaging_findings"),
    ]


@pytest.mark.parametrize(
    ("intent", "argument", "section"),
    [("ask_certainty", None, "limitations"), ("explain_reading", "why", "how_it_works")],
)
def test_sure_and_why_of_galeno_itself(models: Make, intent: str, argument: str | None, section: str) -> None:
    made = models("ask_overview", IntentPrediction(intent, 1.0, by_rule=True, argument=argument))
    _, conversation = ask(made, "What is Galeno?")
    reply, _ = ask(made, "are you sure?", conversation)
    assert (reply.citations[0].topic, reply.citations[0].section) == ("assistant", section)


def test_the_first_one_is_the_one_that_was_read_where_the_others_were_refused(models: Make) -> None:
    made = models(
        "read_image", "read_image", "ask_certainty", analyses=(brain_analysis("glioma", 0.9), rejected())
    )
    _, conversation = respond(Turn("what is it", images=(IMAGE,), language="en"), Conversation(), made)
    _, conversation = respond(Turn("and this", images=(IMAGE,), language="en"), conversation, made)
    reply, _ = ask(made, "are you sure about the first one?", conversation)
    assert [analysis.finding for analysis in reply.analyses] == ["glioma"]
    assert "probability" in reply.text
