"""Trains one model from ImageNet weights and writes the weights that serving reads."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import keras
from keras import ops

from vision_models.training.data import ImageStore, Sample, class_names, load_samples
from vision_models.training.loader import Batches
from vision_models.training.network import build_network, load_imagenet
from vision_models.training.recipes import RECIPES, Recipe

logger = logging.getLogger(__name__)


def train(model: str, data: Path, runs: Path, epochs: int | None = None) -> Path:
    """Trains ``model`` and returns the path of its best weights (``.weights.h5``) under ``runs``.

    An interrupted run picks up at its last whole epoch when called again with the same ``runs``.
    The log is ``log.csv`` beside the weights. Raises ``DataError`` for bad training data.
    """
    recipe = RECIPES[model]
    total = epochs or recipe.epochs
    samples = load_samples(model, data)
    folder = runs / model
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(recipe.seed)
    used = [sample for sample in samples if sample.split != "test"]
    store = ImageStore(data, used)
    names = class_names(model)
    validation = Batches(_split(used, "validation"), names, store, recipe, training=False)
    network = _compiled(recipe, len(names), total)
    done = _resume(network, folder)
    training = Batches(_split(used, "train"), names, store, recipe, training=True, first_epoch=done)
    network.fit(
        training,
        validation_data=validation,
        epochs=total,
        initial_epoch=done,
        callbacks=_callbacks(folder, done),
        verbose=2,
    )
    return folder / "best.weights.h5"


def set_cross_entropy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy where the truth is a set: minus the log of the set's whole probability.

    ``y_true`` is 1 for each class the sample may be; with one class it is the usual cross-entropy.
    """
    outside = ops.where(y_true > 0, 0.0, -1e9)
    return ops.logsumexp(y_pred, axis=-1) - ops.logsumexp(y_pred + outside, axis=-1)


def in_set(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """1 where the most probable class is one that the sample may be."""
    chosen = ops.one_hot(ops.argmax(y_pred, axis=-1), y_pred.shape[-1])
    return ops.sum(chosen * y_true, axis=-1)


def _split(samples: Sequence[Sample], split: str) -> list[Sample]:
    return [sample for sample in samples if sample.split == split]


def _compiled(recipe: Recipe, class_count: int, epochs: int) -> keras.Model:
    network = build_network(class_count, recipe.image_size, recipe.dropout)
    load_imagenet(network)
    steps = epochs * -(-recipe.draws // recipe.batch_size)
    warm_up = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 20,
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
        decay_steps=steps - warm_up,
        alpha=0.01,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
    network.compile(optimizer, loss=set_cross_entropy, metrics=[in_set])
    return network


def _resume(network: keras.Model, folder: Path) -> int:
    """Loads weights and optimizer of the last whole epoch; returns how many epochs are done."""
    state, progress = folder / "last.keras", folder / "progress.json"
    if not (state.is_file() and progress.is_file()):
        return 0
    done = int(json.loads(progress.read_text())["epochs"])
    saved = keras.models.load_model(
        state, custom_objects={"set_cross_entropy": set_cross_entropy, "in_set": in_set}
    )
    network.set_weights(saved.get_weights())
    network.optimizer.build(network.trainable_variables)
    for variable, value in zip(network.optimizer.variables, saved.optimizer.variables, strict=True):
        variable.assign(value)
    logger.info("picking up after epoch %d", done)
    return done


class _Progress(keras.callbacks.Callback):
    """Writes down how far the run is, and the best validation loss so far."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.best: float | None = json.loads(path.read_text()).get("best") if path.is_file() else None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("val_loss", float("inf"))
        self.best = loss if self.best is None else min(self.best, loss)
        self._path.write_text(json.dumps({"epochs": epoch + 1, "best": self.best}))


def _callbacks(folder: Path, done: int) -> list[keras.callbacks.Callback]:
    progress = _Progress(folder / "progress.json")
    return [
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5",
            monitor="val_loss",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=progress.best,
        ),
        keras.callbacks.ModelCheckpoint(folder / "last.keras"),
        progress,
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=4),
        keras.callbacks.CSVLogger(folder / "log.csv", append=done > 0),
    ]
