from pathlib import Path

import pytest

from vision_models.training.data import DataError
from vision_models.training.labelled import ALIASES, from_folders, from_table, slug

COLUMNS = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender"


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [("NORMAL", "normal"), ("Viral Pneumonia", "viral_pneumonia"), ("covid-19 ", "covid_19"), ("--", "")],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("model", "folder", "finding"),
    [(model, alias, finding) for model, names in ALIASES.items() for alias, finding in names.items()]
    + [("chest_xray", "Pneumonia", "pneumonia"), ("brain_mri", "No Tumor", "no_tumor")],
)
def test_folder_names_that_are_known(tmp_path: Path, model: str, folder: str, finding: str) -> None:
    [image] = from_folders(model, touch(tmp_path, f"{folder}/a.png")).images
    assert image.finding == finding


@pytest.mark.parametrize(
    ("model", "folder"),
    [("chest_xray", "VIRAL"), ("chest_xray", "glioma"), ("brain_mri", "pneumonia"), ("brain_mri", "tumor")],
)
def test_folder_names_that_are_not_guessed(tmp_path: Path, model: str, folder: str) -> None:
    with pytest.raises(DataError, match=rf"{folder} is no class of {model} \("):
        from_folders(model, touch(tmp_path, f"{folder}/a.png"))


def test_any_class_keeps_names_and_applies_no_alias(tmp_path: Path) -> None:
    found = from_folders("brain_mri", touch(tmp_path, "notumor/a.png", "Any Kind/b.png"), any_class=True)
    assert {image.finding for image in found.images} == {"notumor", "any_kind"}
    with pytest.raises(DataError, match="is no class"):
        from_folders("brain_mri", touch(tmp_path, "--/a.png"), any_class=True)


def test_names_are_unique_and_plain(tmp_path: Path) -> None:
    files = ["normal/a.png", "normal/a.JPG", "normal/A.jpeg", "normal/in/ä b,c.png", "normal/1.2.840.5"]
    found = from_folders("chest_xray", touch(tmp_path, *files))
    assert sorted(i.name for i in found.images) == ["1.2.840.5", "A", "a-2", "a-3", "in_ä_b_c"]


def test_a_folder_without_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no folders: expected one for each class \(normal, "):
        from_folders("chest_xray", touch(tmp_path, "a.png"))


@pytest.mark.parametrize(
    ("group_by", "message"),
    [
        ("(", "is not a regular expression"),
        ("patient", r"has no group: put the patient's part in \( \)"),
        (r"p(\d+)", "finds no patient in the file name 'x.png'"),
    ],
)
def test_a_pattern_that_does_not_serve(tmp_path: Path, group_by: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        from_folders("chest_xray", touch(tmp_path, "normal/p1.png", "normal/x.png"), group_by=group_by)


# The table


def write_table(folder: Path, *rows: str, columns: str = COLUMNS) -> Path:
    table = folder / "table.csv"
    table.write_text("\n".join([columns, *rows]), encoding="utf-8-sig")
    return table


@pytest.mark.parametrize(
    ("age", "age_group"),
    [("17", "child"), ("18", "adult"), ("058Y", "adult"), ("011M", "child"), ("030D", "child"), ("?", "")],
)
def test_ages(tmp_path: Path, age: str, age_group: str) -> None:
    table = write_table(
        touch(tmp_path, "x/1.png"), f"1.png,No Finding,0,1,{age},M", "2.png,Pneumonia,0,2,3,M"
    )
    [image] = from_table(tmp_path, table).images
    assert image.age_group == age_group
    [image] = from_table(tmp_path, table, age_group="adult").images
    assert image.age_group == (age_group or "adult")


def test_commas_at_the_end_of_lines(tmp_path: Path) -> None:
    """As in the version with an unnamed last column."""
    rows = ["1.png,Pleural_Thickening|Mass,0,1,40,M,", "2.png,Mass,0,1,40,M,"]
    table = write_table(touch(tmp_path, "1.png", "2.png"), *rows, columns=COLUMNS + ",")
    found = from_table(tmp_path, table, "Pleural Thickening")
    assert [(image.finding, image.group) for image in found.images] == [
        ("pleural_thickening", "nih-00000001")
    ]
    assert found.left_out == {"with other findings only": 1}


@pytest.mark.parametrize(
    ("columns", "finding", "message"),
    [
        ("Image Index,Labels", "any", "has no column Finding Labels, Patient Age, Patient ID"),
        (COLUMNS, "Nonsense", "no row of .* has 'Nonsense'; it has: any, mass, pneumonia"),
        (COLUMNS, "any", "none of the images that .* names is under"),
    ],
)
def test_a_table_that_does_not_serve(tmp_path: Path, columns: str, finding: str, message: str) -> None:
    table = write_table(tmp_path, "1.png,Pneumonia|Mass,0,1,40,M", columns=columns)
    with pytest.raises(DataError, match=message):
        from_table(tmp_path, table, finding)
