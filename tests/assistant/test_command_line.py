"""The command line on the shipped models: what its readers rely on."""

import json
from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.messages import messages

pytestmark = pytest.mark.model
TUMORS = ("glioma", "meningioma", "pituitary_tumor")
EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
KEYS = ["language", "intent", "confidence", "action", "text", "citations", "analyses", "elapsed_ms"]


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["ask", "--json", *arguments]) == 0
    reply: dict[str, object] = json.loads(capsys.readouterr().out)
    return reply


@pytest.mark.parametrize(
    ("text", "language"), [("¿Qué es un meningioma?", "es"), ("What is a meningioma?", "en")]
)
def test_ask(capsys: pytest.CaptureFixture[str], text: str, language: str) -> None:
    reply = ask(capsys, text)
    assert list(reply) == KEYS
    assert (reply["language"], reply["action"]) == (language, "answer")
    assert reply["citations"][0]["topic"] == "meningioma"


@pytest.mark.parametrize(
    ("finding", "modality"),
    [
        ("normal", "chest_xray"),
        ("bacterial_pneumonia", "chest_xray"),
        ("viral_pneumonia", "chest_xray"),
        ("covid19", "chest_xray"),
        ("no_tumor", "brain_mri"),
        ("glioma", "brain_mri"),
        ("meningioma", "brain_mri"),
        ("pituitary_tumor", "brain_mri"),
    ],
)
def test_every_synthetic_scan_is_read_as_what_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, finding: str, modality: str
) -> None:
    reply = ask(capsys, "--image", str(EXAMPLES / f"{finding}.png"), "--overlays", str(tmp_path))
    (analysis,) = reply["analyses"]
    assert (analysis["verdict"], analysis["finding"]) == (modality, finding)
    assert sum(analysis["probabilities"].values()) == pytest.approx(1, abs=0.01)
    hidden = messages(reply["language"])("reading.map_hidden")
    assert (hidden in reply["text"]) == (analysis["overlay"] is None)
    drawn = list(tmp_path.iterdir())
    assert [str(path) for path in drawn] == ([analysis["overlay"]] if analysis["overlay"] else [])
    assert drawn or finding not in TUMORS, "a tumor has its outline, whatever the map is worth"


@pytest.mark.parametrize("name", ["photo", "document"])
def test_what_is_no_scan_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    reply = ask(capsys, "--image", str(EXAMPLES / f"{name}.png"), "--overlays", str(tmp_path))
    (analysis,) = reply["analyses"]
    assert analysis["verdict"] == "rejected"
    assert analysis["reason"]
    assert analysis["probabilities"] == {}
    assert analysis["overlay"] is None


def test_batch_goes_on_past_bad_lines(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": 1, "turns": [{"text": "¿Qué es un glioma?"}, {"text": "¿y en niños?"}]}),
        "this is not json",
        json.dumps({"id": "no turns"}),
        json.dumps({"id": "odd", "turns": [{"text": 5, "images": ["/nowhere.png"]}, {"text": ""}]}),
        json.dumps(
            {"id": "picture", "turns": [{"images": [str(EXAMPLES / "glioma.png")]}, {"text": "¿dónde?"}]}
        ),
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["batch", str(source), str(target)]) == 0
    results = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [result["id"] for result in results] == [1, None, "no turns", "odd", "picture"]
    assert ["error" in result for result in results] == [False, True, True, False, False]
    assert [len(result.get("replies", [])) for result in results] == [2, 0, 0, 2, 2]
    assert results[0]["replies"][1]["citations"][0]["topic"] == "glioma"
    assert results[4]["replies"][0]["analyses"][0]["overlay"] is None
    assert results[4]["replies"][1]["action"] == "analysis"


@pytest.mark.parametrize("arguments", [["ask"], ["batch", "/nowhere/in.jsonl", "/nowhere/out.jsonl"]])
def test_a_command_that_cannot_start_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err.strip()
    assert error
    assert "\n" not in error
