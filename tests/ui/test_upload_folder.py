import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ui.upload_folder import PREFIX, prepare, remove_left_behind, sweep


def upload(folder: Path, name: str, age: float = 0) -> Path:
    path = folder / name / "picture.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    moment = time.time() - age
    for touched in (path, path.parent):
        os.utime(touched, (moment, moment))
    return path


def test_what_is_old_goes_and_what_is_new_stays(tmp_path: Path) -> None:
    old, new = upload(tmp_path, "a", age=1000), upload(tmp_path, "b", age=10)
    assert sweep(tmp_path, oldest=900) == 1
    assert not old.parent.exists()
    assert new.is_file()


def test_a_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    kept = upload(tmp_path / "elsewhere", "a")
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    sweep(folder, oldest=0)
    assert list(folder.iterdir()) == []
    assert kept.is_file()


def test_the_folder_begins_empty_and_nobody_else_may_look(tmp_path: Path) -> None:
    left = upload(tmp_path / "named", "a")
    environment = {"GRADIO_TEMP_DIR": str(tmp_path / "named")}
    assert prepare(environment) == tmp_path / "named"
    assert not left.exists()


def test_without_a_name_it_is_the_process_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    environment: dict[str, str] = {}
    folder = prepare(environment)
    assert folder == tmp_path / f"{PREFIX}{os.getpid()}"
    assert environment == {"GRADIO_TEMP_DIR": str(folder)}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = upload(tmp_path, f"{PREFIX}{ended.pid}")
    running, other = upload(tmp_path, f"{PREFIX}{os.getpid()}"), upload(tmp_path, f"{PREFIX}notes")
    remove_left_behind(tmp_path)
    assert not left.parent.exists()
    assert running.is_file()
    assert other.is_file()
