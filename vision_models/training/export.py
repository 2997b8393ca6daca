"""From trained Keras weights to what ships: a LiteRT graph in half precision, with its hash."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vision_models.card import MODELS, update_card
from vision_models.training.data import class_names
from vision_models.training.history import LOG_NAME
from vision_models.training.network import build_network, serving_graph
from vision_models.training.recipes import RECIPES
from vision_models.training.weights import save

WEIGHTS_NAME = "weights.tflite"
#: The same weights before they were fused for serving, for whoever trains on.
START_NAME = "start.safetensors"


def export(
    model: str, weights: Path, version: str, folder: Path = MODELS, average: Sequence[Path] = ()
) -> Path:
    """Writes ``<folder>/<model>/weights.tflite`` and the facts of its card; returns the former's path.

    Beside it go ``start.safetensors``, to train on from, and the run's ``training_log.csv``.

    Weights are stored as float16 (half the size, differences below 1e-2 in a logit); LiteRT computes
    in float32. ``version`` follows semantic versioning: other weights, another version. ``average``:
    weights of other runs to take the mean with.
    """
    recipe, names = RECIPES[model], class_names(model)
    network = build_network(len(names) + recipe.has_other, bool(recipe.region))
    _load_mean(network, (weights, *average))
    graph = serving_graph(network, recipe.has_other)
    size = recipe.image_size

    with tempfile.TemporaryDirectory() as saved:
        converter = converter_of(graph, size, saved)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        content: bytes = converter.convert()
    path = folder / model / WEIGHTS_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    save(network, path.with_name(START_NAME))
    log = weights.with_name("log.csv")
    if log.is_file():
        shutil.copyfile(log, path.with_name(LOG_NAME))
    facts = {
        "name": model,
        "version": version,
        "class_names": list(names),
        "image_size": size,
        "contrast": recipe.contrast,
        "weights": WEIGHTS_NAME,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (path.parent / "card.toml").unlink(missing_ok=True)  # other weights, so no old calibration or figures
    update_card(model, "facts", facts, folder)
    return path


def converter_of(graph: keras.Model, size: int, folder: str) -> tf.lite.TFLiteConverter:
    """What makes a LiteRT graph of ``serving_graph``, for one picture of ``size`` pixels at a time. Writes to
    ``folder``, which must stay until it has converted."""
    archive = keras.export.ExportArchive()
    archive.track(graph)
    pixels = tf.TensorSpec((1, size, size, 3), tf.float32, name="pixels")
    archive.add_endpoint("serving_default", graph.call, input_signature=[pixels])
    archive.write_out(folder, verbose=False)
    return tf.lite.TFLiteConverter.from_saved_model(folder)


def _load_mean(network: keras.Model, paths: Sequence[Path]) -> None:
    """Runs that went on from one another lie in one valley, and their mean keeps what each learnt
    (Wortsman et al., Model soups, ICML 2022)."""
    runs = []
    for path in paths:
        network.load_weights(path)
        runs.append(network.get_weights())
    network.set_weights([np.mean(tensors, axis=0) for tensors in zip(*runs, strict=True)])
