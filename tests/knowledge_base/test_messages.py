from pathlib import Path

from knowledge_base.messages import read_messages


def test_messages_come_with_the_keys_above_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('danger:\n  breathing: ["no air"]\ncalm: [hello]\n', "utf-8")
    assert read_messages(tmp_path) == [("no air", "danger/breathing"), ("hello", "calm")]
