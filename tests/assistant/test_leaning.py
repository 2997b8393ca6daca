"""Texts that name no topic, or one that belongs to the topic in hand. Without models."""

from collections.abc import Callable

import pytest

from assistant import policy
from assistant.models import Models
from intents.prediction import IntentPrediction
from tests.assistant.conftest import ask

Make = Callable[..., Models]


@pytest.mark.parametrize(("least", "topics"), [(1.1, []), (0.0, ["pneumonia"])])
def test_what_the_router_takes_for_elsewhere_leans_on_the_topic_in_hand_where_the_library_is_sure(
    models: Make, monkeypatch: pytest.MonkeyPatch, least: float, topics: list[str]
) -> None:
    monkeypatch.setattr(policy, "QUITE_LIKELY", least)
    made = models("ask_overview", "offtopic_medical", "offtopic")
    _, conversation = ask(made, "What is pneumonia?")
    for text in ("what helps with migraine", "and how is migraine treated?"):
        reply, _ = ask(made, text, conversation)
        assert [citation.topic for citation in reply.citations[:1]] == topics


@pytest.mark.parametrize("section", ["treatment", "recovery"])
def test_a_longer_question_that_names_nothing_is_about_anything_where_the_library_is_not_sure(
    models: Make, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    text = "my neighbour was sore for many weeks, what would anybody advise to do then"
    made = models("ask_overview", *[f"ask_{section}"] * 3)
    _, conversation = ask(made, "What is a glioma?")
    monkeypatch.setattr(policy, "LIKELY", 0.0)
    of_topic, _ = ask(made, text, conversation)
    assert {citation.topic for citation in of_topic.citations} == {"glioma"}
    monkeypatch.setattr(policy, "LIKELY", 1.1)
    anywhere, _ = ask(made, text, conversation)
    afresh, _ = ask(made, text)
    assert anywhere.citations == afresh.citations


@pytest.mark.parametrize(("least", "action"), [(1.1, "chat"), (0.0, "answer")])
def test_small_talk_may_be_a_question_about_the_topic_in_hand(
    models: Make, monkeypatch: pytest.MonkeyPatch, least: float, action: str
) -> None:
    monkeypatch.setattr(policy, "VERY_LIKELY", least)
    made = models("ask_how_it_works", "small_talk")
    _, conversation = ask(made, "How does a brain MRI work?")
    reply, _ = ask(made, "is it noisy?", conversation)
    assert reply.action == action


@pytest.mark.parametrize(
    ("first", "then", "intent", "topic", "section"),
    [
        ("brain MRI", "can it miss a tumor?", "ask_limitations", "brain_mri", "limitations"),
        ("chest X-ray", "do I have to fast if it is for pneumonia?", "ask_preparation", "chest_xray", None),
        (
            "viral pneumonia",
            "how does it look on the x-ray?",
            "ask_imaging_findings",
            "viral_pneumonia",
            None,
        ),
        ("glioma", "how does it look on a chest x-ray?", "ask_imaging_findings", "chest_xray", None),
        ("brain MRI", "what are the symptoms of a glioma?", "ask_symptoms", "glioma", "symptoms"),
    ],
)
def test_an_examination_and_the_disease_it_shows_are_one_question(
    models: Make, first: str, then: str, intent: str, topic: str, section: str | None
) -> None:
    made = models("ask_overview", intent)
    _, conversation = ask(made, first)
    reply, _ = ask(made, then, conversation)
    assert reply.citations[0].topic == topic
    assert section in (None, reply.citations[0].section)


@pytest.mark.parametrize(
    "text", ["which of the two is worse?", "¿cuál de las dos es peor?", "which is worse?"]
)
def test_the_two_are_those_spoken_of_last(models: Make, text: str) -> None:
    made = models("ask_overview", "ask_overview", "ask_overview", "compare_topics")
    _, conversation = ask(made, "What is pneumonia?")
    for topic in ("glioma", "meningioma"):
        _, conversation = ask(made, f"What is a {topic}?", conversation)
    reply, after = ask(made, text, conversation)
    assert {citation.topic for citation in reply.citations} == {"glioma", "meningioma"}
    assert after.spoken_of[-2:] == ("glioma", "meningioma")


def test_which_of_the_two_is_understood_whatever_the_router_says(models: Make) -> None:
    made = models("compare_topics", "dose_request", "ask_risk_factors")
    _, conversation = ask(made, "Compare bacterial and viral pneumonia")
    reply, conversation = ask(made, "which of the two needs antibiotics?", conversation)
    assert {c.topic for c in reply.citations} == {"bacterial_pneumonia", "viral_pneumonia"}
    reply, _ = ask(made, "which is more common, a glioma or a meningioma?", conversation)
    assert {c.topic for c in reply.citations} == {"glioma", "meningioma"}


def test_a_wish_that_needs_an_image_is_no_rival_where_there_is_none(models: Make) -> None:
    torn = IntentPrediction("ask_imaging_findings", 0.4, "show_other_finding", 0.01, torn=True)
    made = models("ask_overview", torn)
    _, conversation = ask(made, "What is a pituitary tumor?")
    reply, _ = ask(made, "would it show up on a scan?", conversation)
    assert (reply.citations[0].topic, reply.citations[0].section) == ("pituitary_tumor", "imaging_findings")
