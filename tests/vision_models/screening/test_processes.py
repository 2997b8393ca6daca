import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vision_models.fakes import encoded, picture
from tests.vision_models.screening.deadly import DeadlyProcesses, MortalProcesses
from vision_models.analyzer import load_analyzer
from vision_models.card import MODELS, ModelError, fingerprint_of_all, update_card
from vision_models.screen import screen
from vision_models.screening.engine import InProcess
from vision_models.screening.errors import ScreenError
from vision_models.screening.processes import Processes
from vision_models.screening.source import find

pytestmark = pytest.mark.model
EXAMPLES = Path(__file__).resolve().parents[3] / "ui" / "static" / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example pictures, and what is none."""
    folder = tmp_path_factory.mktemp("images")
    for path in sorted(EXAMPLES.glob("*.png")):
        (folder / path.name).write_bytes(path.read_bytes())
    for seed in range(12):
        (folder / f"noise-{seed:02d}.jpg").write_bytes(encoded(picture(90, 80, 70, seed), "JPEG"))
    (folder / "broken.png").write_bytes(b"x")
    (folder / "link.png").symlink_to(folder / "gone.png")
    return folder


@pytest.fixture(scope="module")
def expected(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("alone") / "out.csv"
    screen(folder, out, InProcess(load_analyzer(), fingerprint_of_all()))
    return out.read_bytes()


@pytest.mark.parametrize("workers", [1, 3])
def test_processes_make_the_rows_of_one(folder: Path, expected: bytes, tmp_path: Path, workers: int) -> None:
    run = screen(folder, tmp_path / "out.csv", Processes(workers))
    assert run.errors == 2
    assert (tmp_path / "out.csv").read_bytes() == expected


def test_a_file_that_ends_its_process_is_a_row(folder: Path, expected: bytes, tmp_path: Path) -> None:
    """The rest is read, though it was on its way in the same pool."""
    screen(folder, tmp_path / "out.csv", DeadlyProcesses(2, "glioma.png"))
    lines, good = (text.decode().splitlines() for text in ((tmp_path / "out.csv").read_bytes(), expected))
    assert len(lines) == len(good)
    differing = [line for line, other in zip(lines, good, strict=True) if line != other]
    assert differing == ["glioma.png" + "," * 15 + "crashed,"]


def test_a_process_that_is_killed_takes_no_row_along(folder: Path, expected: bytes, tmp_path: Path) -> None:
    screen(folder, tmp_path / "out.csv", MortalProcesses(2, "noise-03.jpg", tmp_path / "died"))
    assert (tmp_path / "died").exists()
    assert (tmp_path / "out.csv").read_bytes() == expected


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The shipped models, under another name."""
    folder = tmp_path / "models"
    folder.mkdir()
    for model in MODELS.iterdir():
        if model.is_dir():
            (folder / model.name).mkdir()
            for file in model.iterdir():
                if file.is_file() and file.name in ("card.toml", "weights.tflite"):
                    (folder / model.name / file.name).write_bytes(file.read_bytes())
    return folder


def test_models_that_change_in_mid_run_stop_it(folder: Path, tmp_path: Path, models: Path) -> None:
    engine = Processes(1, models)
    update_card("gate", "calibration", {"temperature": 9.0}, models)
    with pytest.raises(
        ScreenError, match="the models on this machine are not those that this run began with"
    ):
        screen(folder, tmp_path / "out.csv", engine)
    assert not (tmp_path / "out.csv").exists()


def test_weights_that_are_damaged_stop_it(folder: Path, tmp_path: Path, models: Path) -> None:
    engine = Processes(1, models)
    (models / "gate" / "weights.tflite").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="check both out again"):
        screen(folder, tmp_path / "out.csv", engine)


def test_a_missing_card_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"card\.toml is missing"):
        Processes(1, tmp_path)


def test_rows_may_be_given_up(folder: Path) -> None:
    rows = Processes(2).rows(find(str(folder), set()))
    first = next(rows)
    rows.close()
    assert first["path"] == "bacterial_pneumonia.png"


@pytest.fixture
def running(folder: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command line in a process of its own, in the middle of a run."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(400):
        (many / f"{number:03d}.png").symlink_to(folder / "glioma.png")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "vision_models",
            "screen",
            str(many),
            str(tmp_path / "out.csv"),
            "--workers",
            "2",
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    partial = tmp_path / "out.csv.partial.csv"
    while not partial.is_file() or partial.read_bytes().count(b"\n") < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield process
    process.kill()
    process.communicate()


def test_workers_end_with_the_one_that_made_them(running: subprocess.Popen[bytes]) -> None:
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 20
    while _members(running.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _members(running.pid) == []


def test_ctrl_c_is_one_sentence_and_the_next_run_goes_on(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert said.endswith(b"stopped: the same command goes on from here\n")
    kept = (tmp_path / "out.csv.partial.csv").read_bytes()
    run = screen(tmp_path / "many", tmp_path / "out.csv", Processes(2))
    assert run.rows == 400
    assert (tmp_path / "out.csv").read_bytes().startswith(kept.partition(b"\n")[2])


def _members(group: int) -> list[int]:
    """The processes of a session that are still there."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                fields = (place / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == group and fields[0] != "Z":
                found.append(int(place.name))
    return found
