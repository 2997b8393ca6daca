import pytest

from assistant.conversation import Conversation
from assistant.follow_up import Meant, resolve, target_class
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
        ("¿y los meningiomas?", ("meningioma",), "fallback", Meant(("meningioma",), "treatment")),
        ("symptoms of pneumonia", ("pneumonia",), "ask_symptoms", Meant(("pneumonia",), "symptoms")),
    ],
)
def test_a_short_text_leans_on_the_last_topic(
    text: str, mentioned: tuple[str, ...], intent: str, expected: Meant
) -> None:
    assert resolve(text, mentioned, prediction(intent), ON_GLIOMA) == expected


def test_without_a_conversation_nothing_is_taken() -> None:
    assert resolve("and in children?", (), prediction("ask_symptoms"), Conversation()) == Meant(
        (), "symptoms"
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
    assert target_class(text, Conversation(analyses=(analysis,))) == expected


def test_no_map_without_a_reading() -> None:
    assert target_class("glioma", Conversation()) is None
    assert target_class("glioma", Conversation(analyses=(rejected(),))) is None
