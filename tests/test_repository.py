"""What must hold for the tree itself: small files, no picture of a patient, figures written by a command."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assistant.figures import BEGIN, END, tables
from ui.model_reports import PLOTS

ROOT = Path(__file__).resolve().parents[1]
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".dcm")
#: What a Space takes in plain git.
LARGEST = 10_000_000


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    result = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if result.returncode:
        pytest.skip("not a git checkout, so there is no list of what ships")
    return [ROOT / name for name in result.stdout.decode().split("\0") if name]


def test_no_file_is_too_large_for_a_space(tracked: list[Path]) -> None:
    assert [path.name for path in tracked if path.is_file() and path.stat().st_size > LARGEST] == []


def test_the_only_pictures_are_synthetic_of_the_page_or_plots(tracked: list[Path]) -> None:
    reports = [model / "report" for model in (ROOT / "vision_models" / "models").iterdir()]
    folders = [ROOT / "docs" / "screenshots", *reports]
    pictures = [path for path in tracked if path.suffix.lower() in PICTURES]
    assert [
        path
        for path in pictures
        if not path.is_relative_to(ROOT / "ui" / "static") and path.parent not in folders
    ] == []
    plots = {path.name for path in pictures if path.parent in reports}
    assert plots <= {f"{name}.png" for name in PLOTS}


def test_the_readme_quotes_what_was_measured() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = readme.split(BEGIN)[1].split(END)[0].strip()
    assert quoted == tables(ROOT).strip(), "run: python -m assistant figures"


def test_the_readme_opens_with_what_a_space_needs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(readme.split("---")[1])
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert f"gradio[mcp]=={front['sdk_version']}\n" in requirements
    assert len(front["short_description"]) <= 60


def test_what_is_asked_for_is_locked_with_hashes_and_torch_apart() -> None:
    """Builds of torch differ from place to place, and so does all that its CUDA builds bring."""
    asked = dict(_pins((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(_pins(lock))
    assert asked.pop("torch")
    assert asked.items() <= locked.items(), "run: make lock"
    assert len(locked) > len(asked) + 50
    assert not any(name.startswith(("torch", "nvidia", "cuda", "triton")) for name in locked)
    assert "://" not in lock  # no name of a package host
    for package in re.split(r"\n(?=[a-z0-9])", lock)[1:]:
        assert "--hash=sha256:" in package, package


def test_what_scaling_takes_is_locked_too_and_agrees_with_the_rest() -> None:
    asked = dict(_pins((ROOT / "requirements-scale.txt").read_text(encoding="utf-8")))
    text = (ROOT / "requirements-scale.lock").read_text(encoding="utf-8")
    locked, rest = dict(_pins(text)), dict(_pins((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    assert asked.items() <= locked.items(), "run: make lock"
    assert {name: rest[name] for name in locked.keys() & rest.keys()}.items() <= locked.items()
    assert "://" not in text
    for package in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in package, package


def _pins(text: str) -> Iterator[tuple[str, str]]:
    """Names as they are compared, and versions."""
    for line in text.splitlines():
        if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", line):
            yield re.sub(r"[-_.]+", "-", pin[1].lower()), pin[2]


@pytest.mark.parametrize("name", ["gate", "brain_mri", "chest_xray"])
def test_a_model_card_quotes_its_own_figures(name: str) -> None:
    folder = ROOT / "vision_models" / "models" / name
    figures = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))["figures"]
    text = (folder / "README.md").read_text(encoding="utf-8")
    for key, figure in figures.items():
        value = f"{100 * figure['value']:.1f} %" if isinstance(figure, dict) else str(figure)
        assert f"| {key} | {value} |" in text, f"{key}: run python -m vision_models report {name}"


def test_the_entry_stays_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_the_rooms_that_may_not_know_each_other_agree_on_the_sections() -> None:
    from intents.prediction import SECTIONS as ASKED
    from knowledge_base.schema import SECTIONS as WRITTEN

    assert ASKED == WRITTEN
