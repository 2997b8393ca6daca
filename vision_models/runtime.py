"""A network ready to serve: LiteRT on a few threads, no TensorFlow."""

import logging
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from vision_models.card import Card, ModelError, read_weights
from vision_models.gpu import GpuRunner

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Output:
    """What one pass gives: ``logits (classes,)``, ``class_maps (h, w, classes)``, ``embedding (1280,)``,
    ``region (S/4, S/4)``, the probability of each cell being part of what the network outlines, and
    ``other``, the logit of a sign of another disease (``None`` where the network did not learn them)."""

    logits: NDArray[np.float32]
    class_maps: NDArray[np.float32]
    embedding: NDArray[np.float32]
    region: NDArray[np.float32] | None = None
    other: float | None = None


class Network:
    """One exported graph on so many ``threads``. Safe to call from several: one runs, the others wait.

    ``gpu``: on a graphics processor; where none is found the log says so, and it runs on threads.
    """

    def __init__(self, card: Card, threads: int = 1, gpu: bool = False) -> None:
        self.card = card
        self._lock = Lock()
        content = read_weights(card)
        try:
            self._run: Any = _on_gpu(content) if gpu else None
            if self._run is None:
                self._interpreter = Interpreter(model_content=content, num_threads=threads)
                self._run = self._interpreter.get_signature_runner("serving_default")
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{card.weights} is not a graph that LiteRT can run: {error}") from error

    def __call__(self, picture: NDArray[np.uint8]) -> Output:
        """``picture``: ``uint8 (S, S, 3)`` RGB, as ``preprocess.prepare`` makes it."""
        size = self.card.image_size
        if picture.shape != (size, size, 3):
            raise ValueError(f"expected ({size}, {size}, 3), got {picture.shape}")
        with self._lock:
            result: dict[str, Any] = self._run(pixels=picture[None].astype(np.float32))
            return Output(
                logits=result["logits"][0].copy(),
                class_maps=result["class_maps"][0].copy(),
                embedding=result["embedding"][0].copy(),
                region=result["region"][0].copy() if "region" in result else None,
                other=float(result["other"][0, 0]) if "other" in result else None,
            )


def _on_gpu(content: bytes) -> Any:
    try:
        return GpuRunner(content)
    except RuntimeError:
        logger.warning("no graphics processor can be used: networks run on the machine's own")
        return None
