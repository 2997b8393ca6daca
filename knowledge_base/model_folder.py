"""Writes a sentence-transformers folder: configuration, tokenizer, and weights in shards fit for git."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

#: A Space takes no larger file in plain git.
SHARD_BYTES = 10_000_000
_HEADER_BYTES = 20_000


def write_model_folder(
    folder: Path,
    sizes: Mapping[str, int],
    tensors: Mapping[str, npt.NDArray[np.float32]],
    tokenizer: Mapping[str, Any],
) -> None:
    """Writes a BERT encoder with mean pooling, unit length and the prompts of E5 to ``folder``.

    The weights are stored as float16; the configuration says float32, which is what they are computed in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    shards = pack_shards({name: 2 * tensor.size for name, tensor in tensors.items()})
    _write_shards(folder, shards, tensors)
    for name, content in _configurations(sizes).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False) + "\n", "utf-8")


def pack_shards(sizes: Mapping[str, int], limit: int = SHARD_BYTES) -> list[list[str]]:
    """Names in their order, in as many lists as keep each under ``limit`` bytes, header included.

    A tensor that is over the limit alone gets a shard alone.
    """
    shards: list[list[str]] = []
    filled = limit
    for name, size in sizes.items():
        if filled + size > limit - _HEADER_BYTES:
            shards.append([])
            filled = 0
        shards[-1].append(name)
        filled += size
    return shards


def _write_shards(
    folder: Path, shards: list[list[str]], tensors: Mapping[str, npt.NDArray[np.float32]]
) -> None:
    from safetensors.numpy import save_file

    places: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        half = {name: np.ascontiguousarray(tensors[name], dtype=np.float16) for name in names}
        save_file(half, folder / file, metadata={"format": "pt"})
        (folder / file).chmod(0o644)
        places |= dict.fromkeys(names, file)
    index = {"metadata": {"total_size": sum(2 * tensors[name].size for name in places)}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")


def _configurations(sizes: Mapping[str, int]) -> dict[str, Any]:
    specials = {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            **sizes,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "initializer_range": 0.02,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes["max_position_embeddings"],
            "clean_up_tokenization_spaces": False,
            **{f"{name}_token": token for name, token in specials.items()},
            "cls_token": "<s>",
            "sep_token": "</s>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {
            "max_seq_length": sizes["max_position_embeddings"],
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes["hidden_size"],
            "pooling_mode_mean_tokens": True,
            "include_prompt": True,
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
