from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from intents.card import RouterCard, read_card, to_toml
from intents.classifier import IntentClassifier, load_classifier, logits, softmax, word_scores
from intents.prediction import INTENTS
from intents.runs import features


def test_softmax_sums_to_one_and_temperature_softens() -> None:
    scores = np.array([[1000.0, 990.0, -5.0]], dtype=np.float32)
    sharp, soft = softmax(scores), softmax(scores, 10.0)
    assert np.allclose([sharp.sum(), soft.sum()], 1.0)
    assert sharp[0, 0] > soft[0, 0] > 0.5


def test_hidden_layers_have_relu() -> None:
    one = np.ones((1, 1), dtype=np.float32)
    zero = np.zeros(1, dtype=np.float32)
    assert logits([(-one, zero), (one, zero)], one).item() == 0.0
    assert logits([(one, zero), (-one, zero)], one).item() == -1.0


def test_probabilities_follow_the_card(classifier: IntentClassifier) -> None:
    vector = np.zeros(classifier.card.dimension, dtype=np.float32)
    vector[3] = 1.0
    probabilities = classifier.probabilities("any words", vector)
    assert probabilities.shape == (len(INTENTS),)
    assert int(probabilities.argmax()) == 3


def test_the_shipped_weights_fit_the_intents() -> None:
    shipped = load_classifier()
    assert set(shipped.card.intents) == set(INTENTS)
    assert 0 < shipped.card.threshold < 1
    anywhere = np.ones(shipped.card.dimension, dtype=np.float32)
    assert np.isclose(shipped.probabilities("hola", anywhere).sum(), 1.0)


def test_words_count_beside_the_vector(classifier: IntentClassifier) -> None:
    vector = np.zeros(classifier.card.dimension, dtype=np.float32)
    table = np.zeros((64, len(INTENTS)), dtype=np.float32)
    table[features("gracias")[0] % 64, 5] = 100.0
    spoken = replace(classifier, words=table)
    assert int(spoken.probabilities("gracias", vector).argmax()) == 5
    assert np.allclose(spoken.probabilities("", vector), classifier.probabilities("gracias", vector))


def test_only_the_start_of_a_long_text_is_read(classifier: IntentClassifier) -> None:
    table = np.random.default_rng(1).normal(size=(64, len(INTENTS))).astype(np.float32)
    assert np.array_equal(word_scores(table, "a b " * 250 + "c"), word_scores(table, "a b " * 250 + "d"))


def test_a_card_of_other_intents_is_refused(tmp_path: Path, card: RouterCard) -> None:
    table = {"version": "1", "sha256": "", "encoder_fingerprint": "x", "dimension": 2}
    table |= {"temperature": 1.0, "threshold": 0.2, "torn_under": 0.1}
    (tmp_path / "card.toml").write_text(to_toml(table | {"intents": ["greeting", "flying"]}))
    with pytest.raises(ValueError, match="flying"):
        load_classifier(tmp_path)


def test_a_card_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.toml").write_text('version = "1"\nsha256 = ""\n')
    with pytest.raises(ValueError, match="encoder_fingerprint"):
        read_card(tmp_path)
