"""A network ready to serve: LiteRT on a few threads, no TensorFlow."""

from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from vision_models.card import Card, ModelError, read_weights


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
    """One exported graph, of which so many ``copies`` run at once, each on so many ``threads``. Calls beyond
    that wait."""

    def __init__(self, card: Card, threads: int = 1, copies: int = 1) -> None:
        self.card = card
        self._idle: SimpleQueue[Any] = SimpleQueue()
        content = read_weights(card)
        try:
            for _ in range(copies):
                interpreter = Interpreter(model_content=content, num_threads=threads)
                self._idle.put(interpreter.get_signature_runner("serving_default"))
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{card.weights} is not a graph that LiteRT can run: {error}") from error

    def __call__(self, picture: NDArray[np.uint8]) -> Output:
        """``picture``: ``uint8 (S, S, 3)`` RGB, as ``preprocess.prepare`` makes it."""
        size = self.card.image_size
        if picture.shape != (size, size, 3):
            raise ValueError(f"expected ({size}, {size}, 3), got {picture.shape}")
        run = self._idle.get()
        try:
            result = run(pixels=picture[None].astype(np.float32))
            return Output(
                logits=result["logits"][0].copy(),
                class_maps=result["class_maps"][0].copy(),
                embedding=result["embedding"][0].copy(),
                region=result["region"][0].copy() if "region" in result else None,
                other=float(result["other"][0, 0]) if "other" in result else None,
            )
        finally:
            self._idle.put(run)
