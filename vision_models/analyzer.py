"""One image from bytes to a reading: decode, gate, CLAHE, classifier, heat map."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision_models import outline, preprocess, saliency
from vision_models.analysis import HEALTHY, Analysis
from vision_models.card import MODELS, Card, ModelError, load_card
from vision_models.classifier import Classify, read_picture
from vision_models.gate import MODALITIES, Gate
from vision_models.image_io import MAX_BYTES, ImageError, decode
from vision_models.runtime import Network
from vision_models.view import encode_view

#: The steps of a reading, in order, as ``on_step`` names them.
STEPS = ("decode", "gate", "enhance", "classify", "explain")

OnStep = Callable[[str], None]


class Analyzer:
    """Holds the networks; knows no person. Safe to call from several threads.

    ``view_size``: the longest side of the picture to look at that comes with an analysis; 0 for none.
    """

    def __init__(self, gate: Gate, classifiers: Mapping[str, Classify], view_size: int = 0) -> None:
        self._gate = gate
        self._classifiers = classifiers
        self._view_size = view_size

    def analyze(
        self,
        name: str,
        content: bytes | None,
        on_step: OnStep | None = None,
        known: Iterable[Analysis] = (),
    ) -> Analysis:
        """Reads one upload. A file that gives no picture is a rejected analysis, not an exception.

        A file that one of the ``known`` analyses is of is not read again, unless that one never came to be
        seen, or has since been given the map of another class.
        """
        watch = _Watch(on_step or _silent)
        watch("decode")
        sha256 = hashlib.sha256(content).hexdigest() if content and len(content) <= MAX_BYTES else ""
        for before in known:
            was_seen = before.gate is not None and before.target_class == before.finding
            if sha256 and before.sha256 == sha256 and was_seen:
                return replace(before, image=name, timings={})
        try:
            image = preprocess.bounded(decode(content))
        except ImageError as error:
            return Analysis(name, "rejected", reason=error.reason, sha256=sha256)
        view = encode_view(image, self._view_size) if self._view_size else None
        analysis = self.analyze_array(name, image, watch)
        return replace(analysis, sha256=sha256, view=view, timings=watch.timings())

    def find(self, name: str, content: bytes | None) -> Analysis:
        """The verdict and the finding alone, the same as ``analyze`` gives: no map, no picture to look at."""
        try:
            return self._find(name, preprocess.bounded(decode(content)), _silent)
        except ImageError as error:
            return Analysis(name, "rejected", reason=error.reason)

    def analyze_array(self, name: str, image: NDArray[np.uint8], tell: OnStep | None = None) -> Analysis:
        """``analyze`` for a decoded ``uint8 (H, W, 3)`` RGB picture."""
        tell = tell or _silent
        analysis = self._find(name, image, tell)
        finding = analysis.finding
        if finding is None:
            return analysis
        tell("explain")
        card = self._classifiers[analysis.verdict].card
        if analysis.region_map is not None and card.outlines and finding != HEALTHY[card.name]:
            analysis = _outlined(analysis, analysis.region_map, card.operating_point["region"])
        return self.explain(analysis, finding)

    def _find(self, name: str, image: NDArray[np.uint8], tell: OnStep) -> Analysis:
        tell("gate")
        gate_verdict = self._gate(image)
        if gate_verdict.verdict == "rejected":
            return Analysis(name, "rejected", reason=gate_verdict.reason, gate=gate_verdict)
        network = self._classifiers[gate_verdict.verdict]
        card = network.card
        tell("enhance")
        picture = preprocess.prepare(image, card.image_size, contrast=False)
        enhanced = preprocess.enhance(picture) if card.contrast else picture
        tell("classify")
        (output, *_), reading = read_picture(network, enhanced)
        return Analysis(
            image=name,
            verdict=gate_verdict.verdict,
            modality=gate_verdict.verdict,
            finding=reading.finding,
            probabilities=reading.probabilities,
            prediction_set=reading.prediction_set,
            abstained=reading.abstained,
            doubts=reading.doubts,
            model=card.model,
            gate=gate_verdict,
            uncertain_band=(card.operating_point["uncertain_low"], card.operating_point["uncertain_high"]),
            picture=picture,
            enhanced=enhanced,
            logits=output.logits,
            class_maps=output.class_maps,
            region_map=output.region,
        )

    def explain(self, analysis: Analysis, target_class: str) -> Analysis:
        """The same reading with the map of ``target_class``, checked by one pass of the network.

        The map itself is drawn from what was kept. Raises ``ValueError`` for a rejected analysis or a
        class that the model does not know.
        """
        if (
            analysis.class_maps is None
            or analysis.enhanced is None
            or analysis.logits is None
            or analysis.modality is None
        ):
            raise ValueError(f"{analysis.image!r} was not read, so it has no heat map")
        network = self._classifiers[analysis.modality]
        targets = _target_indices(target_class, network.card.class_names)
        heat = saliency.heat_map(analysis.class_maps, analysis.region_map, targets, network.card)
        after = network(saliency.deleted(analysis.enhanced, heat)).logits
        drop = saliency.margin(analysis.logits, targets) - saliency.margin(after, targets)
        holds = drop >= network.card.operating_point["map_drop"]
        return replace(
            analysis,
            target_class=target_class,
            saliency=heat.astype(np.float16) if holds else None,
            region=saliency.region(heat) if holds else None,
            map_drop=drop,
            map_holds=holds,
        )

    def card(self, modality: str) -> Card:
        return self._classifiers[modality].card


def _outlined(analysis: Analysis, region: NDArray[np.float32], threshold: float) -> Analysis:
    """With the region's outline, where the network drew any."""
    assert analysis.picture is not None
    mask = outline.outline(region, analysis.picture.shape[0], threshold)
    if not mask.any():
        return analysis
    return replace(analysis, outline=mask, outline_share=outline.share_of_slice(mask, analysis.picture))


class _Watch:
    """Passes the steps on and notes when each began."""

    def __init__(self, tell: OnStep) -> None:
        self._tell = tell
        self._began: list[tuple[str, float]] = []

    def __call__(self, step: str) -> None:
        self._began.append((step, time.perf_counter()))
        self._tell(step)

    def timings(self) -> dict[str, float]:
        """Milliseconds of each step, the last one up to now."""
        ends = [moment for _, moment in self._began[1:]] + [time.perf_counter()]
        return {step: 1000 * (end - began) for (step, began), end in zip(self._began, ends, strict=True)}


def load_analyzer(
    folder: Path = MODELS,
    threads: int = 1,
    view_size: int = 0,
    through: Callable[[Network], Classify] = lambda network: network,
    gpu: bool = False,
) -> Analyzer:
    """The shipped networks, hashes checked. ``through`` is given each of them and says what is asked in its
    place, such as the same one elsewhere; ``gpu`` as in ``Network``. Raises ``ModelError``."""

    def load(name: str) -> Classify:
        return through(load_network(name, folder, threads, gpu))

    return Analyzer(Gate(load("gate")), {name: load(name) for name in MODALITIES}, view_size)


def load_network(name: str, folder: Path = MODELS, threads: int = 1, gpu: bool = False) -> Network:
    """One of them. Raises ``ModelError``, also where it is not calibrated."""
    network = Network(load_card(name, folder), threads, gpu)
    if not network.card.operating_point:
        raise ModelError(f"the model {name} is not calibrated: run python -m vision_models calibrate {name}")
    return network


def _target_indices(target_class: str, names: tuple[str, ...]) -> tuple[int, ...]:
    if target_class == "pneumonia" and HEALTHY["chest_xray"] in names:
        return tuple(i for i, name in enumerate(names) if name != HEALTHY["chest_xray"])
    if target_class not in names:
        raise ValueError(f"unknown class {target_class!r}; this model knows {', '.join(names)}")
    return (names.index(target_class),)


def _silent(_step: str) -> None:
    return None
