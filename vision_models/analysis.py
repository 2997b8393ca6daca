"""What the vision pipeline says of one image: a frozen value, with what follow-ups need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["chest_xray", "brain_mri", "rejected"]

#: Ordered class names of each classifier; logits, probabilities and maps follow this order.
CLASS_NAMES: Mapping[str, tuple[str, ...]] = {
    "chest_xray": ("normal", "bacterial_pneumonia", "viral_pneumonia", "covid19"),
    "brain_mri": ("no_tumor", "glioma", "meningioma", "pituitary_tumor"),
}

#: Findings that are no sign of disease, by modality.
HEALTHY: Mapping[str, str] = {"chest_xray": "normal", "brain_mri": "no_tumor"}


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The discriminator's word on one picture.

    ``reason`` is a code (``photo``, ``head_ct`` …) where ``verdict`` is ``rejected``, else ``None``.
    ``ood_score``: 0..1, how much the picture looks like nothing that may pass (1 minus the
    probability of the modalities that do).
    """

    verdict: Verdict
    reason: str | None
    ood_score: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """The reading of one image, or the reason why there is none.

    A rejected or unreadable image has a ``reason`` and none of what follows ``modality``.
    ``finding`` is the most probable one, also where ``abstained`` is true. ``probabilities`` are
    calibrated, one for each of the modality's classes, and add up to 1. ``prediction_set`` holds the
    findings that cannot be ruled out, most probable first. Between the two probabilities of illness in
    ``uncertain_band`` nothing is claimed. ``doubts`` say why it abstained (``classifier.Doubt``).

    ``map_drop``: by how many logits the evidence for ``target_class`` falls when what the map marks is
    blurred away. Below the card's ``map_drop`` the map does not explain the answer: ``map_holds`` is false
    and ``saliency`` is ``None``. ``region`` is where the map is strongest (``saliency.region``).
    ``outline_share``: how much of the head seen in the slice the outline covers, 0..1.

    ``sha256`` is that of the file as it was sent, in hexadecimal; empty where there was none.
    ``timings``: how long each step took (``analyzer.STEPS``), in milliseconds, in their order. ``view``: the
    picture to look at, padded to a square, as a JPEG without metadata; ``None`` where none was asked for or
    the file held no picture.

    Arrays (``None`` where there is no reading): ``picture`` and ``enhanced``, ``uint8 (S, S, 3)``
    RGB, the padded image before and after CLAHE; ``class_maps``, ``float32 (h, w, classes)``, the
    network's evidence for each class; ``region_map``, ``float32 (S/4, S/4)``, the probability of each cell
    being part of a tumor; ``logits``, ``float32 (classes,)``; ``saliency``, ``float16
    (S, S)`` 0..1 for ``target_class``; ``outline``, ``uint8 (S, S)`` 0 or 255, the region of a tumor.
    They are the model's size: the upload itself is not kept. What can be drawn from them is not kept
    either, since a conversation holds its readings as long as its page is open (``view.overlay``).
    """

    image: str
    verdict: Verdict
    reason: str | None = None
    modality: str | None = None
    finding: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    prediction_set: tuple[str, ...] = ()
    abstained: bool = False
    doubts: tuple[str, ...] = ()
    model: str | None = None
    gate: GateVerdict | None = None
    target_class: str | None = None
    region: str | None = None
    map_drop: float | None = None
    map_holds: bool = True
    outline_share: float | None = None
    uncertain_band: tuple[float, float] = (0.0, 0.0)
    sha256: str = ""
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)
    view: bytes | None = field(default=None, repr=False, compare=False)
    picture: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    enhanced: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    logits: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    class_maps: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    region_map: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    saliency: NDArray[np.float16] | None = field(default=None, repr=False, compare=False)
    outline: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)

    @property
    def accepted(self) -> bool:
        return self.verdict != "rejected"

    @property
    def probability(self) -> float:
        """The calibrated probability of ``finding``; 0.0 where there is none."""
        if self.finding is None:
            return 0.0
        if self.finding == "pneumonia":
            return 1.0 - self.probabilities[HEALTHY["chest_xray"]]
        return self.probabilities[self.finding]

    def as_json(self, overlay: str | None) -> dict[str, Any]:
        """The analysis in the command line's shape; ``overlay`` is the file it was written to."""
        return {
            "image": self.image,
            "verdict": self.verdict,
            "reason": self.reason,
            "modality": self.modality,
            "finding": self.finding,
            "probabilities": {name: round(p, 4) for name, p in self.probabilities.items()},
            "prediction_set": list(self.prediction_set),
            "abstained": self.abstained,
            "overlay": overlay,
            "model": self.model,
        }
