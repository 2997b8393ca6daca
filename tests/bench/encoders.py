"""The text encoder and the weights that ship, on what others run one on, with the questions held out."""

import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowledge_base.encoder import SHIPPED, Vectors, load_encoder, read_files
from knowledge_base.graph import GRAPH, Graph, load_graph
from tests.bench.found import Found, resident

#: Questions that are timed one by one, of both languages.
TIMED = 200
#: As ``config_sentence_transformers.json`` has it.
PROMPT = "query: "

Encode = Callable[[Sequence[str]], Vectors]

ENGINES = (
    "ONNX Runtime, fp32 from fp16 weights (what ships), 1 thread",
    "ONNX Runtime, fp32 from fp16 weights (what ships), 2 threads",
    "ONNX Runtime, fp32 from fp16 weights (what ships), 1 thread, 8 at once",
    "ONNX Runtime, int8 weights, 1 thread",
    "sentence-transformers on torch, fp32, 1 thread",
    "sentence-transformers on torch, fp32, 2 threads",
)


def shipped(threads: int) -> Encode:
    return load_encoder(threads=threads).encode_queries


def with_torch(threads: int) -> Encode:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(str(SHIPPED), device="cpu", local_files_only=True)
    return lambda texts: model.encode(
        list(texts), prompt=PROMPT, normalize_embeddings=True, show_progress_bar=False
    )


def in_int8(threads: int) -> Encode:
    """The graph with its numbers folded in, and the weights of its matrices in eight bits."""
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(plain)
        onnxruntime.InferenceSession(str(SHIPPED / GRAPH), options, providers=["CPUExecutionProvider"])
        quantize_dynamic(plain, small)
        files = {name: content for name, content in read_files(SHIPPED).items() if "safetensors" not in name}
        graph: Graph = load_graph({**files, GRAPH: small.read_bytes()}, threads)
    return lambda texts: graph.encode(texts, PROMPT)


def _number_of(what: str, name: str) -> int:
    found = re.search(rf"(\d+) {what}", name)
    return int(found[1]) if found else 1


def measured(name: str) -> Found:
    """How often the passage that answers is the first, as the mean of one over its rank, with the index that
    ships."""
    from knowledge_base.evaluate import OURS, measure, rankers
    from knowledge_base.questions import HELDOUT, load_questions
    from knowledge_base.retriever import load_retriever
    from knowledge_base.schema import LANGUAGES

    threads, together = _number_of("thread", name), _number_of("at once", name)
    make = in_int8 if "int8" in name else with_torch if "torch" in name else shipped
    encode, questions, retriever = make(threads), load_questions(HELDOUT), load_retriever()
    memory = None if "int8" in name else resident()
    seconds, timed = [], [question.text for question in questions[:: max(1, len(questions) // TIMED)]]
    for start in range(0, len(timed), together):
        began = time.perf_counter()
        encode(timed[start : start + together])
        seconds.append((time.perf_counter() - began) / len(timed[start : start + together]))
    ranks = []
    for language in LANGUAGES:
        asked = [question for question in questions if question.language == language and question.topic]
        vectors, rank = encode([question.text for question in asked]), rankers(retriever, language)[OURS]
        orders = [rank(question, vector) for question, vector in zip(asked, vectors, strict=True)]
        ranks.append(f"{measure(asked, orders, retriever.passages(language)).mrr:.3f} ({language})")
    return Found(1000 * float(np.median(seconds[5:])), ", ".join(ranks), memory)
