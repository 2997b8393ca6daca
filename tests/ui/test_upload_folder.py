import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gradio import routes

from ui.upload_folder import NOWHERE, PREFIX, Sweeper, prepare, remove_left_behind


def upload(folder: Path, name: str) -> Path:
    path = folder / name / "picture.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    return path


def test_what_is_old_goes_and_what_is_new_stays(tmp_path: Path) -> None:
    now = [0.0]
    sweeper = Sweeper(tmp_path, oldest=900, now=lambda: now[0])
    old = upload(tmp_path, "a")
    assert sweeper.sweep() == 0
    now[0] = 890
    new = upload(tmp_path, "b")
    assert sweeper.sweep() == 0
    now[0] = 900
    assert sweeper.sweep() == 1
    assert not old.parent.exists()
    assert new.is_file()


def test_a_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    kept = upload(tmp_path / "elsewhere", "a")
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    Sweeper(folder, oldest=0).sweep()
    assert list(folder.iterdir()) == []
    assert kept.is_file()


def test_the_folder_begins_empty_and_nobody_else_may_look(tmp_path: Path) -> None:
    left, kept = upload(tmp_path, f"{PREFIX}{os.getpid()}"), upload(tmp_path, "somebody else's")
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    folder = prepare(environment)
    assert folder is not None
    assert folder.parent == tmp_path
    assert folder.name.startswith(f"{PREFIX}{os.getpid()}-")
    assert environment == {"GRADIO_TEMP_DIR": str(folder)}
    assert list(folder.iterdir()) == []
    assert not left.exists()
    assert kept.is_file()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_without_a_name_it_is_among_the_temporary_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    environment: dict[str, str] = {}
    folder = prepare(environment)
    assert folder is not None
    assert folder.parent == tmp_path
    assert environment == {"GRADIO_TEMP_DIR": str(folder)}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = upload(tmp_path, f"{PREFIX}{ended.pid}")
    running, other = upload(tmp_path, f"{PREFIX}{os.getppid()}"), upload(tmp_path, f"{PREFIX}notes")
    remove_left_behind(tmp_path)
    assert not left.parent.exists()
    assert running.is_file()
    assert other.is_file()


def test_where_nothing_can_be_written_it_says_what_to_do_and_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "Path", routes.Path)  # it is replaced, and comes back after the test
    for name in ("/proc/galeno/uploads", "/sys", "/dev/null/uploads"):
        caplog.clear()
        assert prepare({"GRADIO_TEMP_DIR": name}) is None
        assert "no file can be taken, questions in words can" in caplog.text
        assert name in caplog.text
        assert "Set GRADIO_TEMP_DIR" in caplog.text


def test_on_a_disk_without_any_place_for_temporary_files_gradio_is_told_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_get_default_tempdir", nowhere)
    monkeypatch.setattr("ui.upload_folder.PREFIX", "no/such/folder/galeno-")
    monkeypatch.setattr(Path, "mkdir", lambda *arguments, **options: nowhere())
    monkeypatch.setattr(routes, "Path", routes.Path)
    environment: dict[str, str] = {}
    assert prepare(environment) is None
    assert environment["GRADIO_TEMP_DIR"] == NOWHERE
    assert tempfile.gettempdir() == "/tmp"
