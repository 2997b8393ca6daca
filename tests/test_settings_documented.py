"""docs/HOSTING.md has every setting, and none that nothing reads."""

import re
from pathlib import Path

import pytest

from assistant.settings import read_settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("assistant", "intents", "knowledge_base", "vision_models", "ui")
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[str, str]]:
    """Name to its default and what it does, as the table of the section Settings has them."""
    text = (ROOT / "docs" / "HOSTING.md").read_text(encoding="utf-8").split("\n## Settings\n")[1]
    rows = ROW.findall(text)
    assert len(rows) == len({name for name, _, _ in rows}), "a setting has two rows"
    assert len(rows) == len([line for line in text.splitlines() if line.startswith("| `")]), "an odd row"
    return {name: (default, what) for name, default, what in rows}


def test_every_variable_that_the_settings_read_has_a_row(table: dict[str, tuple[str, str]]) -> None:
    assert names_in(ROOT / "assistant" / "settings.py") - table.keys() == set()


def test_every_variable_of_ours_in_the_table_is_read_somewhere(table: dict[str, tuple[str, str]]) -> None:
    files = [ROOT / "app.py", *(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))]
    read = set().union(*(names_in(file) for file in files))
    assert {name for name in table if name.startswith("GALENO_")} - read == set()


def test_what_the_host_sets_has_a_row_too(table: dict[str, tuple[str, str]]) -> None:
    assert {"HF_HUB_OFFLINE", "GRADIO_TEMP_DIR"} <= table.keys()


def test_the_table_says_the_defaults(table: dict[str, tuple[str, str]]) -> None:
    settings = read_settings({})
    expected = {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "GALENO_EMERGENCY_NUMBER": settings.emergency_number,
        "GALENO_THREADS": str(settings.threads),
        "GALENO_LOOK_UP": settings.look_up,
        "GALENO_LANGUAGE_MODEL_SECONDS": str(settings.language_model_seconds),
        "GALENO_MCP": "on" if settings.mcp else "off",
    }
    assert {name: table[name][0].split("`")[1] for name in expected} == expected
    empty = {"GALENO_ENCODER": settings.encoder, "GALENO_LANGUAGE_MODEL": settings.language_model}
    empty["GALENO_FEEDBACK"] = settings.feedback
    assert [name for name, value in empty.items() if value or not table[name][0].startswith("empty")] == []


def names_in(file: Path) -> set[str]:
    """The names in quotes in a Python file that look like those of environment variables."""
    return set(re.findall(r'"([A-Z][A-Z0-9_]+)"', file.read_text(encoding="utf-8")))
