import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder import SHIPPED, load_encoder, read_files
from knowledge_base.graph import GRAPH, graph_hash, load_graph, write_graph
from knowledge_base.model_folder import write_model_folder

TEXTS = ["¿Qué es?", "", "🧠", "word " * 600, "a longer question about the lungs, with a comma"]


@pytest.mark.model
def test_the_shipped_encoder_runs_without_torch() -> None:
    script = (
        "import sys; from knowledge_base.encoder import load_encoder; load_encoder().encode_queries(['a']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


@pytest.mark.model
def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    graph = load_graph(read_files(SHIPPED))
    together = graph.encode(TEXTS * 8, "query: ")  # more than one batch
    alone = np.concatenate([graph.encode([text], "query: ") for text in TEXTS])
    assert np.allclose(together, np.tile(alone, (8, 1)), atol=1e-5)


@pytest.mark.model
def test_the_graph_holds_no_weights_of_its_own() -> None:
    assert (SHIPPED / GRAPH).stat().st_size < 200_000


@pytest.mark.model
def test_a_graph_says_what_sentence_transformers_says(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is one of requirements-train.txt")
    pytest.importorskip("onnxscript", reason="onnxscript is one of requirements-train.txt")
    sizes = {
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 48,
        "vocab_size": 12900,
        "max_position_embeddings": 40,
        "type_vocab_size": 2,
    }
    draw = np.random.default_rng(3)
    tokenizer = json.loads((SHIPPED / "tokenizer.json").read_text("utf-8"))
    shapes = _shapes(sizes)
    tensors = {name: draw.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    write_model_folder(tmp_path, sizes, tensors, tokenizer)
    plain = load_encoder(tmp_path)  # there is no graph yet
    card = tmp_path / "card.toml"
    card.write_text(f'fingerprint = "{plain.fingerprint}"\n', "utf-8")
    assert write_graph(tmp_path) == tmp_path / GRAPH
    assert tomllib.loads(card.read_text("utf-8"))["graph_sha256"] == graph_hash(tmp_path)
    quick = load_encoder(tmp_path)
    assert quick.dimension == plain.dimension == 24
    assert np.allclose(quick.encode_queries(TEXTS), plain.encode_queries(TEXTS), atol=1e-5)
    assert np.allclose(quick.encode_passages(TEXTS), plain.encode_passages(TEXTS), atol=1e-5)


def _shapes(sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """The tensors of a BERT without its pooler."""
    wide, inner = sizes["hidden_size"], sizes["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (sizes["vocab_size"], wide),
        "embeddings.position_embeddings.weight": (sizes["max_position_embeddings"], wide),
        "embeddings.token_type_embeddings.weight": (sizes["type_vocab_size"], wide),
        "embeddings.LayerNorm.weight": (wide,),
        "embeddings.LayerNorm.bias": (wide,),
    }
    dense = {
        **{f"attention.self.{name}": (wide, wide) for name in ("query", "key", "value")},
        "attention.output.dense": (wide, wide),
        "intermediate.dense": (inner, wide),
        "output.dense": (wide, inner),
    }
    for number in range(sizes["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for name, shape in dense.items():
            shapes[f"{layer}.{name}.weight"] = shape
            shapes[f"{layer}.{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{layer}.{name}.weight"] = shapes[f"{layer}.{name}.bias"] = (wide,)
    return shapes


@pytest.mark.model
def test_loading_it_leaves_nothing_behind_and_tells_nobody(tmp_path: Path) -> None:
    """By itself onnxruntime writes a number for the machine and a store of events to send."""
    script = "from knowledge_base.encoder import load_encoder; load_encoder().encode_queries(['a'])"
    home = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", script], env=environment | home, check=True, timeout=120)
    assert list(tmp_path.rglob("*")) == []
