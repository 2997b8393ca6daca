"""Trains one model from ImageNet weights and writes the weights that serving reads."""

import json
import logging
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import keras
from keras import ops

from vision_models.training import weights
from vision_models.training.architectures import ARCHITECTURES
from vision_models.training.data import ImageStore, Sample, class_names, load_samples
from vision_models.training.loader import Batches
from vision_models.training.recipes import RECIPES, Recipe

logger = logging.getLogger(__name__)


def train(
    model: str,
    data: Path,
    runs: Path,
    epochs: int | None = None,
    start: Path | None = None,
    classes: Sequence[str] | None = None,
) -> Path:
    """Trains ``model`` and returns the path of its best weights (``.weights.h5``) under ``runs``.

    An interrupted run picks up at its last whole epoch when called again with the same ``runs``.
    ``start``: weights of an earlier run to go on from, instead of ImageNet's. ``classes``: other class
    names than the model's own, in a run of their own. The log is ``log.csv`` beside the weights. Raises
    ``DataError`` for bad training data.
    """
    names = tuple(classes or class_names(model))
    samples = load_samples(model, data, names)
    folder = runs / ("-".join((model, *names)) if classes else model)
    return fit(RECIPES[model], names, samples, data, folder, epochs, start)


def fit(
    recipe: Recipe,
    names: Sequence[str],
    samples: Sequence[Sample],
    data: Path,
    folder: Path,
    epochs: int | None = None,
    start: Path | None = None,
) -> Path:
    """The same for any recipe and samples: those of split ``train`` teach, ``validation`` chooses."""
    total = epochs or recipe.epochs
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(recipe.seed)
    used = [sample for sample in samples if sample.split != "test"]
    store = ImageStore(data, used)
    validation = Batches(_split(used, "validation"), names, store, recipe, training=False)
    network = _compiled(recipe, len(names) + recipe.has_other, total, start)
    done = _resume(network, folder)
    taught = _split(used, "train")
    for end in _stage_ends(recipe, total):
        if done >= end:
            continue
        training = Batches(taught, names, store, recipe, training=True, first_epoch=done)
        network.make_train_function(force=True)  # traced anew, for this stage's picture size alone
        network.fit(
            training,
            validation_data=validation,
            epochs=end,
            initial_epoch=done,
            callbacks=_callbacks(folder, done, recipe.patience if end == total else total),
            shuffle=False,  # the batches are drawn already; Keras' own order is kept in no checkpoint
            verbose=2,
        )
        done = end
    return folder / "best.weights.h5"


def set_cross_entropy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy where the truth is a set: minus the log of the set's whole probability.

    ``y_true`` is 1 for each class the sample may be; with one class it is the usual cross-entropy.
    """
    outside = ops.where(y_true > 0, 0.0, -1e9)
    return ops.logsumexp(y_pred, axis=-1) - ops.logsumexp(y_pred + outside, axis=-1)


def region_loss(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy of each cell, plus one minus the Dice coefficient over the batch (Milletari et al.,
    3DV 2016); cells whose target is ``UNKNOWN`` count for neither."""
    known = ops.cast(y_true >= 0, "float32")
    cells = ops.binary_crossentropy(ops.maximum(y_true, 0.0), y_pred, from_logits=True) * known
    return ops.sum(cells) / (ops.sum(known) + 1.0) + 1.0 - dice(y_true, y_pred)


def dice(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Soft Dice coefficient of the known cells of a batch."""
    known = ops.cast(y_true >= 0, "float32")
    found, drawn = ops.sigmoid(y_pred) * known, y_true * known
    return (2.0 * ops.sum(found * drawn) + 1.0) / (ops.sum(found) + ops.sum(drawn) + 1.0)


def in_set(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """1 where the most probable class is one that the sample may be."""
    chosen = ops.one_hot(ops.argmax(y_pred, axis=-1), y_pred.shape[-1])
    return ops.sum(chosen * y_true, axis=-1)


def _split(samples: Sequence[Sample], split: str) -> list[Sample]:
    return [sample for sample in samples if sample.split == split]


def _stage_ends(recipe: Recipe, total: int) -> list[int]:
    """After how many epochs each stage ends, the last at ``total``: Keras wants one picture size a fit."""
    ends = [min(end, total) for end in accumulate(stage.epochs for stage in recipe.stages)]
    return [*ends[:-1], total]


def _compiled(recipe: Recipe, class_count: int, epochs: int, start: Path | None) -> keras.Model:
    network = ARCHITECTURES[recipe.architecture](class_count, bool(recipe.region), recipe.frozen_blocks)
    if start is not None:
        weights.load(network, start)
    steps = epochs * -(-recipe.draws // recipe.batch_size)
    warm_up = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 20,
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
        decay_steps=steps - warm_up,
        alpha=0.01,
    )
    losses = {"logits": set_cross_entropy} | ({"region": region_loss} if recipe.region else {})
    metrics = {"logits": [in_set]} | ({"region": [dice]} if recipe.region else {})
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
    network.compile(optimizer, loss=losses, metrics=metrics)
    return network


def _resume(network: keras.Model, folder: Path) -> int:
    """Loads weights and optimizer of the last whole epoch; returns how many epochs are done."""
    state, progress = folder / "last.keras", folder / "progress.json"
    if not (state.is_file() and progress.is_file()):
        return 0
    done = int(json.loads(progress.read_text())["epochs"])
    known = {function.__name__: function for function in (set_cross_entropy, region_loss, in_set, dice)}
    saved = keras.models.load_model(state, custom_objects=known)
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


def _callbacks(folder: Path, done: int, patience: int) -> list[keras.callbacks.Callback]:
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
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience),
        keras.callbacks.CSVLogger(folder / "log.csv", append=done > 0),
    ]
