"""Copies that a split by likeness misses: the same slice mirrored, upside down, or turned half round.

The nickparvar collection holds hundreds of pictures twice in this way. A near-duplicate search that
compares upright pictures puts the copies on different sides, and training that mirrors its pictures then
sees the test set. Figures are therefore also given on what has no twin among the training pictures.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.training.data import ImageStore, Sample
from vision_models.training.grouping import turns

#: Pictures of this many pixels a side are compared; from this correlation on, two are the same.
SIDE, ALIKE = 32, 0.975

Thumbnails = NDArray[np.float32]


def twinned(tested: Sequence[Sample], taught: Sequence[Sample], store: ImageStore) -> NDArray[np.bool_]:
    """``(len(tested),)``: which of ``tested`` are among ``taught`` in another orientation (or the same)."""
    if not tested or not taught:
        return np.zeros(len(tested), bool)
    known = _normalised(_thumbnails(taught, store))
    seen = _thumbnails(tested, store)
    found = np.zeros(len(tested), bool)
    for turned in turns(seen):
        found |= (_normalised(turned) @ known.T).max(axis=1) > ALIKE
    return found


def _thumbnails(samples: Sequence[Sample], store: ImageStore) -> Thumbnails:
    small = [cv2.resize(store.read(s)[..., 1], (SIDE, SIDE), interpolation=cv2.INTER_AREA) for s in samples]
    return np.array(small, np.float32)


def _normalised(pictures: Thumbnails) -> Thumbnails:
    """Rows of mean 0 and length 1, so that a product is a correlation."""
    rows = pictures.reshape(len(pictures), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6), np.float32)
