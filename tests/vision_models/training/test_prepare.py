"""From a folder of images to a pack, through the command line."""

import shlex
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import dicom, encoded
from tests.vision_models.training.own_images import (
    own_chest,
    own_nih,
    read_rows,
    refusal,
    run,
    scene,
    write_images,
)
from vision_models.__main__ import _parser
from vision_models.analysis import CLASS_NAMES
from vision_models.training.data import ImageStore, load_samples
from vision_models.training.prepare import convert

# Folders of classes


def test_the_pack_is_what_the_loader_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = own_chest(tmp_path / "clinic"), tmp_path / "packs"
    assert run("chest_xray", source, out, "--age-group", "adult", "--name", "Our Clinic") == 0
    printed = capsys.readouterr()
    assert "100/100" in printed.err
    assert f"100 images: {out / 'chest_xray.csv'}" in printed.out
    samples = load_samples("chest_xray", out)
    assert {label for sample in samples for label in sample.labels} == set(CLASS_NAMES["chest_xray"])
    assert {(sample.source, sample.age_group) for sample in samples} == {("Our_Clinic", "adult")}
    assert ImageStore(out, samples).read(samples[0]).shape == (80, 64, 3)
    columns = "file source finding age_group split group published_split"
    assert (out / "chest_xray.csv").read_text().splitlines()[0] == columns.replace(" ", ",")
    assert sorted(path.name for path in out.iterdir()) == ["chest_xray.csv", "chest_xray.tar"]


def test_a_brain_pack_has_a_column_for_masks(tmp_path: Path) -> None:
    for number, name in enumerate(("notumor", "glioma", "meningioma_tumor", "pituitary")):
        write_images(tmp_path / "own" / name, range(100 * number, 100 * number + 20))
    assert run("brain_mri", tmp_path / "own", tmp_path / "out") == 0
    assert {row["finding"] for row in read_rows(tmp_path / "out", "brain_mri")} == set(
        CLASS_NAMES["brain_mri"]
    )
    assert read_rows(tmp_path / "out", "brain_mri")[0]["mask"] == ""
    assert len(load_samples("brain_mri", tmp_path / "out")) == 80


def test_the_table_that_is_printed_counts_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = own_chest(tmp_path / "own")
    (source / "NORMAL" / "broken.png").write_bytes(b"\x89PNG nonsense")
    (source / "NORMAL" / "tiny.png").write_bytes(encoded(scene(999, 20, 20)))
    (source / "notes.txt").write_text("not in a class")
    write_images(source / "NORMAL" / "masks", [998])
    (source / ".hidden").mkdir()
    assert run("chest_xray", source, tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert "left out: 1 in a folder of masks, 1 in no class folder, 1 too_small, 1 unreadable" in printed
    counts = Counter((row["finding"], row["split"]) for row in read_rows(tmp_path / "out"))
    assert printed.splitlines()[0].split() == ["class", "train", "validation", "test"]
    for line in printed.splitlines()[1:6]:
        name, *numbers = line.split()
        assert [int(n) for n in numbers] == [counts[name, s] for s in ("train", "validation", "test")]


def test_the_same_seed_gives_the_same_split(tmp_path: Path) -> None:
    source = own_chest(tmp_path / "own", 30)
    splits = []
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert run("chest_xray", source, tmp_path / out, "--seed", seed) == 0
        splits.append([(row["file"], row["split"]) for row in read_rows(tmp_path / out)])
    assert splits[0] == splits[1] != splits[2]
    shares = Counter(split for _, split in splits[0])
    assert 0.55 < shares["train"] / 150 < 0.85
    assert shares["validation"] > 5
    assert shares["test"] > 15


def test_look_alikes_stand_together(tmp_path: Path) -> None:
    source = own_chest(tmp_path / "own")
    again = source / "pneumonia"
    for seed in range(20):  # as another format, larger, and lighter
        larger = cv2.resize(scene(seed), (160, 200), interpolation=cv2.INTER_LINEAR)
        lighter = np.asarray(20 + 0.8 * larger, np.uint8)
        (again / f"copy_{seed}.jpg").write_bytes(encoded(lighter, "JPEG", quality=80))
    (again / "same.png").write_bytes((source / "NORMAL" / "3.png").read_bytes())
    assert run("chest_xray", source, tmp_path / "out") == 0
    rows = {row["file"]: row for row in read_rows(tmp_path / "out")}
    for seed in range(20):
        one, other = rows[f"own/normal/{seed}.jpg"], rows[f"own/pneumonia/copy_{seed}.jpg"]
        assert (one["group"], one["split"]) == (other["group"], other["split"])
    assert rows["own/normal/3.jpg"]["group"] == rows["own/pneumonia/same.jpg"]["group"]
    assert len({row["group"] for row in rows.values()}) == 100


def test_patients_come_from_the_file_names(tmp_path: Path) -> None:
    source = own_chest(tmp_path / "own")
    for path in source.glob("*/*.png"):
        path.rename(path.with_name(f"patient{int(path.stem) % 25}_{path.name}"))
    assert run("chest_xray", source, tmp_path / "out", "--group-by", r"patient(\d+)_") == 0
    sides = defaultdict(set)
    for row in read_rows(tmp_path / "out"):
        sides[row["group"]].add(row["split"])
    assert sides.keys() == {str(number) for number in range(20)}
    assert all(len(side) == 1 for side in sides.values())


def test_any_class_is_kept_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_images(tmp_path / "own" / "Rib Fracture", range(10))
    write_images(tmp_path / "own" / "normal", range(20, 30))
    refused = refusal(capsys, "chest_xray", tmp_path / "own", tmp_path / "out")
    assert "Rib Fracture is no class of chest_xray (normal, bacterial_pneumonia, viral" in refused
    assert not (tmp_path / "out").exists()
    assert run("chest_xray", tmp_path / "own", tmp_path / "out", "--any-class") == 0
    assert "other than the model's classes: rib_fracture (see train --classes)" in capsys.readouterr().out
    samples = load_samples("chest_xray", tmp_path / "out", ("normal", "rib_fracture"))
    assert len(samples) == 20


def test_folders_in_place_of_a_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = own_chest(tmp_path / "own"), tmp_path / "out"
    assert run("chest_xray", source, out, "--folders") == 0
    assert f"100 images: {out}\n" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["test", "train", "validation"]
    written = sorted(path.relative_to(out).as_posix().split("/", 1)[1] for path in out.rglob("*.jpg"))
    assert run("chest_xray", source, tmp_path / "pack") == 0
    rows = read_rows(tmp_path / "pack")
    assert written == sorted(row["file"].removeprefix("own/") for row in rows)
    assert all((out / row["split"] / row["file"].removeprefix("own/")).is_file() for row in rows)
    assert "already holds train" in refusal(capsys, "chest_xray", source, out, "--folders")


# The NIH's table


@pytest.fixture
def nih(tmp_path: Path) -> Path:
    rows = [f"No Finding,{patient},{20 + patient}" for patient in range(1, 31) for _ in range(2)]
    rows += [f"{'Pneumonia' if n % 2 else 'Effusion|Pneumonia'},{n},011Y" for n in range(40, 60)]
    rows += [f"Effusion,{n},60" for n in range(60, 75)] + ["Hernia,80,17", "Hernia|Mass,81,9"]
    return own_nih(tmp_path / "nih", rows)


def table(nih: Path, out: Path, *more: object) -> int:
    return run("chest_xray", nih, out, "--table", nih / "Data_Entry_2017.csv", *more)


def test_pneumonia_against_normal(nih: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    next(nih.rglob("00000040_*.png")).unlink()
    assert table(nih, tmp_path / "out") == 0
    rows = read_rows(tmp_path / "out")
    assert Counter(row["finding"] for row in rows) == {"normal": 60, "pneumonia": 19}
    printed = capsys.readouterr().out
    assert "left out: 1 in the table but not under SOURCE, 17 with other findings only" in printed
    ages = {row["finding"]: row["age_group"] for row in rows}
    assert ages == {"normal": "adult", "pneumonia": "child"}
    sides = defaultdict(set)
    for row in rows:
        assert row["group"] == f"nih-{Path(row['file']).name[:8]}"
        sides[row["group"]].add(row["split"])
    assert all(len(side) == 1 for side in sides.values())
    assert {row["source"] for row in rows} == {"nih_chestxray14"}
    assert len(load_samples("chest_xray", tmp_path / "out", ("normal", "pneumonia"))) == 79


@pytest.mark.parametrize(
    ("finding", "counts"),
    [
        ("any", {"normal": 60, "diseased": 37}),
        ("effusion", {"normal": 60, "effusion": 25}),
    ],
)
def test_another_finding_against_normal(
    nih: Path, tmp_path: Path, finding: str, counts: dict[str, int]
) -> None:
    assert table(nih, tmp_path / "out", "--finding", finding) == 0
    assert Counter(row["finding"] for row in read_rows(tmp_path / "out")) == counts


def test_a_patient_known_to_the_pack_keeps_the_side(nih: Path, tmp_path: Path) -> None:
    assert table(nih, tmp_path / "out", "--seed", 1) == 0
    before = {row["group"]: row["split"] for row in read_rows(tmp_path / "out")}
    # The same patients come back with more images, and with a seed that would place them elsewhere.
    more = own_nih(tmp_path / "more", [f"Pneumonia,{n},30" for n in range(1, 31)])
    for path in more.rglob("*.png"):
        path.rename(path.with_name(path.name.replace(".png", "_b.png")))
    listed = (more / "Data_Entry_2017.csv").read_text().replace(".png", "_b.png")
    (more / "Data_Entry_2017.csv").write_text(listed)
    assert table(more, tmp_path / "out", "--seed", 2) == 0
    rows = read_rows(tmp_path / "out")
    assert len(rows) == 80 + 30
    assert all(before.get(row["group"], row["split"]) == row["split"] for row in rows)
    load_samples("chest_xray", tmp_path / "out", ("normal", "pneumonia"))


# What the document says


def test_every_command_of_the_document_is_one() -> None:
    document = Path(__file__).parents[3] / "docs" / "TRAINING.md"
    start = "python -m vision_models "
    commands = [line for line in document.read_text().splitlines() if line.startswith(start)]
    assert len(commands) > 8
    for command in commands:
        _parser().parse_args(shlex.split(command.removeprefix(start)))


# Pictures


def test_the_shorter_side_is_scaled_and_grey_stays_grey() -> None:
    made = cv2.imdecode(
        np.frombuffer(convert(encoded(scene(1, 600, 450)), 224), np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert made.shape == (299, 224)
    smaller = convert(encoded(scene(1, 100, 150)), 224)
    assert cv2.imdecode(np.frombuffer(smaller, np.uint8), cv2.IMREAD_UNCHANGED).shape == (100, 150)


def test_colour_is_kept() -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    made = cv2.imdecode(np.frombuffer(convert(encoded(red), 64), np.uint8), cv2.IMREAD_UNCHANGED)
    assert made.shape == (64, 64, 3)
    assert np.abs(made.astype(int)[..., ::-1] - red).max() < 6


def test_dicom_files_are_read(tmp_path: Path) -> None:
    source = own_chest(tmp_path / "own")
    (source / "NORMAL" / "IM0001").write_bytes(dicom(scene(950)[..., 0].astype(np.uint16) * 16))
    assert run("chest_xray", source, tmp_path / "out") == 0
    assert "own/normal/IM0001.jpg" in {row["file"] for row in read_rows(tmp_path / "out")}


# Orders that cannot be carried out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chest_xray", "gone", "out"], "gone is not a folder: SOURCE must hold the images"),
        (["chest_xray", "own", "own/out"], "is inside"),
        (["chest_xray", "own", "own"], "is inside"),
        (["chest_xray", "own", "file"], "cannot be made a folder"),
        (["chest_xray", "own", "out", "--size", "10"], "--size is 10, expected 48 to 2048 pixels"),
        (["brain_mri", "own", "out", "--table", "t.csv"], "--table is of chest X-rays, MODEL is brain_mri"),
        (["chest_xray", "own", "out", "--table", "t.csv"], "t.csv is missing: --table must name"),
        (["chest_xray", "own", "out", "--table", "t.csv", "--group-by", "(a)"], "--group-by is for folders"),
        (["chest_xray", "own", "half"], "holds only one of chest_xray.csv and chest_xray.tar"),
        (["chest_xray", "lone", "out"], "2 images of class covid19 in 1 groups, and none falls on the train"),
        (["chest_xray", "broken", "out"], "no image of broken can be read: 1 unreadable"),
        (["chest_xray", "empty", "out"], "no image of empty can be read: it has none"),
    ],
)
def test_one_sentence_says_what_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_images(Path("own/normal"), range(3))
    write_images(Path("lone/covid19"), [0])
    (Path("lone/covid19") / "again.png").write_bytes(encoded(scene(0)))
    monkeypatch.setattr("vision_models.training.prepare.side", lambda group, seed: "test")
    for folder in ("half", "empty/normal", "broken/normal"):
        Path(folder).mkdir(parents=True)
    for file in ("half/chest_xray.csv", "broken/normal/a.png", "file"):
        Path(file).write_text("nonsense")
    assert message in refusal(capsys, *arguments)
    assert not list(tmp_path.rglob("*.partial"))
