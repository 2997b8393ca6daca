from pathlib import Path

import pytest

from ui import safety_figures
from ui.safety_figures import BEGIN, END, SAFETY, most_missed, tables

CARD = """
[figures.kermany_sensitivity]
value = {kermany}
low = 0.6
high = 0.99
n = 390
[figures.nih_chestxray14_sensitivity]
value = 0.72
low = 0.63
high = 0.8
n = 94
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    folder = tmp_path / "vision_models" / "models" / "chest_xray"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(CARD.format(kermany=0.997))
    return tmp_path


def row(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("| Pneumonias that it finds"))


def test_the_worst_place_is_named_with_its_interval_and_the_others_beside_it(house: Path) -> None:
    cells = [cell.strip() for cell in row(tables(house)).split("|")]
    assert cells[2].startswith("nih_chestxray14")
    assert cells[3] == "72.0 % (63.0 to 80.0; n = 94)"
    assert cells[4].startswith("kermany")
    assert cells[4].endswith("99.7 %")


def test_another_place_is_the_worst_when_the_card_says_so(house: Path) -> None:
    card = house / "vision_models" / "models" / "chest_xray" / "card.toml"
    card.write_text(CARD.format(kermany=0.7))
    assert row(tables(house)).split("|")[2].strip().startswith("kermany")


def test_what_was_not_measured_says_so(tmp_path: Path) -> None:
    written = tables(tmp_path)
    assert "python -m assistant.evaluate" in written
    assert written.count("Not measured yet.") == 6


def test_emergencies_come_with_what_they_cannot_rule_out(house: Path) -> None:
    (house / "assistant").mkdir()
    (house / "assistant" / "figures.toml").write_text(
        "[assistant]\nemergencies = 100\nboth_missed = 2\nboth_found_es = 0.98\n"
    )
    written = tables(house)
    assert "2 of 100 held-out emergencies are missed; the 95 % interval reaches to 7.0 %" in written
    assert "| floor and second look: emergencies found, Spanish | 98.0 %" in written


@pytest.mark.parametrize(("missed", "count", "most"), [(0, 100, 0.0370), (2, 100, 0.0700), (50, 100, 0.5962)])
def test_the_upper_end_of_wilsons_interval(missed: int, count: int, most: float) -> None:
    assert most_missed(missed, count) == pytest.approx(most, abs=1e-4)


def test_the_answers_of_a_checklist_are_counted(house: Path) -> None:
    claim = house / "vision_models" / "models" / "chest_xray" / "CLAIM.md"
    claim.write_text("| 1 | item | done | x |\n| 2 | item | **not done** | y |\n| 3 | item | done | z |\n")
    counted = next(line for line in tables(house).splitlines() if "[chest_xray]" in line)
    assert [cell.strip() for cell in counted.split("|")[2:6]] == ["2", "0", "1", "0"]


def test_only_what_is_between_the_marks_changes(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(safety_figures, "ROOT", house)
    document = house / SAFETY
    document.parent.mkdir()
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert safety_figures.main() == 0
    text = document.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert capsys.readouterr().out in text
    document.write_text("no marks")
    assert safety_figures.main() == 1
    assert BEGIN in capsys.readouterr().err
