"""A small classifier of random weights, and vectors for it: no encoder, no files."""

from collections.abc import Callable

import numpy as np
import pytest

from intents.card import RouterCard
from intents.classifier import Floats, IntentClassifier
from intents.prediction import INTENTS
from intents.router import Router

DIMENSION = len(INTENTS)


@pytest.fixture
def card() -> RouterCard:
    return RouterCard("0.0.0", "", "fake", DIMENSION, 1.0, 0.3, 0.1, INTENTS, {}, {})


@pytest.fixture
def classifier(card: RouterCard) -> IntentClassifier:
    """One layer, the identity times ten: the place of the vector's largest number is the intent. Its words
    say nothing."""
    kernel = np.eye(DIMENSION, dtype=np.float32) * 10
    bias = np.zeros(DIMENSION, dtype=np.float32)
    return IntentClassifier(card, [(kernel, bias)], np.zeros((7, DIMENSION), dtype=np.float32))


@pytest.fixture
def router(classifier: IntentClassifier) -> Router:
    return Router(classifier)


@pytest.fixture
def vector_of() -> Callable[..., Floats]:
    """``vector_of(ask_types=1.0, greeting=0.9)``: what the fake classifier reads those intents from."""

    def make(**amounts: float) -> Floats:
        vector = np.zeros(DIMENSION, dtype=np.float32)
        for intent, amount in amounts.items():
            vector[INTENTS.index(intent)] = amount
        return vector

    return make
