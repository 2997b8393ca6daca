from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from intents.card import RouterCard
from intents.classifier import IntentClassifier, load_classifier, logits, softmax, word_scores
from intents.prediction import INTENTS
from intents.training import (
    REFUSED_AT_MOST,
    WORD_RUNS,
    _padded,
    best_temperature,
    best_threshold,
    fit,
    fit_words,
    torn_margin,
    write,
)


def test_temperature_undoes_overconfidence() -> None:
    chance = np.random.default_rng(0)
    truth = chance.normal(size=(4000, 3)).astype(np.float32)
    labels = np.asarray(
        [chance.choice(3, p=row.astype(float) / row.astype(float).sum()) for row in softmax(truth)]
    )
    assert 2.6 < best_temperature(truth * 3, labels) < 3.4


def test_the_threshold_refuses_no_more_than_it_may() -> None:
    chance = np.random.default_rng(0)
    labels = np.full(500, INTENTS.index("ask_types"))
    scores = chance.normal(size=(500, len(INTENTS))).astype(np.float32)
    scores[:, INTENTS.index("ask_types")] += 6
    probabilities = softmax(scores)
    threshold = best_threshold(probabilities, labels)
    assert threshold > 0
    assert (probabilities.max(axis=1) < threshold).mean() <= REFUSED_AT_MOST


def test_torn_is_where_the_first_guess_is_right_no_more_often_than_not() -> None:
    rows = [[0.5 + lead / 2, 0.5 - lead / 2] for lead in (0.02, 0.5) for _ in range(40)]
    labels = np.asarray([0, 1] * 20 + [0] * 40)
    assert torn_margin(np.asarray(rows, dtype=np.float32), labels) == pytest.approx(0.02, abs=1e-6)
    assert torn_margin(np.asarray(rows[:10], dtype=np.float32), labels[:10]) == 0.0
    assert torn_margin(np.asarray(rows, dtype=np.float32), np.zeros(80, dtype=np.int64)) == 0.0


def test_fit_learns_and_folds_the_scaling_in() -> None:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(3, 8)).astype(np.float32)
    labels = np.arange(300) % 3
    features = centres[labels] * 0.1 + 0.5 + chance.normal(size=(300, 8)).astype(np.float32) * 0.01
    layers, epochs = fit(features, labels, (features, labels), classes=3, hidden=(16,), dropout=0.1)
    assert epochs >= 1
    assert (logits(layers, features).argmax(axis=1) == labels).mean() > 0.95


def test_the_table_of_words_learns_which_words_tell() -> None:
    texts = ["thanks a lot", "many thanks", "thank you", "what is it", "what is that", "what was it"] * 20
    labels = np.array([0, 0, 0, 1, 1, 1] * 20)
    table = fit_words(texts, labels, classes=2, buckets=512, epochs=3)
    assert table.shape == (512, 2)
    for text, intent in (("thanks", 0), ("what", 1)):
        assert int(word_scores(table, text).argmax()) == intent


def test_a_text_of_many_runs_loses_some_of_them() -> None:
    long = " ".join(f"word{number}" for number in range(200))
    ids, weights = _padded(["short", long], 512, 1)
    assert ids.shape == weights.shape == (2, WORD_RUNS)
    assert (weights[1] > 0).all()
    assert 0 < (weights[0] > 0).sum() < WORD_RUNS


def test_what_is_written_is_loaded_and_nothing_else(
    tmp_path: Path, classifier: IntentClassifier, card: RouterCard
) -> None:
    write(classifier.layers, classifier.words, asdict(card), tmp_path)
    assert np.array_equal(load_classifier(tmp_path).layers[0][0], classifier.layers[0][0])
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ValueError, match=r"weights\.safetensors is not what card\.toml describes"):
        load_classifier(tmp_path)
