import sys
from pathlib import Path

import pytest

from tests.vision_models.fakes import MIDDLING, FakeAnalyzer, encoded, picture
from vision_models import __main__ as module
from vision_models.__main__ import main
from vision_models.card import ModelError
from vision_models.screening.engine import InProcess


@pytest.fixture(autouse=True)
def _fake_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Processes", lambda workers: InProcess(FakeAnalyzer(), "models"))


def test_screen_prints_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(encoded(picture(MIDDLING)))
    (tmp_path / "images" / "b.png").write_bytes(b"x")
    assert main(["screen", str(tmp_path / "images"), str(tmp_path / "out.csv"), "--engine", "local"]) == 0
    printed = capsys.readouterr()
    assert f"2 rows, 1 of them errors: {tmp_path / 'out.csv'}" in printed.out
    assert "2/2" in printed.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--address", "10.0.0.1:6379"], "--address is of a Ray cluster"),
        (["--engine", "ray", "--workers", "2"], "--workers is for --engine local"),
    ],
)
def test_options_that_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["screen", str(tmp_path), str(tmp_path / "out.csv"), *options]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(said)
    assert printed.err.count("\n") == 1


def test_a_cluster_needs_its_own_requirements(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vision_models.screening.on_ray", None)
    assert main(["screen", str(tmp_path), str(tmp_path / "out.csv"), "--engine", "ray"]) == 2
    assert capsys.readouterr().err == "--engine ray needs what requirements-scale.txt installs\n"


def test_what_cannot_start_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screen", str(tmp_path / "gone"), str(tmp_path / "out.csv")]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "is not a folder" in printed.err
    assert printed.out == ""


def test_a_model_that_is_missing_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(workers: int) -> InProcess:
        raise ModelError("card.toml is missing")

    monkeypatch.setattr(module, "Processes", missing)
    assert main(["screen", str(tmp_path), str(tmp_path / "out.csv")]) == 2
    assert capsys.readouterr().err == "card.toml is missing\n"


@pytest.mark.parametrize("command", ["calibrate", "evaluate"])
def test_bad_data_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "brain_mri", "--data", str(tmp_path / "gone")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--data must name the folder" in error


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bake"],
        ["screen"],
        ["screen", "a", "b.csv", "--engine", "cloud"],
        ["evaluate", "gate"],
        ["report", "heart"],
    ],
)
def test_a_wrong_command_line_shows_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
