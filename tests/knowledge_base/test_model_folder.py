import json
from pathlib import Path

import numpy as np

from knowledge_base.model_folder import pack_shards, write_model_folder


def test_shards_stay_under_the_limit() -> None:
    sizes = {f"tensor{at}": 40_000 for at in range(10)}
    shards = pack_shards(sizes, limit=150_000)
    assert [name for shard in shards for name in shard] == list(sizes)
    assert all(len(shard) <= 3 for shard in shards)


def test_one_too_large_stands_alone() -> None:
    assert pack_shards({"a": 1, "b": 999_999, "c": 1}, limit=100_000) == [["a"], ["b"], ["c"]]


def test_old_shards_are_gone(tmp_path: Path) -> None:
    (tmp_path / "model-00009-of-00009.safetensors").write_bytes(b"old")
    sizes = {"hidden_size": 4, "max_position_embeddings": 8}
    write_model_folder(tmp_path, sizes, {"w": np.ones((2, 4), np.float32)}, {"model": {}})
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text("utf-8"))
    assert index["weight_map"] == {"w": "model-00001-of-00001.safetensors"}
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["model-00001-of-00001.safetensors"]
    assert json.loads((tmp_path / "config.json").read_text("utf-8"))["dtype"] == "float32"
