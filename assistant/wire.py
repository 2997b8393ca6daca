"""Pictures, outputs and vectors as bytes between a front and the models elsewhere: safetensors, never pickle.

Both ends use it: ``assistant.remote`` asks, ``serving`` answers. Whatever comes in is taken for anybody's
bytes: what reads it raises ``ValueError`` for all that is not what was expected.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vision_models.runtime import Output

#: Says in each request which model is asked for, by its fingerprint.
MODEL_HEADER = "X-Galeno-Model"
#: The route of the encoder; a vision network's is the name on its card.
ENCODER = "encoder"

#: Bytes of a request and of an answer. A picture of 224 pixels has 150,528, all that a network says of it
#: 19,000 and a bit, a vector 1,536.
LARGEST_PICTURE, LARGEST_TEXTS, LARGEST_ANSWER = 2**20, 2**18, 2**20
#: Texts of one request: a turn has one, or its few sentences.
MOST_TEXTS = 32
#: How far the length of a vector may be from 1.
UNIT = 1e-3


@dataclass(frozen=True, slots=True)
class Shapes:
    """What an ``Output`` of a network looks like: the shape of each part, ``None`` for one that it lacks."""

    logits: tuple[int, ...]
    class_maps: tuple[int, ...]
    embedding: tuple[int, ...]
    region: tuple[int, ...] | None
    other: bool


def shapes_of(output: Output) -> Shapes:
    region = None if output.region is None else output.region.shape
    return Shapes(
        output.logits.shape, output.class_maps.shape, output.embedding.shape, region, output.other is not None
    )


def write_picture(picture: NDArray[np.uint8]) -> bytes:
    """``picture``: ``uint8 (S, S, 3)`` RGB."""
    return _written({"picture": picture})


def read_picture(content: bytes, size: int) -> NDArray[np.uint8]:
    """``uint8 (size, size, 3)`` RGB."""
    return _part(_loaded(content), "picture", (size, size, 3), np.uint8)


def write_output(output: Output) -> bytes:
    parts = {"logits": output.logits, "class_maps": output.class_maps, "embedding": output.embedding}
    if output.region is not None:
        parts["region"] = output.region
    if output.other is not None:
        parts["other"] = np.array([output.other], np.float32)
    return _written(parts)


def read_output(content: bytes, shapes: Shapes) -> Output:
    """With the ``shapes`` that the same network gives here, and finite throughout."""
    parts = _loaded(content)
    expected: dict[str, tuple[int, ...]] = {
        "logits": shapes.logits,
        "class_maps": shapes.class_maps,
        "embedding": shapes.embedding,
    }
    if shapes.region is not None:
        expected["region"] = shapes.region
    if shapes.other:
        expected["other"] = (1,)
    if parts.keys() != expected.keys():
        raise ValueError(f"it has other parts than {', '.join(expected)}")
    found = {name: _finite(parts, name, shape) for name, shape in expected.items()}
    region = found.get("region")
    if region is not None and not (region.min() >= 0.0 and region.max() <= 1.0):
        raise ValueError("region is no probability")
    other = float(found["other"][0]) if shapes.other else None
    return Output(found["logits"], found["class_maps"], found["embedding"], region, other)


def write_texts(texts: Sequence[str]) -> bytes:
    """Raises ``ValueError`` for what is no text: half of a surrogate pair."""
    return json.dumps({"texts": list(texts)}, ensure_ascii=False).encode()


def read_texts(content: bytes) -> list[str]:
    """At least one, at most ``MOST_TEXTS``."""
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    texts = found.get("texts") if isinstance(found, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError('expected {"texts": [text, …]}')
    if not 0 < len(texts) <= MOST_TEXTS:
        raise ValueError(f"it has {len(texts)} texts, expected 1 to {MOST_TEXTS}")
    for text in texts:
        if not text.isascii():
            text.encode()  # raises UnicodeEncodeError, a ValueError, for half of a surrogate pair
    return texts


def write_vectors(vectors: NDArray[np.float32]) -> bytes:
    return _written({"vectors": vectors})


def read_vectors(content: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    """``float32 (n, dimension)``, each of unit length."""
    vectors = _finite(_loaded(content), "vectors", shape)
    if np.abs(np.linalg.norm(vectors, axis=1) - 1.0).max() > UNIT:
        raise ValueError("a vector is not of unit length")
    return vectors


def _written(parts: Mapping[str, NDArray[Any]]) -> bytes:
    """safetensors takes an array's memory as it lies: a view would be written in another order."""
    content: bytes = save({name: np.ascontiguousarray(part) for name, part in parts.items()})
    return content


def _loaded(content: bytes) -> Mapping[str, NDArray[Any]]:
    try:
        parts: Mapping[str, NDArray[Any]] = load(content)
    except (SafetensorError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"it is no safetensors: {type(error).__name__}") from error
    return parts


def _part(parts: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    part = parts.get(name)
    if part is None:
        raise ValueError(f"it has no {name}")
    if part.shape != shape or part.dtype != kind:
        raise ValueError(f"{name} is {part.dtype} {part.shape}, expected {np.dtype(kind)} {shape}")
    return part


def _finite(parts: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    part = _part(parts, name, shape, np.float32)
    if not np.isfinite(part).all():
        raise ValueError(f"{name} is not finite")
    return part
