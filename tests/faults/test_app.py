"""``python app.py`` by itself: from a damaged checkout, on a disk that is full or takes nothing."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from assistant.messages import messages
from tests.faults.harm import checkout, harm
from ui.welcome import EXAMPLES

pytestmark = pytest.mark.model

STARTS_WITHIN = 120.0
PICTURE = (EXAMPLES / "glioma.png").read_bytes()
#: Bytes: what the full disk has room for in one file. The log fits, and one picture.
ROOM = len(PICTURE)
TOO_MUCH = PICTURE + b"x"


@dataclass(frozen=True, slots=True)
class App:
    client: httpx2.Client
    log: Path

    def becomes_ready(self, **parts: bool) -> bool:
        """Whether these parts are, and are not, once it has loaded what it can."""
        return _in_time(lambda: self.client.get("/ready").json() == parts)

    def tells(self, line: str) -> bool:
        """Whether the log comes to have this line."""
        return _in_time(lambda: line in self.log.read_text())

    def call(self, endpoint: str, *arguments: object) -> dict[str, Any]:
        """What an endpoint for programs answers a patient."""
        begun = self.client.post(
            f"/gradio_api/call/{endpoint}", json={"data": [*arguments, "patient"]}
        ).json()
        with self.client.stream("GET", f"/gradio_api/call/{endpoint}/{begun['event_id']}") as answer:
            event, data = "", ""
            for line in answer.iter_lines():
                event = line.removeprefix("event: ") if line.startswith("event: ") else event
                data = line.removeprefix("data: ") if line.startswith("data: ") else data
        assert event == "complete", (event, data)
        reply: dict[str, Any] = json.loads(data)[0]
        return reply

    def upload(self, *contents: bytes, language: str) -> httpx2.Response:
        """As the page does it."""
        files = [("files", (f"{at}.png", content, "image/png")) for at, content in enumerate(contents)]
        return self.client.post(
            "/gradio_api/upload?upload_id=one", files=files, headers={"Accept-Language": language}
        )


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "GALENO_LOOK_UP": "off", "PYTHONUNBUFFERED": "1", "HOST": "127.0.0.1", **changes}


@contextmanager
def running(folder: Path, log: Path, room: int = resource.RLIM_INFINITY, **changes: str) -> Iterator[App]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder,
            env=environment(PORT=port, **changes),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=limit,
        )
    try:
        address = f"Galeno is at http://127.0.0.1:{port}"
        started = _in_time(lambda: address in log.read_text() or process.poll() is not None)
        assert started, log.read_text()
        assert process.poll() is None, log.read_text()
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            yield App(client, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _in_time(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + STARTS_WITHIN
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_without_vision_and_on_a_disk_that_takes_nothing_words_are_answered(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "galeno")
    harm(folder / "vision_models/models/brain_mri/weights.tflite", "flipped")
    with running(folder, tmp_path / "log", GRADIO_TEMP_DIR="/proc/galeno/uploads") as app:
        assert app.becomes_ready(text=True, images=False)
        assert app.tells("reading images is off: ")
        for language, question in (("en", "What is a meningioma?"), ("es", "¿Qué es un meningioma?")):
            refused = app.upload(PICTURE, language=language)
            assert (refused.status_code, refused.text) == (400, messages(language)("error.no_room"))
            answer = app.call("chat", question, language)
            assert (answer["action"], answer["citations"] != []) == ("answer", True)
        assert app.client.get("/").status_code == 200
        told = app.log.read_text()
    assert "no file can be taken, questions in words can: /proc/galeno/uploads" in told
    assert "Set GRADIO_TEMP_DIR" in told
    assert "Traceback" not in told


def test_without_words_and_on_a_full_disk_pictures_are_read(tmp_path: Path) -> None:
    folder, uploads = checkout(tmp_path / "galeno"), tmp_path / "uploads"
    harm(folder / "knowledge_base/models/encoder/model-00003-of-00004.safetensors", "flipped")
    with running(folder, tmp_path / "log", room=ROOM, GRADIO_TEMP_DIR=str(uploads)) as app:
        assert app.becomes_ready(text=False, images=True)
        for language in ("en", "es"):
            refused = app.upload(b"fits", TOO_MUCH, language=language)
            assert (refused.status_code, refused.text) == (400, messages(language)("error.no_room"))
            assert [path for path in uploads.rglob("*") if path.is_file()] == []
        assert app.call("chat", "What is a glioma?", "en")["text"] == messages("en")("reading.text_down")
        assert app.call("chat", "No puedo respirar", "es")["action"] == "triage"
        (place,) = app.upload(PICTURE, language="en").json()
        file = {"path": place, "meta": {"_type": "gradio.FileData"}}
        read = app.call("analyze_image", [file], "es")
        assert [analysis["finding"] for analysis in read["analyses"]] == ["glioma"]
        assert [path for path in uploads.rglob("*") if path.is_file()] == []
        told = app.log.read_text()
    assert "questions in words are off: " in told
    assert "an upload could not be written: File too large" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("file", "how"),
    [
        ("assistant/messages/es.toml", "missing"),
        ("assistant/triage_table/weights.safetensors", "flipped"),
        ("ui/static/galeno.css", "missing"),
    ],
)
def test_galeno_that_cannot_start_says_in_one_line_what_to_mend(tmp_path: Path, file: str, how: str) -> None:
    folder = checkout(tmp_path / "galeno")
    for part in ("vision_models/models/gate/card.toml", "knowledge_base/models/encoder/config.json"):
        harm(folder / part, "missing")  # it goes on without these, and comes sooner to what it needs
    harm(folder / file, how)
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env=environment(PORT="0", GRADIO_TEMP_DIR=str(tmp_path / "uploads")),
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
        check=False,
    )
    lines = [
        line for line in ended.stderr.splitlines() if " is off: " not in line and " are off: " not in line
    ]
    assert ended.returncode == 1
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("galeno: ")
    assert str(folder / file) in lines[0]
    assert "restore" in lines[0]
