"""Whole turns, without models: real articles and wording, queued intents and images."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.conversation import Conversation, Turn
from assistant.messages import messages
from assistant.models import Models
from assistant.respond import respond
from intents.prediction import IntentPrediction
from knowledge_base.medlineplus import Link, LookUpError
from tests.assistant.conftest import IMAGE, ask, brain_analysis, rejected

Make = Callable[..., Models]


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
    made = models("explain_reading", analyses=(brain_analysis(map_holds=False, region=None),))
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


def test_how_sure_it_is_of_nothing_is_about_galeno(models: Make) -> None:
    reply, _ = ask(models("ask_certainty"), "can you be wrong?")
    assert reply.citations[0].topic == "assistant"


@pytest.mark.parametrize("intent", ["explain_reading", "show_other_finding", "read_image"])
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
    made = models(to_english, "thanks")
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
