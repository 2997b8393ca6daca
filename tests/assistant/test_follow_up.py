import pytest

from assistant.conversation import Conversation
from assistant.follow_up import Meant, images_meant, resolve, settle, target_class
from intents.prediction import IntentPrediction
from tests.assistant.conftest import brain_analysis, rejected

ON_GLIOMA = Conversation(topic="glioma", section="treatment")


def prediction(intent: str) -> IntentPrediction:
    return IntentPrediction(intent, 0.9)


@pytest.mark.parametrize(
    ("text", "mentioned", "intent", "topic", "section", "leans"),
    [
        ("and in children?", (), "ask_children_and_pregnancy", "glioma", "children_and_pregnancy", True),
        ("¿y los meningiomas?", ("meningioma",), "fallback", "meningioma", "treatment", False),
        ("symptoms of pneumonia", ("pneumonia",), "ask_symptoms", "pneumonia", "symptoms", False),
    ],
)
def test_a_short_text_leans_on_the_last_topic(
    text: str, mentioned: tuple[str, ...], intent: str, topic: str, section: str, leans: bool
) -> None:
    meant = resolve(text, mentioned, prediction(intent), ON_GLIOMA)
    assert (meant.topics, meant.section, meant.leans) == ((topic,), section, leans)


def test_without_a_conversation_nothing_is_taken() -> None:
    meant = resolve("and in children?", (), prediction("ask_symptoms"), Conversation())
    assert meant == Meant((), "symptoms", bare=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("show me the map for meningioma", "meningioma"),
        ("¿y el de hipófisis?", "pituitary_tumor"),
        ("show me another one", "no_tumor"),
        ("bacterial?", None),
    ],
)
def test_the_map_that_is_asked_for(text: str, expected: str | None) -> None:
    analysis = brain_analysis("glioma", 0.7)
    assert target_class(text, analysis) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the second one", 1),
        ("¿y la primera?", 0),
        ("explain the last one", 2),
        ("la anterior", 1),
        ("image 2, are you sure?", 1),
        ("the fourth", None),
        ("the second finding", None),
        ("why?", None),
    ],
)
def test_one_image_of_several_is_pointed_to(text: str, place: int | None) -> None:
    analyses = tuple(brain_analysis("glioma", share) for share in (0.7, 0.8, 0.9))
    expected = () if place is None else (analyses[place],)
    assert images_meant(text, Conversation(analyses=(rejected(), *analyses))) == expected
    assert images_meant(text, Conversation(analyses=analyses[:1])) == ()


def test_images_of_earlier_turns_count_where_the_last_had_one() -> None:
    first, second = brain_analysis("glioma", 0.7), brain_analysis("no_tumor", 0.8)
    assert images_meant("the first", Conversation(analyses=(second,), earlier=(first,))) == (first,)


def test_two_images_are_pointed_to_in_the_order_named() -> None:
    one, two, three = (brain_analysis("glioma", share) for share in (0.7, 0.8, 0.9))
    conversation = Conversation(analyses=(one, two, three))
    assert images_meant("compare the second with the first", conversation) == (two, one)


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("and meningiomas?", True),
        ("¿y los meningiomas?", True),
        ("what about a meningioma", True),
        ("And what is a meningioma?", False),
        ("¿Y qué es un meningioma?", False),
        ("¿y un meningioma es siempre cáncer?", False),
        ("meningioma", False),
    ],
)
def test_the_section_goes_on_where_only_another_topic_is_named(text: str, carried: bool) -> None:
    meant = resolve(text, ("meningioma",), prediction("ask_overview"), ON_GLIOMA)
    assert meant.carried is carried
    assert meant.section == ("treatment" if carried else "overview")


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("how long do they live with it", True),
        ("can it come back many years after the operation was done", True),
        ("¿Qué tratamiento le ponen a mi tía para la rodilla hinchada desde ayer?", False),
        ("what helps against knee pain that lasts for more than three weeks", False),
        ("and is asthma hereditary?", False),
    ],
)
def test_a_long_text_or_one_on_something_else_leans_loosely(text: str, leans: bool) -> None:
    meant = resolve(text, (), prediction("ask_treatment"), ON_GLIOMA)
    assert meant.leans
    assert meant.loose is not leans


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("the first", "ask_certainty"),
        ("lo segundo, por favor", "explain_reading"),
        ("2", "explain_reading"),
        ("the latter", "explain_reading"),
        ("What is the first symptom of meningioma?", "fallback"),
        ("do I fast before an MRI?", "fallback"),
        ("¿y el último tratamiento?", "fallback"),
    ],
)
def test_only_a_choice_chooses(text: str, intent: str) -> None:
    offering = Conversation(offered=("ask_certainty", "explain_reading"))
    assert settle(text, (), prediction("fallback"), offering).intent == intent


@pytest.mark.parametrize(
    "intent", ["dose_request", "self_diagnosis", "self_prognosis", "worry", "web_search"]
)
def test_a_wish_of_its_own_is_no_missing_topic(intent: str) -> None:
    waiting = Conversation(offered=("ask_treatment",))
    assert settle("pneumonia", ("pneumonia",), prediction(intent), waiting).intent == intent
    assert settle("pneumonia", ("pneumonia",), prediction("fallback"), waiting).intent == "ask_treatment"


def test_a_choice_keeps_the_topics_that_were_offered() -> None:
    offering = Conversation(
        topic="glioma", offered=("ask_treatment", "compare_topics"), offered_about=("meningioma",)
    )
    meant = resolve("the first", (), prediction("ask_treatment"), offering)
    assert (meant.topics, meant.section) == (("meningioma",), "treatment")
