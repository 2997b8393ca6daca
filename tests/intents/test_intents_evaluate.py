import pytest

from intents.bag_of_words import bags, vocabulary
from intents.evaluate import by_intent, confusions, evaluate, figures_of
from intents.examples import Example

EXAMPLES = [
    Example("hello", "greeting", "en"),
    Example("hola", "greeting", "es"),
    Example("asdf", "fallback", "en"),
    Example("pizza", "offtopic", "es"),
]


def test_figures() -> None:
    figures = figures_of(EXAMPLES, ["greeting", "fallback", "offtopic", "greeting"])
    assert figures["accuracy"] == 0.25
    assert figures["accuracy_en"] == 0.5
    assert figures["none_of_these_recall"] == 0.5
    assert figures["refused"] == 0.5


def test_by_intent_and_confusions() -> None:
    predicted = ["greeting", "fallback", "fallback", "offtopic"]
    assert by_intent(EXAMPLES, predicted)["greeting"] == {"en": 1.0, "es": 0.0, "count": 2}
    assert confusions(EXAMPLES, predicted) == [{"intent": "greeting", "taken_for": "fallback", "times": 1}]


def test_bags_know_stems_and_ignore_the_rest() -> None:
    places = vocabulary([Example("running tumors", "fallback", "en")])
    rows = bags([Example("run tumor", "fallback", "en"), Example("otra cosa", "fallback", "es")], places)
    assert rows.sum(axis=1).tolist() == [2.0, 0.0]


@pytest.mark.model
def test_the_router_keeps_its_floor_on_held_out_utterances() -> None:
    from intents.card import FIGURES
    from intents.evaluate import route_all
    from intents.examples import HELDOUT, read_examples
    from intents.router import load_router
    from knowledge_base.encoder import load_encoder

    assert FIGURES.is_file()
    assert callable(evaluate)
    encoder = load_encoder()
    examples = read_examples(HELDOUT)
    figures = figures_of(
        examples, route_all(examples, load_router(encoder_fingerprint=encoder.fingerprint), encoder)
    )
    assert figures["accuracy"] >= 0.90
    assert figures["none_of_these_recall"] >= 0.85
    assert figures["refused"] <= 0.04
