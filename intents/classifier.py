"""The statistical half of the router: a text and its vector in, calibrated probabilities out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from intents.card import MODEL, RouterCard, read_card, read_weights
from intents.prediction import INTENTS
from intents.runs import features

Floats = npt.NDArray[np.float32]
#: Kernel (inputs, outputs) and bias (outputs,) of each dense layer, first to last.
Layers = Sequence[tuple[Floats, Floats]]


def logits(layers: Layers, features: Floats) -> Floats:
    """float32 (n, classes) of ``features`` float32 (n, inputs): dense layers with ReLU between them."""
    hidden = features
    for number, (kernel, bias) in enumerate(layers):
        hidden = hidden @ kernel + bias
        if number < len(layers) - 1:
            hidden = np.maximum(hidden, 0.0)
    return hidden


#: Characters of a text whose words are looked at.
LONGEST = 1000


def word_scores(table: Floats, text: str) -> Floats:
    """float32 (classes,): the rows of ``table`` (buckets, classes) for the runs of words and letters in
    ``text``, each by its weight, added up."""
    buckets, weights = features(text[:LONGEST])
    return np.asarray(weights @ table[buckets % len(table)], dtype=np.float32)


def softmax(scores: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities of ``scores`` (..., classes) divided by ``temperature``; each row sums to one."""
    shifted = scores / temperature
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class IntentClassifier:
    """Weights and their card; ``probabilities`` follow ``card.intents``. What the dense ``layers`` say of the
    vector and what the table ``words`` (buckets, intents) says of the words count as much."""

    card: RouterCard
    layers: Layers
    words: Floats

    def probabilities(self, text: str, vector: Floats) -> Floats:
        """float32 (intents,) for ``text`` and its unit ``vector`` float32 (d,); ``ValueError`` for another
        shape."""
        if vector.shape != (self.card.dimension,):
            raise ValueError(f"a vector of shape {vector.shape} came, ({self.card.dimension},) was expected")
        scores = logits(self.layers, vector.astype(np.float32)[None, :])[0] + word_scores(self.words, text)
        return softmax(scores, self.card.temperature)


def load_classifier(folder: Path = MODEL) -> IntentClassifier:
    """The classifier shipped in ``folder``; an error names the file that is missing or does not fit."""
    card = read_card(folder)
    unknown = set(card.intents) ^ set(INTENTS)
    if unknown:
        raise ValueError(
            f"{folder / 'card.toml'} does not fit intents/prediction.py ({', '.join(sorted(unknown))}): "
            "run python -m intents.training"
        )
    weights = load(read_weights(card, folder))
    count = sum(key.endswith(".kernel") for key in weights)
    layers = [
        (
            weights[f"dense_{number}.kernel"].astype(np.float32),
            weights[f"dense_{number}.bias"].astype(np.float32),
        )
        for number in range(count)
    ]
    words = weights.get("words", np.zeros(0)).astype(np.float32)
    outputs = (len(card.intents),)
    fits = layers and layers[0][0].shape[0] == card.dimension and layers[-1][1].shape == outputs
    if not fits or words.shape[1:] != outputs:
        raise ValueError(
            f"the weights in {folder} do not fit their card.toml: run python -m intents.training"
        )
    return IntentClassifier(card, layers, words)
