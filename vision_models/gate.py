"""The discriminator: chest X-ray, brain MRI, or neither, and why."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import GateVerdict, Verdict
from vision_models.calibration import softmax
from vision_models.classifier import Classify
from vision_models.preprocess import prepare

MODALITIES: tuple[Verdict, ...] = ("chest_xray", "brain_mri")
#: Below this spread of values (standard deviation, 0..255) there is nothing to look at.
BLANK_SPREAD = 6.0
#: A kind is named as the reason only where the network is at least this sure of it.
NAMED_REASON = 0.4


class Gate:
    """Lets a picture through where the network finds it like one modality beyond the operating point."""

    def __init__(self, network: Classify) -> None:
        self._network = network

    def __call__(self, image: NDArray[np.uint8]) -> GateVerdict:
        """``image``: ``uint8 (H, W, 3)`` RGB, as decoded."""
        card = self._network.card
        picture = prepare(image, card.image_size, card.contrast)
        if picture.std() < BLANK_SPREAD:
            return GateVerdict("rejected", "blank", 1.0)
        shares = softmax(self._network(picture).logits / card.temperature)
        probabilities = dict(zip(card.class_names, map(float, shares), strict=True))
        return verdict(probabilities, card.operating_point["accept"])


def verdict(probabilities: Mapping[str, float], accept: float) -> GateVerdict:
    """From probabilities over modalities and kinds to a verdict with its reason.

    ``accept`` is the probability that a modality must reach. The reason is the likeliest kind, or
    ``unknown`` where none stands out.
    """
    modality = max(MODALITIES, key=lambda name: probabilities[name])
    ood_score = 1.0 - max(probabilities[name] for name in MODALITIES)
    if probabilities[modality] >= accept:
        return GateVerdict(modality, None, ood_score)
    kinds = {name: p for name, p in probabilities.items() if name not in MODALITIES}
    kind = max(kinds, key=lambda name: kinds[name])
    return GateVerdict("rejected", kind if kinds[kind] >= NAMED_REASON else "unknown", ood_score)
