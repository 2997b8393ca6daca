"""Batches for Keras, on any of its backends: no tf.data."""

from collections import Counter
from collections.abc import Sequence

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from vision_models.preprocess import prepare
from vision_models.training.data import ImageStore, Sample, targets
from vision_models.training.recipes import Recipe


class Batches(keras.utils.PyDataset):
    """One epoch of prepared pictures with their targets.

    Training draws ``recipe.draws`` samples anew each epoch, strata balanced by the square root of
    their size, each augmented; the draw depends only on the seed and the epoch, so a resumed run
    sees what an unbroken one does. Otherwise: every sample once, in order, as it will be served.

    A batch is ``float32 (n, S, S, 3)`` 0..255 and ``float32 (n, classes)``.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        names: Sequence[str],
        store: ImageStore,
        recipe: Recipe,
        training: bool,
        first_epoch: int = 0,
    ) -> None:
        super().__init__(workers=1)
        cv2.setNumThreads(1)
        self._samples, self._store, self._recipe = list(samples), store, recipe
        self._targets = targets(samples, names)
        self._training, self._epoch = training, first_epoch
        self._order = np.arange(len(self._samples))
        if training:
            self._draw()

    def __len__(self) -> int:
        return -(-len(self._order) // self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        size = self._recipe.batch_size
        rows = self._order[index * size : (index + 1) * size]
        images = [self._picture(int(row), index * size + n) for n, row in enumerate(rows)]
        return np.stack(images).astype(np.float32), self._targets[rows]

    def on_epoch_end(self) -> None:
        if self._training:
            self._epoch += 1
            self._draw()

    def _picture(self, row: int, position: int) -> NDArray[np.uint8]:
        image = self._store.read(self._samples[row])
        if self._training:
            rng = np.random.default_rng((self._recipe.seed, self._epoch, position))
            image = self._recipe.augmentation(image, rng)
        return prepare(image, self._recipe.image_size, self._recipe.contrast)

    def _draw(self) -> None:
        sizes = Counter(sample.stratum for sample in self._samples)
        weights = np.array(
            [self._recipe.boost.get(s.stratum, 1.0) / np.sqrt(sizes[s.stratum]) for s in self._samples]
        )
        rng = np.random.default_rng((self._recipe.seed, self._epoch))
        self._order = rng.choice(len(weights), self._recipe.draws, p=weights / weights.sum())
