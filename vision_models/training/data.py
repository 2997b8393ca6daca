"""The packs: a csv with one row a file beside a tar that holds the files."""

import csv
import tarfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import CLASS_NAMES

#: What the gate tells apart: the two modalities that pass, then the kinds it must refuse.
GATE_CLASSES = (
    "chest_xray",
    "brain_mri",
    "photo",
    "scene",
    "document",
    "screenshot",
    "head_ct",
    "chest_ct",
    "bone_xray",
    "ultrasound",
    "skin",
    "histology",
)


class DataError(Exception):
    """The training data is not what it should be; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a pack.

    ``labels``: the class names it may be; more than one where the truth is known only as a set
    (an NIH pneumonia is bacterial or viral). ``stratum`` is what sampling balances.
    """

    file: str
    pack: str
    source: str
    labels: tuple[str, ...]
    split: str
    group: str
    age_group: str
    published_split: str
    stratum: str


class ImageStore:
    """The encoded bytes of a pack's files, read once; decoding happens at each look."""

    def __init__(self, folder: Path, samples: Sequence[Sample]) -> None:
        self._bytes: dict[tuple[str, str], bytes] = {}
        for pack in sorted({sample.pack for sample in samples}):
            wanted = {sample.file for sample in samples if sample.pack == pack}
            path = folder / f"{pack}.tar"
            if not path.is_file():
                raise DataError(f"{path} is missing: --data must name the folder that holds the packs")
            try:
                self._read_tar(pack, path, wanted)
            except (tarfile.TarError, EOFError) as error:
                raise DataError(f"{path} is not a whole tar archive ({error}): fetch it again") from error
        lost = [s.file for s in samples if (s.pack, s.file) not in self._bytes]
        if lost:
            raise DataError(f"{len(lost)} files named in the csv are not in the tar, the first is {lost[0]}")

    def _read_tar(self, pack: str, path: Path, wanted: set[str]) -> None:
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in wanted else None
                if content is not None:
                    self._bytes[pack, member.name] = content.read()

    def read(self, sample: Sample) -> NDArray[np.uint8]:
        """The picture as ``uint8 (H, W, 3)`` RGB."""
        encoded = np.frombuffer(self._bytes[sample.pack, sample.file], np.uint8)
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        if image is None:
            raise DataError(f"{sample.file} in {sample.pack}.tar is not an image that can be decoded")
        return np.ascontiguousarray(image[..., ::-1])


def load_samples(model: str, folder: Path) -> list[Sample]:
    """Every row that teaches or tests ``model`` (``gate``, ``chest_xray`` or ``brain_mri``).

    Raises ``DataError`` for a missing csv, an unknown label, an empty class, or a group that
    stands on two sides of the split.
    """
    samples = _LOADERS[model](folder)
    _check(samples, class_names(model), folder)
    return samples


def class_names(model: str) -> tuple[str, ...]:
    return GATE_CLASSES if model == "gate" else CLASS_NAMES[model]


def targets(samples: Sequence[Sample], names: Sequence[str]) -> NDArray[np.float32]:
    """``float32 (N, classes)``: 1 for every class a sample may be."""
    return np.array([[float(name in sample.labels) for name in names] for sample in samples], np.float32)


def _brain_mri(folder: Path) -> list[Sample]:
    return [
        _sample(row, "brain_mri", (row["finding"] or "no_tumor",))
        for row in _rows(folder / "brain_mri.csv", ("file", "source", "finding", "split", "group"))
    ]


def _chest_xray(folder: Path) -> list[Sample]:
    either = ("bacterial_pneumonia", "viral_pneumonia")
    return [
        _sample(row, "chest_xray", either if row["finding"] == "pneumonia" else (row["finding"],))
        for row in _rows(folder / "chest_xray.csv", ("file", "source", "finding", "split", "group"))
    ]


def _gate(folder: Path) -> list[Sample]:
    scans = [
        replace(sample, labels=(sample.pack,), stratum=f"{sample.pack}:{sample.source}")
        for sample in _brain_mri(folder) + _chest_xray(folder)
    ]
    others = [
        _sample(row, "not_a_scan", (row["kind"],))
        for row in _rows(folder / "not_a_scan.csv", ("file", "source", "kind", "split"))
    ]
    return scans + others


_LOADERS: dict[str, Callable[[Path], list[Sample]]] = {
    "brain_mri": _brain_mri,
    "chest_xray": _chest_xray,
    "gate": _gate,
}


def _sample(row: dict[str, str], pack: str, labels: tuple[str, ...]) -> Sample:
    return Sample(
        file=row["file"],
        pack=pack,
        source=row["source"],
        labels=labels,
        split=row["split"],
        group=f"{row['source']}:{row['group']}" if row.get("group") else row["file"],
        age_group=row.get("age_group", ""),
        published_split=row.get("published_split", ""),
        stratum=f"{row['source']}:{'|'.join(labels)}" if pack != "not_a_scan" else labels[0],
    )


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    if not path.is_file():
        raise DataError(f"{path} is missing: --data must name the folder that holds the packs")
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise DataError(f"{path} has no column {', '.join(sorted(missing))}")
        return list(reader)


def _check(samples: Sequence[Sample], names: Sequence[str], folder: Path) -> None:
    for sample in samples:
        unknown = [label for label in sample.labels if label not in names]
        if unknown:
            raise DataError(f"{sample.file} is labelled {unknown[0]!r}; known labels: {', '.join(names)}")
        if sample.split not in ("train", "validation", "test"):
            raise DataError(f"{sample.file} has split {sample.split!r}, not train, validation or test")
    present = Counter(s.labels[0] for s in samples if s.split == "train" and len(s.labels) == 1)
    empty = [name for name in names if not present[name]]
    if empty:
        raise DataError(f"no training image of class {empty[0]!r} in {folder}")
    sides: dict[str, str] = {}
    for sample in samples:
        if sides.setdefault(sample.group, sample.split) != sample.split:
            raise DataError(f"group {sample.group} stands in {sides[sample.group]} and in {sample.split}")
