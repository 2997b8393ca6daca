from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from intents.classifier import Floats
from intents.prediction import INTENTS
from intents.router import Router, load_router

VectorOf = Callable[..., Floats]


def test_a_rule_speaks_before_the_classifier(router: Router, vector_of: VectorOf) -> None:
    found = router.route("hola", vector_of(insult=1.0), "es")
    assert (found.intent, found.by_rule) == ("greeting", True)


def test_the_classifier_fills_the_runner_up_and_the_margin(router: Router, vector_of: VectorOf) -> None:
    found = router.route("tell me of the kinds there may be", vector_of(ask_types=1.0, ask_causes=0.9), "en")
    assert (found.intent, found.runner_up, found.section) == ("ask_types", "ask_causes", "types")
    assert 0 < found.ambiguity_margin < found.confidence < 1
    assert not found.by_rule


def test_it_is_torn_between_guesses_that_lie_close(router: Router, vector_of: VectorOf) -> None:
    text = "tell me of the kinds there may be"
    close = router.route(text, vector_of(ask_types=1.0, ask_causes=0.99), "en")
    second = close.second()
    assert close.torn
    assert second is not None
    assert (second.intent, second.torn) == ("ask_causes", False)
    clear = router.route(text, vector_of(ask_types=1.0), "en")
    assert not clear.torn
    assert clear.second() is None


def test_under_the_threshold_it_is_none_of_these(router: Router, vector_of: VectorOf) -> None:
    found = router.route("something quite unclear here", vector_of(ask_types=0.1), "en")
    assert (found.intent, found.runner_up) == ("fallback", "ask_types")
    assert found.confidence < router.classifier.card.threshold


@pytest.mark.parametrize("text", ["", "   ", "???", "123", "🙂", "...", "\n"])
def test_without_letters_it_is_none_of_these(router: Router, vector_of: VectorOf, text: str) -> None:
    assert router.route(text, vector_of(ask_types=1.0), "en").intent == "fallback"


def test_a_command_found_by_the_classifier_has_its_argument(router: Router, vector_of: VectorOf) -> None:
    found = router.route("it would be good for me to read Spanish", vector_of(change_language=1.0), "en")
    assert (found.intent, found.argument) == ("change_language", "es")


def test_a_vector_of_another_shape_is_named(router: Router) -> None:
    with pytest.raises(ValueError, match=r"\(3,\) came"):
        router.route("which one is it then", np.zeros(3, dtype=np.float32), "en")


def test_numbers_that_are_none_give_none_of_these(router: Router) -> None:
    vector = np.full(len(INTENTS), np.nan, dtype=np.float32)
    assert router.route("which one is it then", vector, "en").intent == "fallback"


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"card\.toml is missing"):
        load_router(tmp_path)


def test_weights_of_another_encoder_are_refused() -> None:
    with pytest.raises(ValueError, match="trained on the encoder"):
        load_router(encoder_fingerprint="another")
