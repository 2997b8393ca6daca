from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.vision_models.fakes import make_card
from vision_models.__main__ import main
from vision_models.calibration import softmax
from vision_models.card import MODEL_NAMES, MODELS, load_card, update_card
from vision_models.classifier import Reading
from vision_models.training import plot_style
from vision_models.training import report as module
from vision_models.training.comparisons import write_row
from vision_models.training.data import load_samples
from vision_models.training.measure import Measured
from vision_models.training.report import BEGIN, END, PLOTS, report
from vision_models.training.report_tables import comparisons_table, figures_table, folds_in_words

ROOT = Path(__file__).resolve().parents[3]
FIGURES = {
    "accuracy": {"value": 0.8606, "low": 0.8398, "high": 0.8791, "n": 1191},
    "calibration_error": 0.0212,
}
COMPARED = {
    "key": "plain",
    "what": "no mixing",
    "pixels": 128,
    "epochs": 4,
    "weights": 3552918,
    "images": 1309,
    "accuracy": 0.8021,
    "sensitivity": 0.8329,
    "specificity": 0.8718,
    "auroc": 0.9308,
    "accuracy_kermany": 0.8349,
}
PROSE = f"# A model\n\nWhat a person wrote.\n\n{BEGIN}\nold figures\n{END}\n\n## Limits\n\nMore of it, ñ.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cards and READMEs of the three models; their networks take every other image for the next class."""
    models = tmp_path / "models"
    for name in MODEL_NAMES:
        card = make_card(name)
        facts = {"name": name, "version": "1.2.0", "class_names": list(card.class_names), "image_size": 8}
        files = {"contrast": True, "weights": "w", "sha256": "abcdef" * 10}
        update_card(name, "facts", facts | files, models)
        update_card(
            name,
            "calibration",
            {"operating_point": dict(card.operating_point), "quantiles": dict(card.quantiles)},
            models,
        )
        update_card(name, "figures", FIGURES, models)
        (models / name / "README.md").write_text(PROSE, encoding="utf-8")
    monkeypatch.setattr(module, "run_split", half_wrong)
    monkeypatch.setattr(plot_style, "DPI", 30)  # small plots are quick
    monkeypatch.chdir(tmp_path)
    return models


def half_wrong(model: str, data: Path, split: str, folder: Path) -> Measured:
    names = make_card(model).class_names
    samples = [sample for sample in load_samples(model, data) if sample.split == split]
    said = [(names.index(s.labels[0]) + number % 2) % len(names) for number, s in enumerate(samples)]
    logits = 4 * np.eye(len(names), dtype=np.float32)[said]
    logits[:, 0] += np.linspace(0, 0.5, len(samples))
    readings = [
        Reading(names[index], dict(zip(names, map(float, row), strict=True)), (names[index],))
        for index, row in zip(said, softmax(logits), strict=True)
    ]
    return Measured(
        samples=tuple(samples),
        logits=logits,
        embeddings=np.zeros((len(samples), 1), np.float32),
        class_maps=np.zeros((len(samples), 1, 1, 1), np.float16),
        readings=() if model == "gate" else tuple(readings),
    )


def written(model: str, packs: Path, folder: Path) -> str:
    return report(model, packs, folder, folder.parent / "failures").read_text(encoding="utf-8")


def test_figures_are_a_table() -> None:
    assert figures_table(FIGURES).splitlines()[2:] == [
        "| accuracy | 86.1 % | 84.0 to 87.9 | 1191 |",
        "| calibration_error | 0.0212 | | |",
    ]


def test_only_what_is_between_the_marks_changes(packs: Path, folder: Path) -> None:
    text = written("brain_mri", packs, folder)
    head, tail = PROSE.split(BEGIN)[0], PROSE.split(END)[1]
    assert text.startswith(head + BEGIN)
    assert text.endswith(END + tail)
    assert "old figures" not in text
    assert "| accuracy | 86.1 % |" in text
    assert "Version 1.2.0, weights `abcdefabcdef…`" in text


def test_a_second_time_changes_nothing(packs: Path, folder: Path) -> None:
    first = written("brain_mri", packs, folder)
    plots = {path.name: path.read_bytes() for path in (folder / "brain_mri" / "report").iterdir()}
    assert written("brain_mri", packs, folder) == first
    assert {path.name: path.read_bytes() for path in (folder / "brain_mri" / "report").iterdir()} == plots


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_plot_that_is_shown_is_there_and_nothing_else(packs: Path, folder: Path, model: str) -> None:
    text = written(model, packs, folder)
    plots = {path.stem for path in (folder / model / "report").iterdir()}
    # The gate leaves nothing open, and no training left its log.
    assert plots == set(PLOTS) - ({"training", "risk_coverage"} if model == "gate" else {"training"})
    for name in PLOTS:
        assert (f"](report/{name}.png)\n" in text) == (name in plots)


def test_the_worst_mistakes_are_named_and_their_pictures_put_aside(packs: Path, folder: Path) -> None:
    stale = folder.parent / "failures" / "brain_mri" / "07_of_an_earlier_report.png"
    stale.parent.mkdir(parents=True)
    stale.touch()
    repository = set((ROOT / "failures").glob("**/*"))
    text = written("brain_mri", packs, folder)
    wrong = [s for number, s in enumerate(_tested("brain_mri", packs)) if number % 2]
    assert len(wrong) == 2
    for sample in wrong:
        assert f"| `{sample.file}` | nickparvar | {sample.labels[0]} |" in text
    pictures = sorted(stale.parent.iterdir())
    assert [path.name[:3] for path in pictures] == ["01_", "02_"]
    with Image.open(pictures[0]) as picture:
        assert picture.size == (60, 72)
    assert set((ROOT / "failures").glob("**/*")) == repository
    assert not any(path.suffix == ".png" for path in (folder / "brain_mri").iterdir())


def test_shares_stand_with_their_intervals_by_class_and_source(packs: Path, folder: Path) -> None:
    text = written("brain_mri", packs, folder)
    # Two of four are right, each of a group of its own, so nothing is firm.
    assert "| no_tumor | 1 | 100.0 % (2.5 to 100.0) † | 66.7 % (0.0 to 100.0) † |" in text
    assert "| nickparvar | 4 | 4 | 50.0 % (0.0 to 100.0) † |" in text
    assert "### Per age" not in text


def test_ages_are_told_apart_where_all_are_known(packs: Path, folder: Path) -> None:
    path = packs / "chest_xray.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    aged = [f"{row},{'child' if number % 2 else 'adult'}" for number, row in enumerate(rows[1:])]
    path.write_text("\n".join([f"{rows[0]},age_group", *aged]) + "\n", encoding="utf-8")
    text = written("chest_xray", packs, folder)
    assert "### Per age" in text
    assert "| child | 4 |" in text


def test_what_has_a_copy_among_the_training_pictures_is_told_apart(
    packs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_twin(model: str, data: Path, split: str, folder: Path) -> Measured:
        return replace(half_wrong(model, data, split, folder), twinned=np.array([True, False, False, False]))

    assert "### Without twins" not in written("brain_mri", packs, folder)
    monkeypatch.setattr(module, "run_split", with_a_twin)
    text = written("brain_mri", packs, folder)
    assert "| nickparvar, without a twin | 3 | 3 | 33.3 % (0.0 to 100.0) † |" in text
    assert "| nickparvar, with a twin | 1 | 1 | 100.0 % (2.5 to 100.0) † |" in text


def test_optional_parts_appear_with_their_files(packs: Path, folder: Path) -> None:
    own = folder / "chest_xray"
    without = written("chest_xray", packs, folder)
    for heading in ("### Probes", "### Compared with", "CLAIM.md", "training.png"):
        assert heading not in without
    update_card("chest_xray", "probes", {"lungs_hidden": FIGURES["accuracy"]}, folder)
    write_row(COMPARED | {"what": "no | mixing"}, own)
    (own / "CLAIM.md").touch()
    (own / "training_log.csv").write_text("epoch,loss,val_loss\n0,1,1\n1,0.5,0.6\n", encoding="utf-8")
    text = written("chest_xray", packs, folder)
    assert "| lungs_hidden | 86.1 % | 84.0 to 87.9 | 1191 |" in text
    assert "| no \\| mixing | 128 | 4 | 3.55 M | 1309 |" in text
    assert "(CLAIM.md)" in text
    assert "(report/training.png)" in text
    (own / "training_log.csv").unlink()
    assert "training.png" not in written("chest_xray", packs, folder)
    assert not (own / "report" / "training.png").exists()


def test_what_a_compared_training_could_not_measure_is_a_dash() -> None:
    without = {"specificity": "", "auroc": "", "accuracy_nih_chestxray14": 0.5}
    heading, _, whole, part = comparisons_table([COMPARED, COMPARED | without]).splitlines()
    assert heading.endswith("| specificity | right, kermany | right, nih_chestxray14 | AUROC |")
    assert whole == (
        "| [plain](comparisons/plain.csv) | no mixing | 128 | 4 | 3.55 M | 1309 "
        "| 80.2 % | 83.3 % | 87.2 % | 83.5 % | – | 0.9308 |"
    )
    assert part.endswith("| 80.2 % | 83.3 % | – | 83.5 % | 50.0 % | – |")


def test_folds_are_summed_up_where_there_are_any() -> None:
    folds = [COMPARED | {"key": f"fold_{number}", "accuracy": 0.9 + number / 100} for number in (1, 2, 3)]
    assert folds_in_words([COMPARED, *folds]) == "Over 3 folds: 92.0 % right (91.0 to 93.0).\n"
    assert folds_in_words([COMPARED]) == ""


@pytest.mark.parametrize("text", ["", "# Only prose\n", f"{BEGIN}\nno end\n", f"no begin\n{END}\n"])
def test_a_readme_without_marks_is_left_alone(packs: Path, folder: Path, text: str) -> None:
    path = folder / "brain_mri" / "README.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"README\.md has no line"):
        report("brain_mri", packs, folder)
    assert path.read_text(encoding="utf-8") == text
    assert not (folder / "brain_mri" / "report").exists()


@pytest.mark.parametrize("marks", [f"{END}\nprose\n{BEGIN}\n", f"{BEGIN}\n{END}\nprose {END} more\n"])
def test_prose_around_odd_marks_is_never_lost(packs: Path, folder: Path, marks: str) -> None:
    path = folder / "brain_mri" / "README.md"
    path.write_text(marks, encoding="utf-8")
    try:
        written("brain_mri", packs, folder)
    except ValueError:
        assert path.read_text(encoding="utf-8") == marks
    else:
        text = path.read_text(encoding="utf-8")
        assert text.count("prose") == 1
        assert text.endswith(marks[marks.index(END) :])


def test_the_command_needs_the_data_and_says_where_it_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "brain_mri", "--data", str(tmp_path / "gone")]) == 2
    assert "--data must name the folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["report", "brain_mri"])


@pytest.mark.model
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_shipped_readmes_hold_the_cards_figures(name: str) -> None:
    text = (MODELS / name / "README.md").read_text(encoding="utf-8")
    assert figures_table(load_card(name).figures) in text


def _tested(model: str, packs: Path) -> list[Any]:
    return [sample for sample in load_samples(model, packs) if sample.split == "test"]
