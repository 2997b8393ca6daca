import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.conversation import Conversation, Reply, Turn
from assistant.settings import Settings
from ui.feedback import note_thumb
from ui.transcript import Exchange, Transcript
from vision_models.analysis import Analysis


@pytest.fixture
def transcript(reply: Reply, reading: Analysis) -> Transcript:
    told = replace(reply, analyses=(reading,), text="private answer")
    return (Exchange(Turn("my private words"), Conversation(), ("private.png",), reply=told),)


def test_a_thumb_names_passages_and_models_and_nothing_of_the_person(
    transcript: Transcript, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "thumbs.jsonl"
    with caplog.at_level(logging.INFO):
        for thumb in ("up", "none"):
            note_thumb({"turn": "0", "value": thumb}, transcript, Settings(feedback=str(file)))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["thumb"] for line in lines] == ["up", "none"]
    assert set(lines[0]) == {"date", "thumb", "passages", "models"}
    assert lines[0]["passages"] == ["meningioma/overview/es/1", "meningioma/types/es/1"]
    assert lines[0]["models"] == ["brain_mri-1.0.0"]
    assert "private" not in file.read_text() + caplog.text
    assert "glioma.png" not in file.read_text() + caplog.text
    assert "thumb" in caplog.text


@pytest.mark.parametrize(
    "wish", [{}, {"turn": "7", "value": "up"}, {"turn": "0", "value": "my words"}, {"turn": "0"}], ids=str
)
def test_anything_else_is_not_noted(
    wish: dict[str, str], transcript: Transcript, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "thumbs.jsonl"
    with caplog.at_level(logging.INFO):
        note_thumb(wish, transcript, Settings(feedback=str(file)))
    assert not file.exists()
    assert caplog.text == ""


def test_a_file_that_cannot_be_written_stops_nobody(
    transcript: Transcript, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    note_thumb({"turn": "0", "value": "up"}, transcript, Settings(feedback=str(tmp_path)))
    assert "GALENO_FEEDBACK" in caplog.text


def test_a_full_disk_stops_nobody(transcript: Transcript, caplog: pytest.LogCaptureFixture) -> None:
    """``/dev/full`` takes nothing, as a disk without room (full(4))."""
    note_thumb({"turn": "0", "value": "down"}, transcript, Settings(feedback="/dev/full"))
    assert "GALENO_FEEDBACK" in caplog.text
