"""From one text to one intent: rules first, then the classifier."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intents.card import MODEL
from intents.classifier import Floats, IntentClassifier, load_classifier
from intents.prediction import IntentPrediction
from intents.rules import command_argument, match


@dataclass(frozen=True, slots=True)
class Router:
    """What a person wants. Pure: the vector of the text comes in, so the encoder runs once a turn."""

    classifier: IntentClassifier

    def route(self, text: str, vector: Floats, language: str) -> IntentPrediction:
        """The intent of ``text``, whose unit vector is ``vector`` float32 (d,).

        ``language`` ("en" or "es") is the conversation's: a bare "change the language" means the other.
        Under the card's threshold the intent is ``fallback``, ``confidence`` is the best guess's, and
        ``runner_up`` names it. A text without letters is ``fallback`` too.
        """
        if not any(character.isalpha() for character in text):
            return IntentPrediction("fallback", 1.0, by_rule=True)
        by_rule = match(text, language)
        if by_rule is not None:
            return by_rule
        card = self.classifier.card
        probabilities = self.classifier.probabilities(text, vector)
        best, second = (int(place) for place in np.argsort(-probabilities)[:2])
        confidence = float(probabilities[best])
        margin = confidence - float(probabilities[second])
        if not confidence >= card.threshold:
            return IntentPrediction("fallback", confidence, card.intents[best], margin)
        intent = card.intents[best]
        argument = command_argument(intent, text, language)
        torn = margin < card.torn_under
        return IntentPrediction(
            intent, confidence, card.intents[second], margin, argument=argument, torn=torn
        )


def load_router(folder: Path = MODEL, encoder_fingerprint: str | None = None) -> Router:
    """The shipped router. With ``encoder_fingerprint``, weights trained on another encoder are refused."""
    classifier = load_classifier(folder)
    trained_on = classifier.card.encoder_fingerprint
    if encoder_fingerprint is not None and encoder_fingerprint != trained_on:
        raise ValueError(
            f"the router in {folder} was trained on the encoder {trained_on}, and {encoder_fingerprint} is "
            "loaded: run python -m intents.training"
        )
    return Router(classifier)
