"""Trains one model from ImageNet weights and writes the weights that serving reads."""

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

import keras
from keras import ops

from vision_models.training import weights
from vision_models.training.architectures import ARCHITECTURES
from vision_models.training.checkpoints import (
    BEST_NAME,
    LOG_NAME,
    Checkpoints,
    Progress,
    is_over,
    state_path,
    trim_log,
)
from vision_models.training.data import ImageStore, Sample, class_names, load_samples
from vision_models.training.loader import Batches
from vision_models.training.recipes import RECIPES, Recipe

logger = logging.getLogger(__name__)

#: Share of the recipe's learning rate with which a run goes on from trained weights: the whole of it first
#: undoes what they know (a chest run fell from 0.65 to 1.5 in validation loss), and takes epochs to be back.
GOING_ON = 1 / 3


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
    ``start``: weights of an earlier run to go on from, instead of ImageNet's, at the last picture size
    alone and more gently. ``classes``: other class names than the model's own, in a run of their own. The
    log is ``log.csv`` beside the weights. Raises ``DataError`` for bad training data.
    """
    names = tuple(classes or class_names(model))
    samples = load_samples(model, data, names)
    folder = runs / ("-".join((model, *names)) if classes else model)
    store = ImageStore(data, [sample for sample in samples if sample.split != "test"])
    return fit(RECIPES[model], names, samples, store, folder, epochs, start)


def fit(
    recipe: Recipe,
    names: Sequence[str],
    samples: Sequence[Sample],
    store: ImageStore,
    folder: Path,
    epochs: int | None = None,
    start: Path | None = None,
) -> Path:
    """The same for any recipe and samples: those of split ``train`` teach, ``validation`` chooses.

    ``store`` holds the samples' files.
    """
    if start is not None:
        rate = GOING_ON * recipe.learning_rate
        recipe = replace(recipe, stages=recipe.stages[-1:], learning_rate=rate)
    total = epochs or recipe.epochs
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(recipe.seed)
    taught, choosing = _split(samples, "train"), _split(samples, "validation")
    store.check([*taught, *choosing])
    validation = Batches(choosing, names, store, recipe, training=False)
    network = _compiled(recipe, len(names) + recipe.has_other, total, start)
    progress = _resume(network, folder)
    for begin, end, patience in _stages(recipe, total):
        if progress.epochs == begin:
            progress = replace(progress, waited=0)  # each picture size is given its time
        if progress.epochs >= end or is_over(progress, patience):
            continue
        training = Batches(taught, names, store, recipe, training=True, first_epoch=progress.epochs)
        log = keras.callbacks.CSVLogger(folder / LOG_NAME, append=progress.epochs > 0)
        checkpoints = Checkpoints(folder, progress, patience)
        network.make_train_function(force=True)  # traced anew, for this stage's picture size alone
        network.fit(
            training,
            validation_data=validation,
            epochs=end,
            initial_epoch=progress.epochs,
            callbacks=[log, checkpoints],
            shuffle=False,  # the batches are drawn already; Keras' own order is kept in no checkpoint
            verbose=1 if sys.stdout.isatty() else 2,  # a bar for who watches, a line an epoch for a file
        )
        progress = checkpoints.progress
    return folder / BEST_NAME


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


def _stages(recipe: Recipe, total: int) -> Iterator[tuple[int, int, int | None]]:
    """First epoch, end and patience of each stage, the last ending at ``total``: Keras wants one picture
    size a fit, and only the last size is worth stopping early for."""
    ends = [min(end, total) for end in accumulate(stage.epochs for stage in recipe.stages)][:-1]
    for begin, end in pairwise((0, *ends, total)):
        yield begin, end, recipe.patience if end == total else None


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


def _resume(network: keras.Model, folder: Path) -> Progress:
    """Loads weights and optimizer of the last whole epoch, where there is one."""
    progress = Progress.read(folder)
    if progress.epochs == 0:
        return progress
    known = {function.__name__: function for function in (set_cross_entropy, region_loss, in_set, dice)}
    saved = keras.models.load_model(state_path(folder, progress), custom_objects=known)
    network.set_weights(saved.get_weights())
    network.optimizer.build(network.trainable_variables)
    for variable, value in zip(network.optimizer.variables, saved.optimizer.variables, strict=True):
        variable.assign(value)
    trim_log(folder, progress)
    logger.info("picking up after epoch %d", progress.epochs)
    return progress
