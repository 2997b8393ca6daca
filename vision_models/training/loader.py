"""Batches for Keras, on any of its backends: no tf.data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from vision_models.preprocess import prepare, square_pad
from vision_models.training import mixing
from vision_models.training.augment import Image, Mask
from vision_models.training.data import ImageStore, Sample, is_healthy, targets
from vision_models.training.lookalikes import LOOKALIKES
from vision_models.training.recipes import Recipe

#: The region map has one cell for this many pixels of the picture on a side.
REGION_STRIDE = 4
#: Value of a region target where nobody drew the region: the loss passes over it.
UNKNOWN = -1.0

#: The signs that training draws; pneumothorax stays out, so that one is left that the network never saw.
TAUGHT_SIGNS = ("effusion", "mass", "large_heart")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Example:
    """A picture, what it may be (``float32 (classes,)``), and where that is (``None``: not drawn)."""

    image: Image
    target: Floats
    mask: Mask | None


class Batches(keras.utils.PyDataset):
    """One epoch of prepared pictures with their targets.

    Training draws ``recipe.draws`` samples anew each epoch, strata balanced by the square root of
    their size, each augmented; the draw depends only on the seed and the epoch, so a resumed run
    sees what an unbroken one does. The picture size is that of ``first_epoch``. Otherwise: every sample
    once, in order, as it will be served.

    A batch is ``float32 (n, S, S, 3)`` 0..255, and by output name ``logits float32 (n, classes)`` and,
    where the recipe has a region, ``region float32 (n, S/4, S/4, 1)``: the share of each cell that the
    finding covers, or ``UNKNOWN``.
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
        if recipe.has_other:
            self._targets = np.pad(self._targets, ((0, 0), (0, 1)))
        self._healthy = [row for row, sample in enumerate(samples) if is_healthy(sample)]
        self._diseased = [row for row, sample in enumerate(samples) if not is_healthy(sample)]
        self._drawn = [row for row, sample in enumerate(samples) if sample.mask]
        self._training, self._epoch = training, first_epoch
        self._side = recipe.size_at(first_epoch) if training else recipe.image_size
        self._order = np.arange(len(self._samples))
        if training:
            self._draw()

    def __len__(self) -> int:
        return -(-len(self._order) // self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[Floats, dict[str, Floats]]:
        size = self._recipe.batch_size
        rows = self._order[index * size : (index + 1) * size]
        examples = [self._example(int(row), index * size + n) for n, row in enumerate(rows)]
        pictures = np.stack([prepare(e.image, self._side, self._recipe.contrast) for e in examples])
        goals = {"logits": np.stack([e.target for e in examples])}
        if self._recipe.region:
            goals["region"] = np.stack([region_target(e.mask, self._side) for e in examples])
        return pictures.astype(np.float32), goals

    def on_epoch_end(self) -> None:
        if self._training:
            self._epoch += 1
            self._draw()

    def _example(self, row: int, position: int) -> _Example:
        sample = self._samples[row]
        image = self._store.read(sample)
        example = _Example(image, self._targets[row], self._mask(sample, image))
        if not self._training:
            return example
        rng = np.random.default_rng((self._recipe.seed, self._epoch, position))
        if is_healthy(sample) and rng.random() < self._recipe.signs:
            example = self._with_sign(sample, example, rng)
        else:
            example = self._mixed(example, is_healthy(sample), rng)
        image, mask = self._recipe.augmentation(example.image, rng, example.mask)
        return replace(example, image=image, mask=mask)

    def _mask(self, sample: Sample, image: Image) -> Mask | None:
        """Where the recipe's region is."""
        if self._recipe.region == "finding":
            return self._store.read_mask(sample)
        if self._recipe.region == "lungs":
            lungs = self._store.read_lungs(sample)
            return _unpadded(np.maximum(lungs.left, lungs.right), image) if lungs.found else None
        return None

    def _with_sign(self, sample: Sample, example: _Example, rng: np.random.Generator) -> _Example:
        """A healthy film with a drawn sign of a disease that is not looked for: the class beyond."""
        lungs = self._store.read_lungs(sample)
        if not lungs.found:
            return example
        sign = LOOKALIKES[TAUGHT_SIGNS[int(rng.integers(len(TAUGHT_SIGNS)))]]
        target = np.zeros_like(example.target)
        target[-1] = 1.0
        image = _unpadded(sign(square_pad(example.image), rng, lungs), example.image)
        return replace(example, image=image, target=target)

    def _mixed(self, example: _Example, healthy: bool, rng: np.random.Generator) -> _Example:
        """The example with what other pictures lend it (see ``mixing``)."""
        recipe = self._recipe.mixing
        by_mask = self._recipe.region == "finding" and self._drawn and self._healthy
        if by_mask and example.mask is not None:
            example = self._mixed_by_mask(example, example.mask, rng)
        if healthy and rng.random() < recipe.graft:
            example = self._grafted(example, rng)
        if rng.random() < recipe.borrow_tone:
            other = self._store.read(self._samples[int(rng.integers(len(self._samples)))])
            toned = mixing.borrow_tone(example.image, other, rng.uniform(0.3, 1.0))
            example = replace(example, image=toned)
        return example

    def _mixed_by_mask(self, example: _Example, mask: Mask, rng: np.random.Generator) -> _Example:
        recipe = self._recipe.mixing
        if rng.random() < recipe.strip:
            made = mixing.strip(example.image, mask, rng)
            if made is not None:
                image, mask = made
                example = replace(example, image=image, mask=mask)
        diseased = bool(mask.any())
        if diseased and rng.random() < recipe.recolour:
            example = replace(example, image=mixing.recolour(example.image, mask, rng))
        if diseased and rng.random() < recipe.crop_out:
            return self._cropped(example)
        if not diseased and rng.random() < recipe.transplant:
            return self._transplanted(example, rng)
        return example

    def _grafted(self, example: _Example, rng: np.random.Generator) -> _Example:
        """A healthy film with lungs of a diseased one: that disease or none, but no other."""
        row = int(rng.choice(self._diseased))
        image = mixing.graft(example.image, self._store.read(self._samples[row]), rng)
        return replace(example, image=image, target=np.maximum(example.target, self._targets[row]))

    def _cropped(self, example: _Example) -> _Example:
        assert example.mask is not None
        crop = mixing.crop_out(example.image, example.mask)
        if crop is None:
            return example
        return _Example(crop, self._targets[self._healthy[0]], np.zeros(crop.shape[:2], np.uint8))

    def _transplanted(self, example: _Example, rng: np.random.Generator) -> _Example:
        """A tumor of unsaid type into a healthy picture, or, one time in three, healthy tissue in the
        shape of one, so that the seam tells nothing."""
        donor = self._samples[int(rng.choice(self._drawn))]
        region = self._store.read_mask(donor)
        assert region is not None
        empty = rng.random() < 1 / 3
        source = self._samples[int(rng.choice(self._healthy))] if empty else donor
        made = mixing.transplant(example.image, self._store.read(source), region, rng)
        if made is None:
            return example
        if empty:
            return replace(example, image=made[0])
        return _Example(made[0], 1 - self._targets[self._healthy[0]], made[1])

    def _draw(self) -> None:
        sizes = Counter(sample.stratum for sample in self._samples)
        weights = np.array(
            [self._recipe.boost.get(s.stratum, 1.0) / np.sqrt(sizes[s.stratum]) for s in self._samples]
        )
        rng = np.random.default_rng((self._recipe.seed, self._epoch))
        self._order = rng.choice(len(weights), self._recipe.draws, p=weights / weights.sum())


def _unpadded(squared: NDArray[np.uint8], image: Image) -> NDArray[np.uint8]:
    """What ``square_pad`` made of ``image``, without the bars."""
    height, width = image.shape[:2]
    top, left = (squared.shape[0] - height) // 2, (squared.shape[1] - width) // 2
    return np.ascontiguousarray(squared[top : top + height, left : left + width])


def region_target(mask: Mask | None, side: int) -> Floats:
    """``float32 (side/4, side/4, 1)``: the share of each cell that the mask covers, padded and resized
    as the picture is; all ``UNKNOWN`` for no mask."""
    cells = side // REGION_STRIDE
    if mask is None:
        return np.full((cells, cells, 1), UNKNOWN, np.float32)
    squared = square_pad(np.repeat(mask[..., None], 3, axis=2))[..., 0].astype(np.float32) / 255
    shares = cv2.resize(squared, (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(shares[..., None], np.float32)
