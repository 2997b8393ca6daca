"""Text to vector. The shipped encoder, or any sentence-transformers model by name or folder."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from knowledge_base.graph import GRAPH, load_graph

Vectors = npt.NDArray[np.float32]

#: The encoder in the project.
SHIPPED = Path(__file__).parent / "models" / "encoder"

#: One message in so many is never learnt from: thresholds are set on those.
KEPT_ASIDE = 8

#: What the fingerprint is of, by suffix. The graph is not among it: it is made from these, and has a hash of
#: its own on the card.
_FINGERPRINTED = (".safetensors", ".bin", ".json")

#: What E5 models were trained with, for one whose configuration names no prompts.
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}


class Encoder(Protocol):
    """Texts in, vectors of unit length out: float32 ``(n, dimension)``; ``(0, dimension)`` for no texts.

    ``fingerprint`` changes when the vectors do: an index made with another one is stale.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...


def is_kept_aside(text: str) -> bool:
    """Whether a message or utterance is one of those that the shipped encoder has not learnt from."""
    return crc32(text.encode()) % KEPT_ASIDE == 0


class PromptedEncoder:
    """An encoder that reads a prompt before each text. Made by ``load_encoder``.

    ``encode`` gives the vectors of texts under a prompt.
    """

    def __init__(
        self,
        encode: Callable[[Sequence[str], str], Vectors],
        dimension: int,
        fingerprint: str,
        prompts: Mapping[str, str],
    ) -> None:
        self._encode = encode
        self._dimension = dimension
        self._fingerprint = fingerprint
        self._prompts = dict(prompts)

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, the way people write them."""
        return self._encode(texts, self._prompts["query"])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched."""
        return self._encode(texts, self._prompts["passage"])


def _encode_with_torch(model: Any, texts: Sequence[str], prompt: str) -> Vectors:
    """With a ``SentenceTransformer``."""
    if not texts:
        return np.zeros((0, int(model.get_embedding_dimension())), dtype=np.float32)
    vectors = model.encode(
        list(texts),
        prompt=prompt,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str | Path = SHIPPED, *, threads: int = 1) -> Encoder:
    """The encoder in a folder, or under a name on the hub. A folder is read without any network; where it has
    a graph (``knowledge_base.graph``), torch is not needed either.

    ``threads`` is how many cores are taken for one text; more than one does not make a question faster.
    Raises ``FileNotFoundError`` for a path that is not a model's folder, ``ValueError`` for a folder whose
    card describes other files.
    """
    folder = Path(name)
    local = folder.is_dir()
    if local and not any((folder / name).is_file() for name in ("config.json", "modules.json")):
        raise FileNotFoundError(f"{folder}: no encoder there, expected config.json and its weights")
    if not local and (isinstance(name, Path) or name.startswith((".", "/"))):
        raise FileNotFoundError(f"{folder}: no such folder, expected an encoder")
    if (folder / GRAPH).is_file():
        files = read_files(folder)
        fingerprint = _checked_fingerprint(folder, files)
        settings = json.loads(files["config_sentence_transformers.json"])
        prompts, graph = _prompts_of(settings["prompts"], str(name)), load_graph(files, threads)
        return PromptedEncoder(graph.encode, graph.dimension, fingerprint, prompts)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    torch.set_num_threads(threads)
    model = SentenceTransformer(str(name), device="cpu", local_files_only=local)
    fingerprint = (
        _checked_fingerprint(folder, read_files(folder)) if local else _fingerprint_of_weights(model)
    )
    prompts, dimension = _prompts_of(model.prompts or {}, str(name)), int(model.get_embedding_dimension())
    return PromptedEncoder(partial(_encode_with_torch, model), dimension, fingerprint, prompts)


def open_encoder(name: str | Path = SHIPPED, *, threads: int = 1) -> Encoder:
    """``load_encoder`` for a command line: whatever goes wrong is an ``OSError`` of one sentence."""
    try:
        return load_encoder(name, threads=threads)
    except FileNotFoundError:
        raise
    except Exception as error:  # the hub, the weights and the tokenizer each raise what their library does
        reason = " ".join(str(error).split()) or type(error).__name__
        raise OSError(f"{name}: no encoder can be loaded from there: {reason}") from error


def read_files(folder: Path) -> dict[str, bytes]:
    """What a vector depends on, by its path in ``folder``: weights, tokenizer, settings, and the graph."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _FINGERPRINTED or path.name == GRAPH
    }


def fingerprint_of(folder: Path) -> str:
    """A hash of the weights, the tokenizer and the settings in ``folder``, short enough to print."""
    return _fingerprint(read_files(folder))


def _fingerprint(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        if name != GRAPH:
            digest.update(name.encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def _checked_fingerprint(folder: Path, files: Mapping[str, bytes]) -> str:
    """The fingerprint of the ``files`` that were read from ``folder``. Raises ``ValueError`` where there is a
    card and it says another, or another hash of the graph."""
    found, card = _fingerprint(files), folder / "card.toml"
    if not card.is_file():
        return found
    try:
        recorded = tomllib.loads(card.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{card} cannot be read ({error}): restore it from git") from error
    if recorded.get("fingerprint") != found:
        raise ValueError(
            f"{folder}: its files have the fingerprint {found}, its card says {recorded.get('fingerprint')}: "
            "restore the folder from git, or make the encoder again"
        )
    if GRAPH in files and recorded.get("graph_sha256") != hashlib.sha256(files[GRAPH]).hexdigest():
        raise ValueError(
            f"{folder / GRAPH} is not what card.toml describes: restore both from git, or run "
            "python -m knowledge_base graph"
        )
    return found


def _fingerprint_of_weights(model: Any) -> str:
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def _prompts_of(named: dict[str, str], name: str) -> dict[str, str]:
    """The model's own prompts; those of E5 for an E5 that names none; else none."""
    passage = named.get("passage") or named.get("document") or ""
    if not named.get("query") and not passage and "e5" in name.lower():
        return dict(_E5_PROMPTS)
    return {"query": named.get("query") or "", "passage": passage}
