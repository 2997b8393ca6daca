"""The container, read and not built: no engine runs here."""

import json
import re
import subprocess
import tomllib

import pytest

from ui.space import ROOT, fits, git_names

DOCKERFILE = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
STEPS = [line.split(maxsplit=1) for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line.strip()]


def arguments_of(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def test_the_container_has_the_python_of_the_project() -> None:
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    (base,) = arguments_of("FROM")
    found = re.fullmatch(r"python:(3\.\d+)-slim", base)
    assert found
    assert fits(found[1], requires)


def test_all_that_the_container_copies_is_in_git_and_not_ignored() -> None:
    tracked = git_names(ROOT, "ls-files", "-z")
    if tracked is None:
        pytest.skip("not a git checkout, so there is no list of what ships")
    sources = [source for rest in arguments_of("COPY") for source in rest.split()[:-1]]
    assert [
        one for one in sources if not any(name == one or name.startswith(f"{one}/") for name in tracked)
    ] == []
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(sources)
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} <= set(sources) | {"tests"}


def test_the_container_runs_as_somebody_who_is_not_root() -> None:
    names = [name for name, _ in STEPS]
    (user,) = arguments_of("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert names.index("USER") < names.index("CMD")
    assert "RUN" not in names[names.index("USER") :]


def test_the_container_can_be_stopped_and_asked_how_it_is() -> None:
    (health,) = arguments_of("HEALTHCHECK")
    (command,) = arguments_of("CMD")
    assert json.loads(command) == ["python", "app.py"]
    compile(json.loads(health[health.index("[") :])[2], "HEALTHCHECK", "exec")
    assert arguments_of("STOPSIGNAL") == ["SIGINT"]


def test_the_container_installs_what_running_takes_and_not_the_checks() -> None:
    """The Dockerfile cuts requirements.txt at a comment, so the comment has to be there."""
    needed, checks = (ROOT / "requirements.txt").read_text("utf-8").split("\n# the checks\n")
    assert "'/^# the checks$/,$d'" in DOCKERFILE
    assert "\ngradio" in needed
    assert "\ntorch==" in needed
    assert "pytest==" in checks


def test_the_container_installs_the_versions_of_the_lock() -> None:
    """The lock without its hashes is a list of constraints."""
    (command,) = re.findall(r"&& (sed .* requirements\.lock) > /tmp/locked\.txt", DOCKERFILE)
    locked = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [line for line in locked.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 100
    assert all(re.fullmatch(r"[\w.\[\],-]+==[\w.+!]+", line) for line in lines)
    assert "-c /tmp/locked.txt" in DOCKERFILE


def test_the_container_writes_nowhere_but_under_tmp() -> None:
    pairs = dict(pair.split("=", 1) for rest in arguments_of("ENV") for pair in rest.split())
    assert pairs["GALENO_CONTAINER"] == "1"
    assert all(pairs[name].startswith("/tmp") for name in ("HOME", "GRADIO_TEMP_DIR", "MPLCONFIGDIR"))
    assert "PYTHONPYCACHEPREFIX" not in pairs
