"""A network's weights in a file that others can go on from: safetensors in half precision, no pickle."""

import logging
from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import load_file, save_file

from vision_models.training.data import DataError

logger = logging.getLogger(__name__)


def save(network: keras.Model, path: Path) -> None:
    """Every variable under its name, ``float16``."""
    save_file({v.path: np.asarray(v.value, np.float16) for v in network.variables}, path)


def load(network: keras.Model, path: Path) -> None:
    """Fills ``network`` from ``path``: what ``save`` wrote, or the ``.weights.h5`` of a run.

    A variable of another shape, such as a head of other classes, keeps what it has. Raises ``DataError``
    where the file is missing or holds nothing for this network.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing: name the best.weights.h5 of a run, or a .safetensors file")
    if path.suffix == ".h5":
        network.load_weights(path, skip_mismatch=True)
        return
    try:
        saved = load_file(path)
    except Exception as error:
        raise DataError(f"{path} is not a safetensors file: {error}") from error
    fitting = [v for v in network.variables if v.path in saved and saved[v.path].shape == tuple(v.shape)]
    if not fitting:
        raise DataError(f"{path} holds no weights of this network")
    for variable in fitting:
        variable.assign(saved[variable.path].astype(np.float32))
    logger.info("%d of %d weight tensors taken from %s", len(fitting), len(network.variables), path)
