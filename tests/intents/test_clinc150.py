import gzip
import json
from pathlib import Path

import pytest

from intents.clinc150 import ALSO_OURS, SAMPLE, read_clinc150


def pack(folder: Path, text: str) -> Path:
    path = folder / SAMPLE
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(text.encode()))
    return folder


def test_out_of_scope_others_and_what_is_ours(tmp_path: Path) -> None:
    kinds = {"a": "oos", "b": "taxes", "c": "greeting"}
    lines = [json.dumps({"text": text, "intent": intent}) for text, intent in kinds.items()]
    groups = read_clinc150(pack(tmp_path, "\n".join(lines)))
    assert {name: [one.text for one in some] for name, some in groups.items()} == {
        "oos": ["a"],
        "others": ["b"],
    }
    assert "greeting" in ALSO_OURS


def test_without_the_pack_there_is_nothing(tmp_path: Path) -> None:
    assert read_clinc150(tmp_path) == {}


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "a"}', '{"text": 1, "intent": "oos"}'])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"clinc150_sample.jsonl.gz:1: "):
        read_clinc150(pack(tmp_path, line + "\n"))


def test_a_file_that_is_not_packed_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / SAMPLE).write_text("no")
    with pytest.raises(ValueError, match="packed with gzip"):
        read_clinc150(tmp_path)
