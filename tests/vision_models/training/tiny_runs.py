"""Runs that take seconds: a tiny network on tiny pictures, cut at will or told what it measured."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision_models.training.data import ImageStore, class_names, load_samples
from vision_models.training.recipes import Recipe, Stage

MARKS = [
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]
#: Two epochs of each size, so that a run can be cut inside a stage and where one ends.
TWO_STAGES = (Stage(32, 2), Stage(64, 2))


def tiny_network(class_count: int = 4, region: bool = True, frozen_blocks: int = 0) -> Any:
    import keras
    from keras import layers

    pixels = keras.Input((None, None, 3))
    x = layers.Conv2D(6, 1, trainable=not frozen_blocks)(layers.Rescaling(1 / 128.0, offset=-1.0)(pixels))
    x = layers.Conv2D(8, 4, strides=4, use_bias=False)(x)
    cells = layers.ReLU()(layers.BatchNormalization()(x))
    pooled = layers.GlobalAveragePooling2D()(cells)
    outputs = {"logits": layers.Dense(class_count, name="logits")(pooled)}
    if region:
        outputs["region"] = layers.Conv2D(1, 1, name="region")(cells)
    return keras.Model(pixels, outputs)


def fit(
    module: Any, recipe: Recipe, packs: Path, folder: Path, checkpoints: Any = None, **options: Any
) -> Path:
    """The folder of the run; ``checkpoints`` stand in for its own (see ``scripted``)."""
    model = "brain_mri" if recipe.region == "finding" else "chest_xray"
    samples = load_samples(model, packs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Checkpoints", checkpoints or module.Checkpoints)
        store = ImageStore(packs, samples)
        best = module.fit(recipe, class_names(model), samples, store, folder, **options)
    assert best == folder / "best.weights.h5"
    return folder


def scripted(cut: int | None = None, losses: Sequence[float] = (), seen: list[Any] | None = None) -> Any:
    """``Checkpoints`` of a run whose plug is pulled in the middle of epoch ``cut``, counted from 0.

    ``losses`` stand in for what each epoch measured (none: its own); ``seen`` receives its weights.
    """
    from vision_models.training.checkpoints import Checkpoints

    class Scripted(Checkpoints):
        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if (self.progress.epochs, batch) == (cut, 1):
                raise KeyboardInterrupt

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            if seen is not None:
                seen.append(self.model.get_weights())
            super().on_epoch_end(epoch, {"val_loss": losses[epoch]} if losses else logs)

    return Scripted


def state(folder: Path, statistics: bool = True) -> list[np.ndarray]:
    """What the last epoch left: what was learnt and, with ``statistics``, those and the optimizer's."""
    import keras

    from vision_models.training import train

    known = {name: getattr(train, name) for name in ("set_cross_entropy", "region_loss", "in_set", "dice")}
    [path] = folder.glob("epoch-*.keras")
    saved = keras.models.load_model(path, custom_objects=known)
    kept = (*saved.weights, *saved.optimizer.variables) if statistics else saved.trainable_weights
    return [np.asarray(value) for value in kept]


def best(folder: Path) -> list[np.ndarray]:
    """The weights of the best epoch."""
    network = tiny_network()
    network.load_weights(folder / "best.weights.h5")
    return list(network.get_weights())


def same(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def log(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def epochs(folder: Path) -> list[int]:
    return [int(row["epoch"]) for row in log(folder)]


def progress(folder: Path) -> Any:
    return json.loads((folder / "progress.json").read_text())
