import pytest

from assistant.conversation import Conversation
from assistant.follow_up import Meant, image_meant, resolve, target_class
from intents.prediction import IntentPrediction
from tests.assistant.conftest import brain_analysis, rejected

ON_GLIOMA = Conversation(topic="glioma", section="treatment")


def prediction(intent: str) -> IntentPrediction:
    return IntentPrediction(intent, 0.9)


@pytest.mark.parametrize(
    ("text", "mentioned", "intent", "expected"),
    [
        (
            "and in children?",
            (),
            "ask_children_and_pregnancy",
            Meant(("glioma",), "children_and_pregnancy", True),
        ),
        (
            "¿y los meningiomas?",
            ("meningioma",),
            "fallback",
            Meant(("meningioma",), "treatment", carried=True),
        ),
        ("symptoms of pneumonia", ("pneumonia",), "ask_symptoms", Meant(("pneumonia",), "symptoms")),
    ],
)
def test_a_short_text_leans_on_the_last_topic(
    text: str, mentioned: tuple[str, ...], intent: str, expected: Meant
) -> None:
    assert resolve(text, mentioned, prediction(intent), ON_GLIOMA) == expected


def test_without_a_conversation_nothing_is_taken() -> None:
    assert resolve("and in children?", (), prediction("ask_symptoms"), Conversation()) == Meant(
        (), "symptoms", bare=True
    )


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
    expected = None if place is None else analyses[place]
    assert image_meant(text, Conversation(analyses=(rejected(), *analyses))) is expected
    assert image_meant(text, Conversation(analyses=analyses[:1])) is None


def test_images_of_earlier_turns_count_where_the_last_had_one() -> None:
    first, second = brain_analysis("glioma", 0.7), brain_analysis("no_tumor", 0.8)
    assert image_meant("the first", Conversation(analyses=(second,), earlier=(first,))) is first
