"""From a network's logits to a finding: calibrated probabilities, prediction set, doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import HEALTHY
from vision_models.calibration import energy, prediction_set, softmax
from vision_models.card import Card
from vision_models.runtime import Output

#: Why a reading should not be leant on: healthy and ill are both possible; no one finding is likelier than
#: not; there may be a sign of a disease that is not looked for; the picture is unlike those learnt from; a
#: mirrored or cropped copy is read otherwise; the outlined region and the finding contradict each other.
Doubt = Literal["between", "undecided", "other_sign", "unlike", "unstable", "contradiction"]

#: Under this distance of the two highest logits a mirrored and a cropped copy are looked at as well.
LOOK_AGAIN = 1.0
#: Share of each side that the cropped copy loses.
CROP = 0.06


class Classify(Protocol):
    """What gives an ``Output`` for a prepared picture: ``runtime.Network``, or a fake."""

    @property
    def card(self) -> Card: ...

    def __call__(self, picture: NDArray[np.uint8], /) -> Output: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """``finding`` is always there; ``doubts`` say why it should not be leant on."""

    finding: str
    probabilities: Mapping[str, float]
    prediction_set: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()

    @property
    def abstained(self) -> bool:
        return bool(self.doubts)


def look(network: Classify, picture: NDArray[np.uint8]) -> tuple[Output, ...]:
    """What the network says of ``picture`` and, where its two likeliest classes are close, of a mirrored
    and a cropped copy too.

    ``picture``: ``uint8 (S, S, 3)`` RGB, prepared as the card says.
    """
    first = network(picture)
    second_best, best = np.sort(first.logits)[-2:]
    if best - second_best >= LOOK_AGAIN:
        return (first,)
    return first, network(_mirrored(picture)), network(_cropped(picture))


def joined(outputs: Sequence[Output]) -> Output:
    """The first output with the mean evidence of all: on validation more often right than any one of them."""
    others = [output.other for output in outputs if output.other is not None]
    logits = np.asarray(np.mean([output.logits for output in outputs], axis=0), np.float32)
    return replace(outputs[0], logits=logits, other=float(np.mean(others)) if others else None)


def read_picture(network: Classify, picture: NDArray[np.uint8]) -> tuple[tuple[Output, ...], Reading]:
    """What ``look`` saw, the picture as it is first, and the reading of it all: copies that disagree on
    whether there is any illness leave it in doubt."""
    outputs = look(network, picture)
    reading = read(joined(outputs), network.card)
    healthy = HEALTHY[network.card.name]
    calls = {read(output, network.card).finding == healthy for output in outputs}
    if not reading.doubts and len(calls) > 1:
        reading = replace(reading, doubts=("unstable",))
    return outputs, reading


def read(output: Output, card: Card) -> Reading:
    """One pass of the network to a reading, by the card's calibration."""
    shares = softmax(output.logits / card.temperature)
    probabilities = dict(zip(card.class_names, map(float, shares), strict=True))
    candidates = prediction_set(probabilities, card.quantiles)
    finding = _finding(probabilities, card)
    reading = Reading(finding, probabilities, candidates)
    return replace(reading, doubts=_doubts(reading, output, card))


def other_share(output: Output, temperature: float) -> float:
    """The probability of a sign of another disease against all the card's classes; 0.0 where not learnt."""
    if output.other is None:
        return 0.0
    return float(softmax(np.append(output.logits, output.other) / temperature)[-1])


def _finding(probabilities: Mapping[str, float], card: Card) -> str:
    """The most probable class; for a chest film, ``pneumonia`` where no kind holds enough of the illness to
    be named. A kind may have a stricter limit of its own."""
    healthy = HEALTHY[card.name]
    kinds = {name: p for name, p in probabilities.items() if name != healthy}
    if card.name != "chest_xray":
        return max(probabilities, key=lambda name: probabilities[name])
    if sum(kinds.values()) <= probabilities[healthy]:
        return healthy
    kind = max(kinds, key=lambda name: kinds[name])
    least = card.operating_point.get(f"kind_{kind}", card.operating_point["kind"])
    return kind if kinds[kind] / sum(kinds.values()) >= least else "pneumonia"


def _doubts(reading: Reading, output: Output, card: Card) -> tuple[Doubt, ...]:
    point, healthy = card.operating_point, HEALTHY[card.name]
    illness = 1 - reading.probabilities[healthy]
    between = healthy in reading.prediction_set and len(reading.prediction_set) > 1
    doubts: list[Doubt] = []
    if between or point["uncertain_low"] < illness < point["uncertain_high"]:
        doubts.append("between")
    elif reading.finding in reading.probabilities and reading.probabilities[reading.finding] < 0.5:
        doubts.append("undecided")
    if other_share(output, card.temperature) > point.get("other_sign", 1.0):
        doubts.append("other_sign")
    if energy(output.logits, card.temperature) < point["energy"]:
        doubts.append("unlike")
    drawn = 0.0 if output.region is None else float(output.region.max())
    if reading.finding == healthy and drawn > point.get("region_seen", 1.0):
        doubts.append("contradiction")
    return tuple(doubts)


def _mirrored(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[:, ::-1])


def _cropped(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = picture.shape[0]
    edge = round(CROP * size)
    inner = picture[edge : size - edge, edge : size - edge]
    return np.asarray(cv2.resize(inner, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
