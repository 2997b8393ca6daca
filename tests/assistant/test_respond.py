"""Whole turns, without models: real articles and wording, queued intents and images."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.messages import messages
from assistant.respond import Models, respond
from intents.prediction import IntentPrediction
from knowledge_base.medlineplus import Link, LookUpError
from tests.assistant.conftest import brain_analysis, rejected
from vision_models.analysis import Analysis

Make = Callable[..., Models]
IMAGE = Attachment("slice.png", b"...")


def ask(models: Models, text: str, conversation: Conversation | None = None) -> tuple[Reply, Conversation]:
    return respond(Turn(text), conversation or Conversation(), models)


@pytest.mark.parametrize(
    ("text", "language"), [("¿Qué es un meningioma?", "es"), ("What is a meningioma?", "en")]
)
def test_a_question_gets_a_cited_answer_in_its_language(models: Make, text: str, language: str) -> None:
    reply, conversation = ask(models("ask_overview"), text)
    assert (reply.language, reply.action) == (language, "answer")
    assert reply.citations[0].topic == "meningioma"
    assert reply.citations[0].passage_id.split("/")[2] == language
    assert reply.citations[0].url.startswith("http")
    assert (conversation.topic, conversation.section) == ("meningioma", "overview")


def test_marks_and_citations_fit_each_other(models: Make) -> None:
    reply, _ = ask(models("ask_treatment"), "How is a glioma treated?")
    marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", reply.text)]
    assert sorted(set(marks)) == list(range(1, len(reply.citations) + 1))
    assert marks[0] == 1


def test_danger_comes_first_and_the_question_is_still_answered(models: Make) -> None:
    reply, _ = ask(models("ask_treatment"), "I can't breathe! how is pneumonia treated?")
    assert (reply.action, reply.intent) == ("triage", "emergency")
    assert "112 / 911" in reply.text.split("\n\n")[0]
    assert any(citation.topic == "pneumonia" for citation in reply.citations)


def test_suicidal_thoughts_get_warm_words_and_a_line(models: Make) -> None:
    reply, _ = ask(models("worry"), "ya no quiero vivir")
    assert reply.action == "triage"
    assert "024" in reply.text
    assert reply.citations == ()


def test_a_reading_says_what_how_sure_where_what_not_and_what_next(models: Make) -> None:
    made = models(analyses=(brain_analysis("glioma", 0.93),))
    reply, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    assert reply.action == "analysis"
    places = [
        reply.text.index(part)
        for part in (
            "brain MRI",
            "a glioma",
            "93%",
            "upper left",
            "What this can't tell",
            "What to do next",
        )
    ]
    assert places == sorted(places)
    assert "you have" not in reply.text.lower()
    assert reply.citations[0].topic == "glioma"
    assert conversation.topic == "glioma"


def test_an_abstained_reading_does_not_sound_sure(models: Make) -> None:
    made = models(analyses=(brain_analysis("glioma", 0.5, abstained=True, doubts=("undecided",)),))
    reply, _ = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    assert "not sure enough" in reply.text
    assert messages("en")("reading.doubt_undecided") in reply.text


def test_the_follow_ups_on_a_hidden_map_say_why_it_is_hidden(models: Make) -> None:
    made = models("explain_reading", analyses=(brain_analysis(map_holds=False, region=None, overlay=None),))
    told, conversation = respond(Turn(images=(IMAGE,), language="es"), Conversation(), made)
    reply, _ = ask(made, "¿por qué?", conversation)
    assert messages("es")("reading.map_hidden") in told.text
    assert reply.action == "analysis"
    assert messages("es")("reading.map_hidden") in reply.text


def test_a_healthy_reading_does_not_reassure_too_much(models: Make) -> None:
    made = models(analyses=(brain_analysis("no_tumor", 0.97),))
    reply, _ = respond(Turn(images=(IMAGE,), language="es"), Conversation(), made)
    assert messages("es")("reading.cannot_no_tumor") in reply.text


def test_a_clinician_sees_the_numbers(models: Make) -> None:
    made = models(analyses=(brain_analysis("glioma", 0.93),))
    reply, _ = respond(Turn(images=(IMAGE,), language="en", audience="clinician"), Conversation(), made)
    assert "glioma 0.930" in reply.text
    assert "brain_mri-1.0.0" in reply.text


def test_a_refused_image_says_why_and_what_would_help(models: Make) -> None:
    made = models(analyses=(rejected("photo"),))
    reply, _ = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    assert reply.action == "analysis"
    assert "everyday photo" in reply.text
    assert reply.analyses[0].finding is None


def test_several_images_are_told_apart(models: Make) -> None:
    made = models(analyses=(brain_analysis("glioma"), rejected("document")))
    reply, _ = respond(Turn(images=(IMAGE, IMAGE), language="en"), Conversation(), made)
    assert "Image 1" in reply.text
    assert "Image 2" in reply.text
    assert len(reply.analyses) == 2


def test_follow_ups_on_a_reading(models: Make) -> None:
    made = models(
        "explain_reading", "ask_certainty", "show_other_finding", analyses=(brain_analysis("glioma", 0.7),)
    )
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    why, conversation = ask(made, "why?", conversation)
    sure, conversation = ask(made, "are you sure?", conversation)
    other, conversation = ask(made, "show me the map for meningioma", conversation)
    assert [reply.action for reply in (why, sure, other)] == ["analysis"] * 3
    assert "upper left" in why.text
    assert "70%" in sure.text
    assert other.analyses[0].target_class == "meningioma"


def test_why_after_a_refusal_gives_the_reason_again(models: Make) -> None:
    made = models("explain_reading", analyses=(rejected("photo"),))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    reply, _ = ask(made, "why?", conversation)
    assert reply.action == "analysis"
    assert "everyday photo" in reply.text


def test_a_decline_without_a_topic_is_cited_too(models: Make) -> None:
    reply, _ = ask(models("self_diagnosis"), "can you diagnose me?")
    assert reply.action == "decline"
    assert reply.citations[0].topic == "assistant"


@pytest.mark.parametrize("intent", ["explain_reading", "ask_certainty", "show_other_finding", "read_image"])
def test_a_follow_up_to_no_image_asks_for_one(models: Make, intent: str) -> None:
    reply, _ = ask(models(intent), "why?")
    assert reply.action == "clarify"
    assert reply.text == messages("en")("clarify.no_image")


def test_a_topic_carries_over(models: Make) -> None:
    made = models("ask_overview", "ask_children_and_pregnancy")
    _, conversation = ask(made, "What is a glioma?")
    reply, conversation = ask(made, "and in children?", conversation)
    assert {citation.topic for citation in reply.citations} == {"glioma"}
    assert conversation.section == "children_and_pregnancy"


@pytest.mark.parametrize("intent", ["dose_request", "self_diagnosis", "self_prognosis"])
def test_what_a_doctor_must_say_is_declined_kindly(models: Make, intent: str) -> None:
    reply, _ = ask(models(intent), "pneumonia: how much amoxicillin should I take?")
    assert reply.action == "decline"
    assert reply.text.startswith(messages("en")(f"decline.{intent}"))


@pytest.mark.parametrize(
    ("intent", "action"),
    [("offtopic", "decline"), ("offtopic_medical", "decline"), ("greeting", "chat"), ("fallback", "clarify")],
)
def test_the_action_of_each_kind_of_turn(models: Make, intent: str, action: str) -> None:
    reply, _ = ask(models(intent), "something else entirely")
    assert reply.action == action
    assert reply.citations == ()


def test_a_language_that_was_asked_for_stays(models: Make) -> None:
    made = models(IntentPrediction("change_language", 1.0, by_rule=True, argument="en"), "ask_overview")
    reply, conversation = ask(made, "en inglés, por favor")
    assert reply.language == "en"
    reply, _ = ask(made, "¿qué es un glioma?", conversation)
    assert reply.language == "en"


def test_repeating_gives_the_same_words(models: Make) -> None:
    made = models("ask_overview", "repeat")
    first, conversation = ask(made, "What is a glioma?")
    again, _ = ask(made, "say that again", conversation)
    assert again.text == first.text
    assert again.citations == first.citations


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_turn_says_so(models: Make, text: str) -> None:
    reply, _ = ask(models(), text)
    assert reply.text == messages("en")("chat.empty")


def test_a_very_long_text_is_read_in_part(models: Make) -> None:
    reply, _ = ask(models("ask_overview"), "What is a glioma? " + "x " * 150_000)
    assert reply.text.startswith("That message is longer")


def test_images_are_off_and_words_go_on(models: Make) -> None:
    made = replace(models("ask_overview"), analyzer=None)
    reply, conversation = respond(Turn("hi", (IMAGE,), language="en"), Conversation(), made)
    assert reply.text == messages("en")("reading.vision_down")
    reply, _ = ask(made, "What is a glioma?", conversation)
    assert reply.action == "answer"


def test_words_are_off_and_images_go_on(models: Make) -> None:
    made = replace(models(analyses=(brain_analysis(),)), words=None)
    reply, conversation = ask(made, "What is a glioma?")
    assert reply.text == messages("en")("reading.text_down")
    reply, _ = respond(Turn("read this", (IMAGE,), language="en"), conversation, made)
    assert reply.analyses[0].finding == "glioma"


def test_a_file_name_cannot_write_markup(models: Make) -> None:
    nasty = replace(rejected("photo"), image="<script>alert(1)</script>[x](y).png")
    made = models(analyses=(nasty,))
    reply, _ = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    assert "<script>" not in reply.text
    assert "](" not in reply.text


def test_two_conversations_share_nothing(models: Make) -> None:
    made = models("ask_overview", "ask_treatment")
    _, first = ask(made, "What is a glioma?")
    reply, second = ask(made, "How is it treated?", Conversation())
    assert first.topic == "glioma"
    assert second.topic != "glioma" or reply.action != "answer"


SEARCH = IntentPrediction("web_search", 1.0, by_rule=True, argument="dural tail")
PAGES = (Link("Meningioma [brain]", "https://medlineplus.gov/meningioma.html"),)


def test_what_is_looked_up_elsewhere_stands_apart_and_cites_nothing(models: Make) -> None:
    asked = []
    made = replace(models(SEARCH), look_up=lambda term, language: asked.append((term, language)) or PAGES)
    reply, _ = ask(made, "search for dural tail")
    assert asked == [("dural tail", "en")]
    assert (reply.action, reply.citations) == ("chat", ())
    assert "- [Meningioma (brain)](https://medlineplus.gov/meningioma.html)" in reply.text
    assert "MedlinePlus" in reply.text.split("\n\n")[0]
    assert "I have not read" in reply.text


@pytest.mark.parametrize("found", ["nothing", "no network", "switched off"])
def test_where_nothing_is_found_elsewhere_the_address_is_given(models: Make, found: str) -> None:
    def look_up(_term: str, _language: str) -> tuple[Link, ...]:
        if found == "no network":
            raise LookUpError("no network")
        return ()

    made = replace(models(SEARCH), look_up=None if found == "switched off" else look_up)
    reply, conversation = ask(made, "busca cola dural")
    assert reply.language == "es"
    assert "https://vsearch.nlm.nih.gov/" in reply.text
    assert ("no llego a la red" in reply.text) == (found != "nothing")
    after, _ = ask(models("ask_overview"), "¿Qué es un meningioma?", conversation)
    assert after.action == "answer"


def test_without_a_term_the_topic_in_hand_is_looked_up(models: Make) -> None:
    asked = []
    made = replace(
        models("ask_overview", IntentPrediction("web_search", 1.0, by_rule=True)),
        look_up=lambda term, _language: asked.append(term) or PAGES,
    )
    _, conversation = ask(made, "What is a meningioma?")
    ask(made, "search the web", conversation)
    assert asked == ["meningiomas"]
    reply, _ = ask(replace(models(IntentPrediction("web_search", 1.0, by_rule=True)), look_up=None), "search")
    assert "what to look for" in reply.text


def test_a_term_cannot_write_markup(models: Make) -> None:
    evil = IntentPrediction("web_search", 1.0, by_rule=True, argument="<b>[x](http://e.vil)")
    reply, _ = ask(models(evil), "search <b>[x](http://e.vil)")
    assert "<b>" not in reply.text
    assert "http://e.vil" not in reply.text


def test_again_in_another_language_is_the_same_answer(models: Make) -> None:
    to_english = IntentPrediction("change_language", 1.0, by_rule=True, argument="en")
    made = models("ask_overview", to_english)
    first, conversation = ask(made, "¿Qué es un meningioma?")
    again, conversation = ask(made, "in English, please", conversation)
    assert (again.action, again.language) == ("chat", "en")
    ids = [citation.passage_id for citation in first.citations]
    assert [c.passage_id.replace("/en/", "/es/") for c in again.citations] == ids
    assert conversation.pinned_language == "en"


def test_what_to_do_in_an_emergency_comes_again_in_another_language(models: Make) -> None:
    to_english = IntentPrediction("change_language", 1.0, by_rule=True, argument="en")
    made = models("worry", to_english, "thanks")
    _, conversation = ask(made, "no puedo respirar")
    again, conversation = ask(made, "in English", conversation)
    assert (again.action, again.language) == ("triage", "en")
    assert "Call 112 / 911 now" in again.text
    after, conversation = ask(made, "thank you", conversation)
    assert after.action == "chat"
    assert "please do it now" in after.text
    assert conversation.emergency is None


def test_a_language_that_is_spoken_already_repeats_nothing(models: Make) -> None:
    to_english = IntentPrediction("change_language", 1.0, by_rule=True, argument="en")
    made = models("ask_overview", to_english)
    _, conversation = ask(made, "What is a meningioma?")
    again, _ = ask(made, "in English, please", conversation)
    assert again.text == messages("en")("chat.language_changed")


def test_simpler_is_shorter_and_says_nothing_new(models: Make) -> None:
    made = models("ask_treatment", "simplify")
    whole, conversation = ask(made, "How is a glioma treated?")
    short, _ = ask(made, "simpler please", conversation)
    assert short.action == "answer"
    assert len(short.text) < len(whole.text) / 2
    assert {c.passage_id for c in short.citations} <= {c.passage_id for c in whole.citations}


def test_simpler_of_a_reading_keeps_its_doubt_and_what_to_do(models: Make) -> None:
    unsure = brain_analysis("glioma", 0.5, abstained=True, doubts=("undecided",))
    made = models("simplify", analyses=(unsure,))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    short, _ = ask(made, "I don't understand", conversation)
    assert short.action == "analysis"
    assert "not sure enough" in short.text
    assert "What to do next" in short.text


def test_the_second_of_two_images_is_told_alone(models: Make) -> None:
    first, second = brain_analysis("glioma", 0.9), brain_analysis("no_tumor", 0.8)
    made = models("show_other_finding", analyses=(first, second))
    _, conversation = respond(Turn(images=(IMAGE, IMAGE), language="en"), Conversation(), made)
    reply, _ = ask(made, "and the second one?", conversation)
    assert reply.action == "analysis"
    assert reply.analyses == (second,)


def test_an_image_is_compared_with_one_of_an_earlier_turn(models: Make) -> None:
    first = brain_analysis("glioma", 0.9, image="march.png")
    second = brain_analysis("no_tumor", 0.8, image="june.png")
    made = models("compare_topics", analyses=(first, second))
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), Conversation(), made)
    _, conversation = respond(Turn(images=(IMAGE,), language="en"), conversation, made)
    reply, _ = ask(made, "compare it with the first", conversation)
    assert reply.action == "analysis"
    assert reply.analyses == (first, second)
    assert reply.text.index("march.png") < reply.text.index("june.png")
    assert "read on its own" in reply.text


def test_a_follow_up_keeps_to_the_narrower_subject(models: Make) -> None:
    made = models("ask_overview", "ask_treatment")
    _, conversation = ask(made, "What is acromegaly?")
    assert (conversation.topic, conversation.subject) == ("pituitary_tumor", "acromegaly")
    reply, _ = ask(made, "How is it treated?", conversation)
    assert "acromegaly" in reply.text.split("\n\n")[0].lower()


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


def test_another_disease_does_not_lean_on_the_topic_in_hand(models: Make) -> None:
    made = models("ask_overview", "offtopic_medical", "offtopic_medical")
    _, conversation = ask(made, "What is pneumonia?")
    for text in ("what helps with migraine", "and how is migraine treated?"):
        reply, _ = ask(made, text, conversation)
        assert reply.citations == ()


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
