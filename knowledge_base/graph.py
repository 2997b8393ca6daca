"""The encoder's network as an ONNX graph, which serving runs without torch, in a third of the time.

The graph says what is computed; the numbers stay in the safetensors beside it, which it names by their place
in those files. ``python -m knowledge_base graph`` writes it; that needs ``requirements-train.txt``.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomlkit

#: The graph's file in the folder of an encoder.
GRAPH = "model.onnx"
#: Texts that go through the network together.
_BATCH = 32


class Graph:
    """A network and its tokenizer: texts in, vectors of unit length out. Made by ``load_graph``."""

    def __init__(self, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.dimension = int(session.get_outputs()[0].shape[-1])

    def encode(self, texts: Sequence[str], prompt: str) -> npt.NDArray[np.float32]:
        """float32 ``(n, dimension)`` of texts that are read with ``prompt`` before them."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # little padding in a batch
        for start in range(0, len(texts), _BATCH):
            rows = by_length[start : start + _BATCH]
            read = self._tokenizer.encode_batch([prompt + texts[at] for at in rows])
            inputs = {
                "input_ids": np.array([one.ids for one in read], dtype=np.int64),
                "attention_mask": np.array([one.attention_mask for one in read], dtype=np.int64),
            }
            (vectors[rows],) = self._session.run(None, inputs)
        return vectors


def load_graph(files: Mapping[str, bytes], threads: int = 1) -> Graph:
    """The graph among the files of an encoder, which runs on so many ``threads``.

    ``files`` are the bytes of its folder by their path in it. It runs on these, which were compared with the
    card, and not on what the files may be by then.
    """
    # Before the import, which by itself notes this machine in files of its own and tells Microsoft.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    weights = {name: content for name, content in files.items() if name.endswith(".safetensors")}
    options.add_external_initializers_from_files_in_memory(
        list(weights), list(weights.values()), [len(content) for content in weights.values()]
    )
    session = onnxruntime.InferenceSession(files[GRAPH], options, providers=["CPUExecutionProvider"])
    settings = json.loads(files["config.json"])
    tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
    tokenizer.enable_truncation(settings["max_position_embeddings"])
    tokenizer.enable_padding(pad_id=settings["pad_token_id"])
    return Graph(session, tokenizer)


def write_graph(folder: Path) -> Path:
    """Writes the graph of the sentence-transformers model in ``folder`` beside its weights, and its hash on
    the card, where there is one.

    The model must be as ``write_model_folder`` writes it: a BERT, the mean of its vectors, unit length.
    """
    import onnx
    import torch
    from sentence_transformers import SentenceTransformer
    from torch.nn import functional

    class Pooled(torch.nn.Module):
        def __init__(self, bert: Any) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            every = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(every.dtype)
            return functional.normalize((every * mask).sum(1) / mask.sum(1), dim=1)

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    example = model.preprocess(["query: two texts", "query: of another length"])
    names = ("input_ids", "attention_mask")
    exported = torch.onnx.export(
        Pooled(model[0].auto_model).eval(),
        tuple(example[name] for name in names),
        input_names=names,
        output_names=["vector"],
        dynamic_shapes={name: {0: "batch", 1: "length"} for name in names},
        dynamo=True,
        optimize=False,  # the runtime does, when it loads; here it would copy the numbers
    )
    if exported is None:
        raise RuntimeError(f"{folder}: torch exported nothing")
    graph = exported.model_proto
    _point_at(graph, _places(folder))
    onnx.save(graph, str(folder / GRAPH))
    card = folder / "card.toml"
    if card.is_file():
        document = tomlkit.parse(card.read_text("utf-8"))
        document["graph_sha256"] = graph_hash(folder)
        card.write_text(tomlkit.dumps(document), "utf-8")
    return folder / GRAPH


def graph_hash(folder: Path) -> str:
    """What the card says of the graph, as ``graph_sha256``."""
    return hashlib.sha256((folder / GRAPH).read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tensor of half-precision numbers lies: ``length`` bytes from ``offset`` in ``file``."""

    file: str
    offset: int
    length: int


def _places(folder: Path) -> dict[str, _Place]:
    """Every tensor of the safetensors in ``folder``. Eight bytes tell how long the header is, and the header
    where each begins and ends after it (the format's own description, huggingface.co/docs/safetensors)."""
    places = {}
    for path in sorted(folder.glob("*.safetensors")):
        content = path.read_bytes()
        start = 8 + int.from_bytes(content[:8], "little")
        for name, tensor in json.loads(content[8:start]).items():
            if name != "__metadata__":
                begin, end = tensor["data_offsets"]
                places[name] = _Place(path.name, start + begin, end - begin)
    return places


def _point_at(model: Any, places: Mapping[str, _Place]) -> None:
    """Takes the weights out of a graph: each is read from its place, and made single precision."""
    from onnx import NodeProto, TensorProto, helper

    graph = model.graph
    kept: list[TensorProto] = []
    widened: list[NodeProto] = []
    for tensor in graph.initializer:
        place = places.get(tensor.name.removeprefix("bert."))
        if place is None:
            kept.append(tensor)
            continue
        half = TensorProto(
            name=f"{tensor.name}.half",
            data_type=TensorProto.FLOAT16,
            dims=tensor.dims,
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in (("location", place.file), ("offset", place.offset), ("length", place.length)):
            half.external_data.add(key=key, value=str(value))
        kept.append(half)
        widened.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*widened, *graph.node]
    for node in nodes:
        node.ClearField("metadata_props")  # where in the source of torch it came from
    for field, content in (("initializer", kept), ("node", nodes)):
        graph.ClearField(field)
        getattr(graph, field).extend(content)
    graph.ClearField("value_info")
