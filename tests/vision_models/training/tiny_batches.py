"""Batches of the few pictures of a test, and how to follow a lesion through them.

A test follows a lesion by its colour (see ``brain_slice``): with CLAHE, tone and handling off, what is
reddish in a batch is what was drawn as a lesion.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.vision_models.fakes import redness
from vision_models.analysis import CLASS_NAMES
from vision_models.training.data import ImageStore, Sample, load_samples
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import Recipe

if TYPE_CHECKING:
    from vision_models.training.loader import Batches

#: Every chance at once, certain or even.
ALL, HALF = (Mixing(**dict.fromkeys(Mixing.__dataclass_fields__, chance)) for chance in (1.0, 0.5))


def model_of(recipe: Recipe) -> str:
    return "brain_mri" if recipe.region == "finding" else "chest_xray"


def taught(packs: Path, recipe: Recipe) -> list[Sample]:
    return [sample for sample in load_samples(model_of(recipe), packs) if sample.split == "train"]


def batches(samples: list[Sample], packs: Path, recipe: Recipe, **options: Any) -> "Batches":
    from vision_models.training.loader import Batches

    names = CLASS_NAMES[samples[0].pack]
    return Batches(samples, names, ImageStore(packs, samples), recipe, **{"training": True} | options)


def all_of(made: "Batches") -> dict[str, np.ndarray]:
    """A whole epoch: the pictures, and the targets by name."""
    pairs = [made[i] for i in range(len(made))]
    goals = {name: np.concatenate([goal[name] for _, goal in pairs]) for name in pairs[0][1]}
    return {"pictures": np.concatenate([pictures for pictures, _ in pairs])} | goals


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    assert one.keys() == other.keys()
    return all(np.array_equal(one[name], other[name]) for name in one)


def shift(picture: np.ndarray, region: np.ndarray) -> float:
    """How many pixels lie between the middle of what is reddish and the middle of the region."""
    red = np.maximum(redness(picture), 0).astype(float)
    cells = cv2.resize(region[..., 0], red.shape, interpolation=cv2.INTER_NEAREST)
    assert red.max() > 15
    return float(np.hypot(*(middle(red) - middle(cells))))


def middle(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    axes = np.indices(weights.shape)
    return np.asarray((axes * weights).sum(axis=(1, 2)) / weights.sum())
