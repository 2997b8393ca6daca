from pathlib import Path

import pytest

from vision_models.card import MODEL_NAMES, MODELS, load_card, update_card
from vision_models.training.report import BEGIN, END, figures_table, report

FIGURES = {
    "accuracy": {"value": 0.8606, "low": 0.8398, "high": 0.8791, "n": 1191},
    "calibration_error": 0.0212,
}
PROSE = f"# Brain MRI\n\nWhat a person wrote.\n\n{BEGIN}\nold figures\n{END}\n\n## Limits\n\nMore of it, ñ.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    facts = {"name": "brain_mri", "version": "1.2.0", "class_names": ["no_tumor"], "image_size": 8}
    files = {"contrast": True, "weights": "w", "sha256": "abcdef" * 10}
    update_card("brain_mri", "facts", facts | files, tmp_path)
    update_card("brain_mri", "figures", FIGURES, tmp_path)
    (tmp_path / "brain_mri" / "README.md").write_text(PROSE, encoding="utf-8")
    return tmp_path


def test_figures_are_a_table() -> None:
    assert figures_table(FIGURES).splitlines()[2:] == [
        "| accuracy | 86.1 % | 84.0 to 87.9 | 1191 |",
        "| calibration_error | 0.0212 | | |",
    ]


def test_only_what_is_between_the_marks_changes(folder: Path) -> None:
    text = report("brain_mri", folder).read_text(encoding="utf-8")
    head, tail = PROSE.split(BEGIN)[0], PROSE.split(END)[1]
    assert text.startswith(head + BEGIN)
    assert text.endswith(END + tail)
    assert "old figures" not in text
    assert "| accuracy | 86.1 % |" in text
    assert "Version 1.2.0, weights `abcdefabcdef…`" in text


def test_a_second_time_changes_nothing(folder: Path) -> None:
    first = report("brain_mri", folder).read_text(encoding="utf-8")
    assert report("brain_mri", folder).read_text(encoding="utf-8") == first


@pytest.mark.parametrize("text", ["", "# Only prose\n", f"{BEGIN}\nno end\n", f"no begin\n{END}\n"])
def test_a_readme_without_marks_is_left_alone(folder: Path, text: str) -> None:
    path = folder / "brain_mri" / "README.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"README\.md has no line"):
        report("brain_mri", folder)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("marks", [f"{END}\nprose\n{BEGIN}\n", f"{BEGIN}\n{END}\nprose {END} more\n"])
def test_prose_around_odd_marks_is_never_lost(folder: Path, marks: str) -> None:
    path = folder / "brain_mri" / "README.md"
    path.write_text(marks, encoding="utf-8")
    try:
        report("brain_mri", folder)
    except ValueError:
        assert path.read_text(encoding="utf-8") == marks
    else:
        text = path.read_text(encoding="utf-8")
        assert text.count("prose") == 1
        assert text.endswith(marks[marks.index(END) :])


@pytest.mark.model
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_shipped_readmes_hold_the_cards_figures(name: str) -> None:
    text = (MODELS / name / "README.md").read_text(encoding="utf-8")
    assert figures_table(load_card(name).figures) in text
