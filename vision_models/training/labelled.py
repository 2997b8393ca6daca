"""Somebody's own images and what they are said to show: by folder, or by a table of the NIH's form."""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vision_models.analysis import CLASS_NAMES
from vision_models.training.data import OPEN_CAUSE, DataError

#: Other names of a class that are taken without asking, written as ``slug`` gives them. All are folder
#: names of the public collections that the packs came from; any other name must be a class's own.
ALIASES = {
    "chest_xray": {"covid": "covid19", "covid_19": "covid19"},
    "brain_mri": {
        "notumor": "no_tumor",
        "glioma_tumor": "glioma",
        "meningioma_tumor": "meningioma",
        "pituitary": "pituitary_tumor",
    },
}
#: Folders inside a class that hold outlines, not images (covid19_radiography has them beside the images).
MASK_FOLDERS = ("mask", "masks")
SUFFIX = re.compile(r"\.(jpe?g|png|webp|tiff?|bmp|dcm|dicom)$", re.IGNORECASE)
NO_FINDING = "no_finding"
TABLE_COLUMNS = ("Image Index", "Finding Labels", "Patient ID", "Patient Age")
ADULT = 18


@dataclass(frozen=True, slots=True)
class Labelled:
    """One image and its label.

    ``name``: what to call it, unique within its ``finding``, without a suffix. ``group``: the patient,
    or empty where nobody said. ``age_group``: ``adult``, ``child``, or empty where it is not known.
    """

    path: Path
    name: str
    finding: str
    age_group: str
    group: str


@dataclass(frozen=True, slots=True)
class Found:
    """The images that have a label, in a fixed order, and how many were left out, by reason."""

    images: tuple[Labelled, ...]
    left_out: Counter[str]


def from_folders(
    model: str, source: Path, any_class: bool = False, age_group: str = "", group_by: str | None = None
) -> Found:
    """One subfolder of ``source`` a class, with images at any depth in it.

    ``any_class`` keeps every folder's name as a class, and then no alias is applied. ``group_by``: a
    regular expression; its first group, searched in the file name, is the patient. Raises ``DataError``
    for a folder that is no class, and for a file name that ``group_by`` does not match.
    """
    pattern = _pattern(group_by) if group_by is not None else None
    findings = {
        folder: _class_of(model, folder, any_class)
        for folder in sorted(source.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    if not findings:
        known = ", ".join(known_classes(model))
        raise DataError(f"{source} has no folders: expected one for each class ({known})")
    images, left_out, taken = [], Counter[str](), set[str]()
    for path in _files(source):
        parts = path.relative_to(source).parts
        if len(parts) == 1:
            left_out["in no class folder"] += 1
        elif any(part.lower() in MASK_FOLDERS for part in parts[1:-1]):
            left_out["in a folder of masks"] += 1
        else:
            finding = findings[source / parts[0]]
            group = _patient(pattern, path) if pattern else ""
            name = _unique(finding, "_".join(parts[1:]), taken)
            images.append(Labelled(path, name, finding, age_group, group))
    return Found(tuple(images), left_out)


def from_table(source: Path, table: Path, finding: str = "Pneumonia", age_group: str = "") -> Found:
    """The rows of ``Data_Entry_2017.csv`` (Wang et al., CVPR 2017) whose image lies under ``source``.

    A row without finding is ``normal``; one with ``finding``, whatever else it has, bears that name
    (``diseased`` where ``finding`` is ``any``); others are left out. The group is the patient, written
    as in the chest_xray pack (``nih-00000001``), so that a patient who is in both is known again.
    ``age_group`` is for rows without an age. Raises ``DataError`` for a table that is not of that
    form, for a finding that no row has, and where no image is found.
    """
    rows = _table_rows(table)
    kinds = {slug(kind) for row in rows for kind in row["Finding Labels"].split("|")} - {NO_FINDING, ""}
    if slug(finding) not in kinds | {"any"}:
        raise DataError(f"no row of {table} has {finding!r}; it has: any, {', '.join(sorted(kinds))}")
    places: dict[str, Path] = {}
    for path in _files(source):
        places.setdefault(path.name, path)
    images, left_out, taken = [], Counter[str](), set[str]()
    for row in rows:
        label = _label(row["Finding Labels"], finding)
        place = places.get(row["Image Index"])
        if not label:
            left_out["with other findings only"] += 1
        elif place is None:
            left_out["in the table but not under SOURCE"] += 1
        else:
            group = f"nih-{row['Patient ID'].strip().zfill(8)}"
            name = _unique(label, place.name, taken)
            images.append(Labelled(place, name, label, _age_group(row["Patient Age"]) or age_group, group))
    if not images:
        raise DataError(f"none of the images that {table} names is under {source}")
    return Found(tuple(images), left_out)


def slug(name: str) -> str:
    """Lower case, with one underscore for whatever is no letter and no digit."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def known_classes(model: str) -> tuple[str, ...]:
    """The model's own, and for a chest film a pneumonia whose cause stays open."""
    return (*CLASS_NAMES[model], *((OPEN_CAUSE,) if model == "chest_xray" else ()))


def _class_of(model: str, folder: Path, any_class: bool) -> str:
    name = slug(folder.name)
    if any_class and name:
        return name
    name = ALIASES[model].get(name, name)
    if name not in known_classes(model):
        known = ", ".join(known_classes(model))
        raise DataError(f"{folder} is no class of {model} ({known}): rename it, or give --any-class")
    return name


def _pattern(group_by: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(group_by)
    except re.error as error:
        raise DataError(f"--group-by {group_by!r} is not a regular expression: {error}") from error
    if not pattern.groups:
        raise DataError(f"--group-by {group_by!r} has no group: put the patient's part in ( )")
    return pattern


def _patient(pattern: re.Pattern[str], path: Path) -> str:
    match = pattern.search(path.name)
    if match is None or not match[1]:
        raise DataError(f"--group-by {pattern.pattern!r} finds no patient in the file name {path.name!r}")
    return str(match[1])


def _files(source: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _unique(finding: str, file: str, taken: set[str]) -> str:
    """A name that any file system and csv can hold; a second one of the same name gets a number."""
    stem = re.sub(r"[^\w.-]", "_", SUFFIX.sub("", file))
    name, count = stem, 1
    while f"{finding}/{name.lower()}" in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(f"{finding}/{name.lower()}")
    return name


def _table_rows(table: Path) -> list[dict[str, str]]:
    if not table.is_file():
        raise DataError(f"{table} is missing: --table must name the Data_Entry_2017.csv of the NIH images")
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file, restval="")
        missing = set(TABLE_COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise DataError(f"{table} has no column {', '.join(sorted(missing))}")
        return list(reader)


def _label(labels: str, finding: str) -> str:
    """``normal``, the finding's class, or empty for a row with other findings only."""
    kinds = [slug(kind) for kind in labels.split("|")]
    if kinds == [NO_FINDING]:
        return "normal"
    if slug(finding) == "any":
        return "diseased" if any(kinds) else ""
    return slug(finding) if slug(finding) in kinds else ""


def _age_group(age: str) -> str:
    """From years, bare or as DICOM writes them (``058Y``; days, weeks and months are a child's)."""
    match = re.fullmatch(r"(\d+)([DWMY]?)", age.strip().upper())
    if match is None:
        return ""
    return "child" if match[2] in tuple("DWM") or int(match[1]) < ADULT else "adult"
