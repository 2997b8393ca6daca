import shutil
import subprocess
from pathlib import Path

import pytest

from ui.space import (
    LARGEST,
    LFS_POINTER,
    ROOT,
    Problem,
    check,
    check_files,
    check_requirements,
    fits,
    git_names,
    gradio_pin,
    main,
)

README = """---
title: Galeno
emoji: 🩺
colorFrom: green
colorTo: blue
sdk: gradio
sdk_version: 6.31.0
python_version: "3.11"
app_file: app.py
pinned: false
license: apache-2.0
short_description: Answers with sources
---

# Galeno
"""
REQUIREMENTS = (
    "# why\ngradio[mcp]==6.31.0\nnumpy==2.4.6  # arrays\nuvloop==0.22.1 ; sys_platform == 'linux'\n"
)
FILES = ("README.md", "app.py", "pyproject.toml", "requirements.txt")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree that a Space takes."""
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    (tmp_path / "app.py").write_text("print()\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11,<3.12"\n')
    (tmp_path / "requirements.txt").write_text(REQUIREMENTS)
    return tmp_path


@pytest.fixture(scope="module")
def tracked() -> tuple[str, ...]:
    names = git_names(ROOT, "ls-files", "-z")
    if names is None:
        pytest.skip("not a git checkout, so there is no list of what ships")
    return names


def whats(problems: list[Problem]) -> list[str]:
    return [problem.what for problem in problems]


def test_a_good_tree_has_no_problem(tree: Path) -> None:
    assert check(tree, FILES) == []


def test_the_checkout_is_one_that_a_space_takes(tracked: tuple[str, ...]) -> None:
    present = [name for name in tracked if (ROOT / name).is_file()]
    assert [problem for problem in check(ROOT, present) if problem.refused] == []


@pytest.mark.parametrize(
    ("right", "wrong", "key"),
    [
        ("title: Galeno", "title: ''", "title"),
        ("title: Galeno\n", "", "title is missing"),
        ("🩺", "doctor", "emoji"),
        ("🩺", "🩺🩺", "emoji"),
        ("colorFrom: green", "colorFrom: teal", "colorFrom is 'teal'"),
        ("colorTo: blue", "colorTo: '#00f'", "colorTo"),
        ("sdk: gradio", "sdk: docker", "sdk is 'docker'"),
        ("6.31.0", "6.30.0", "sdk_version"),
        ('"3.11"', "3.11", "python_version is 3.11"),
        ('"3.11"', '"3.12"', "python_version"),
        ("app_file: app.py", "app_file: main.py", "app_file"),
        ("pinned: false", "pinned: maybe", "pinned"),
        ("apache-2.0", "apache", "license"),
        ("Answers with sources", "a" * 61, "short_description"),
        ("Answers with sources", "🩺" * 31, "short_description"),
        ("pinned: false", "pinned: false\npinned: true", "pinned is there twice"),
    ],
)
def test_each_wrong_line_of_the_front_matter_is_one_problem(
    tree: Path, right: str, wrong: str, key: str
) -> None:
    (tree / "README.md").write_text(README.replace(right, wrong), encoding="utf-8")
    (found,) = check(tree, FILES)
    assert found.refused
    assert found.what.startswith(f"README.md: {key}")


@pytest.mark.parametrize("emoji", ["🩺", "❤️", "👩🏽‍⚕️", "🇪🇸"])
def test_one_emoji_of_several_characters_is_one(tree: Path, emoji: str) -> None:
    (tree / "README.md").write_text(README.replace("🩺", emoji), encoding="utf-8")
    assert check(tree, FILES) == []


@pytest.mark.parametrize(
    ("readme", "what"),
    [
        ("\n" + README, "does not begin"),
        ("\ufeff" + README, "does not begin"),
        ("# Galeno\n", "does not begin"),
        (README.replace("title: Galeno", "title: [Galeno"), "not YAML"),
        ("---\nGaleno\n---\n", "no keys"),
    ],
)
def test_front_matter_that_is_none_is_named(tree: Path, readme: str, what: str) -> None:
    (tree / "README.md").write_text(readme, encoding="utf-8")
    (found,) = check(tree, FILES)
    assert what in found.what


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert len(check(tmp_path, ())) == 2


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("numpy", "not pinned"),
        ("numpy>=2", "not pinned"),
        ("numpy==2.*", "not pinned"),
        ("torch==2.13.0+cpu", "not pinned to a public version"),
        ("-e .", "an option"),
        ("--extra-index-url https://index.example/simple", "an option"),
        ("-r requirements-train.txt", "an option"),
        ("./wheels/galeno.whl", "a path"),
        ("galeno @ https://example.org/galeno.zip", "an address"),
        ("galeno-1.0-py3-none-any.whl", "a path"),
    ],
)
def test_a_requirement_that_a_space_cannot_install_is_named_with_its_line(line: str, what: str) -> None:
    (found,) = check_requirements(REQUIREMENTS + line)
    assert found.what.startswith("requirements.txt, line 5: ")
    assert what in found.what


def test_a_file_that_the_hub_would_not_take_is_named(tree: Path) -> None:
    (tree / "large.txt").write_bytes(b"a" * (LARGEST + 1))
    (tree / "weights.bin").write_bytes(LFS_POINTER + b"\noid sha256:0\n")
    (tree / ".cache").mkdir()
    (tree / ".cache" / "a").write_text("")
    (tree / "tab\there").write_text("")
    names = ("large.txt", "weights.bin", ".cache/a", "tab\there", "gone.py", "bad\udcff")
    found = whats(check_files(tree, names))
    for words in (
        "10.0 MB",
        "LFS pointer",
        "folder .cache",
        "odd characters",
        "gone.py is in git and not here",
    ):
        assert any(words in what for what in found)
    assert any("udcff" in what and "odd" in what for what in found)


def test_binary_files_are_counted_and_not_refused(tree: Path) -> None:
    (tree / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    (tree / "zero").write_bytes(b"a\0b")
    (found,) = check_files(tree, (*FILES, "picture.png", "zero"))
    assert not found.refused
    assert found.what.endswith(": 2")


def test_the_pin_of_gradio_is_found_with_and_without_extras() -> None:
    assert gradio_pin("gradio==6.1.0") == gradio_pin("a==1\ngradio[mcp]==6.1.0 # x") == "6.1.0"
    assert gradio_pin("gradio-client==1.0\ngradio>=6") is None


@pytest.mark.parametrize(
    ("version", "requires", "right"),
    [
        ("3.11", ">=3.11,<3.12", True),
        ("3.11.7", ">=3.11,<3.12", True),
        ("3.9", ">=3.11", False),
        ("3.11", "", False),
        ("3.11", "~=3.11", False),
        ("", ">=3.11", False),
        ("2.7", ">=2", False),
    ],
)
def test_a_python_version_fits_or_not(version: str, requires: str, right: bool) -> None:
    assert fits(version, requires) is right


def git(folder: Path, *arguments: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_the_command_says_ready_and_the_steps(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tree, "init")
    git(tree, "add", ".")
    assert main(tree) == 0
    said = capsys.readouterr().out
    assert said.startswith("4 files, 0.0 MB in all.\nnote: changes that are not committed")
    assert "ready: " in said
    assert "hf upload NAME" in said


def test_the_command_refuses_with_a_line_for_each_problem(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "requirements.txt").write_text("gradio==6.31.0\nnumpy\n")
    (tree / ".gitignore").write_text("app.py\n")
    git(tree, "init")
    git(tree, "add", "--force", ".")
    assert main(tree) == 1
    said = capsys.readouterr().out
    refused = [line for line in said.splitlines() if line.startswith("refused: ")]
    assert len(refused) == 2
    assert "ready" not in said


def test_without_git_it_says_so_in_one_sentence(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tree) == 1
    assert capsys.readouterr().out.startswith("This is not a git checkout")
