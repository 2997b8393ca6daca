"""How long one picture takes on one core, as it is served."""

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vision_models.analyzer import load_analyzer
from vision_models.card import Card
from vision_models.training.data import ImageStore, Sample

#: Enough for a steady median, few enough to be over in seconds.
PICTURES = 40


def milliseconds(card: Card, samples: Sequence[Sample], store: ImageStore, folder: Path) -> float:
    """The median over decoded pictures of gate, CLAHE, classifier and checked map; those that the gate
    turns away are not counted. All are read twice and the second time counts: on a machine that was idle
    the first second is half as slow again."""
    cv2.setNumThreads(1)
    analyzer = load_analyzer(folder, threads=1)
    chosen = np.random.default_rng(0).permutation(len(samples))[:PICTURES]
    images = [store.read(samples[int(index)]) for index in chosen]
    for image in images:
        analyzer.analyze_array("", image)
    times = []
    for image in images:
        start = time.perf_counter()
        analysis = analyzer.analyze_array("", image)
        if analysis.model == card.model:
            times.append(time.perf_counter() - start)
    return round(1000 * float(np.median(times)), 1)
