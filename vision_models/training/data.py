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

from vision_models.analysis import CLASS_NAMES, HEALTHY
from vision_models.preprocess import square_pad
from vision_models.training.lungs import Lungs, Placement, place_lungs

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


#: Kinds that a person might take for a scan of ours.
NEAR_MISSES = ("head_ct", "chest_ct", "bone_xray", "ultrasound", "histology", "skin")

#: A pneumonia of unknown cause, and what it may be: those that nobody named are from before 2020.
OPEN_CAUSE, OPEN_KINDS = "pneumonia", ("bacterial_pneumonia", "viral_pneumonia")


class DataError(Exception):
    """The training data is not what it should be; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a pack.

    ``labels``: the class names it may be; more than one where the truth is known only as a set
    (an NIH pneumonia is bacterial or viral). ``stratum`` is what sampling balances. ``mask``: the file
    that shows where the finding is, or empty where nobody drew it.
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
    mask: str = ""


class ImageStore:
    """The encoded bytes of a pack's files, read once; decoding happens at each look."""

    def __init__(self, folder: Path, samples: Sequence[Sample]) -> None:
        self.folder = folder
        self._bytes: dict[tuple[str, str], bytes] = {}
        self._placed: dict[tuple[str, str], Placement] = {}
        for pack in sorted({sample.pack for sample in samples}):
            rows = [sample for sample in samples if sample.pack == pack]
            wanted = {row.file for row in rows} | {row.mask for row in rows if row.mask}
            path = folder / f"{pack}.tar"
            if not path.is_file():
                raise DataError(f"{path} is missing: --data must name the folder that holds the packs")
            try:
                self._read_tar(pack, path, wanted)
            except (tarfile.TarError, EOFError) as error:
                raise DataError(f"{path} is not a whole tar archive ({error}): fetch it again") from error
        lost = [
            name
            for sample in samples
            for name in (sample.file, sample.mask)
            if name and (sample.pack, name) not in self._bytes
        ]
        if lost:
            raise DataError(f"{len(lost)} files named in the csv are not in the tar, the first is {lost[0]}")

    def _read_tar(self, pack: str, path: Path, wanted: set[str]) -> None:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in wanted else None
                if content is not None:
                    self._bytes[pack, member.name] = content.read()

    def check(self, samples: Sequence[Sample]) -> None:
        """Decodes every file of ``samples`` once. Raises ``DataError`` for the first that is no image, or
        whose mask has another size."""
        for sample in samples:
            shape = self.read(sample).shape[:2]
            mask = self.read_mask(sample) if sample.mask else None
            if mask is not None and mask.shape != shape:
                raise DataError(f"{sample.mask} is not of the size of its picture {sample.file}")

    def read(self, sample: Sample) -> NDArray[np.uint8]:
        """The picture as ``uint8 (H, W, 3)`` RGB. Raises ``DataError`` for a file that is no image."""
        return np.ascontiguousarray(self._decode(sample, sample.file, cv2.IMREAD_COLOR)[..., ::-1])

    def read_mask(self, sample: Sample) -> NDArray[np.uint8] | None:
        """Where the finding is, ``uint8 (H, W)`` 0 or 255: nowhere in a healthy picture, ``None``
        where nobody drew it."""
        if sample.mask:
            drawn = self._decode(sample, sample.mask, cv2.IMREAD_GRAYSCALE)
            return np.asarray(np.where(drawn > 0, 255, 0), np.uint8)
        if is_healthy(sample):
            return np.zeros(self.read(sample).shape[:2], np.uint8)
        return None

    def read_lungs(self, sample: Sample) -> Lungs:
        """Where the lungs lie on the picture padded to a square; fitted at the first look."""
        key = sample.pack, sample.file
        squared = square_pad(self.read(sample))
        if key not in self._placed:
            self._placed[key] = place_lungs(squared)
        return self._placed[key].drawn(squared.shape[0])

    def _decode(self, sample: Sample, name: str, colours: int) -> NDArray[np.uint8]:
        content = self._bytes[sample.pack, name]
        image = cv2.imdecode(np.frombuffer(content, np.uint8), colours) if content else None
        if image is None:
            raise DataError(f"{name} in {sample.pack}.tar is not an image that can be decoded")
        return np.asarray(image, np.uint8)


def load_samples(model: str, folder: Path, names: Sequence[str] | None = None) -> list[Sample]:
    """Every row that teaches or tests ``model`` (``gate``, ``chest_xray`` or ``brain_mri``).

    ``names``: the classes to tell apart, where they are not the model's own. Raises ``DataError`` for a
    missing csv, an unknown label, an empty class, or a group that stands on two sides of the split.
    """
    known = tuple(names or class_names(model))
    samples = [_opened(sample, known) for sample in _LOADERS[model](folder)]
    _check(samples, known, folder)
    return samples


def class_names(model: str) -> tuple[str, ...]:
    return GATE_CLASSES if model == "gate" else CLASS_NAMES[model]


def is_healthy(sample: Sample) -> bool:
    """Whether it is a scan with no sign of disease."""
    return sample.labels == (HEALTHY.get(sample.pack),)


def targets(samples: Sequence[Sample], names: Sequence[str]) -> NDArray[np.float32]:
    """``float32 (N, classes)``: 1 for every class a sample may be."""
    return np.array([[float(name in sample.labels) for name in names] for sample in samples], np.float32)


def _brain_mri(folder: Path) -> list[Sample]:
    return [
        _sample(row, "brain_mri", (row["finding"] or "no_tumor",))
        for row in _rows(folder / "brain_mri.csv", ("file", "source", "finding", "split", "group"))
    ]


def _chest_xray(folder: Path) -> list[Sample]:
    return [
        _sample(row, "chest_xray", (row["finding"],))
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
        mask=row.get("mask", ""),
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


def _opened(sample: Sample, names: Sequence[str]) -> Sample:
    """Pneumonia of unknown cause as the set of its kinds, where the classes are kinds."""
    if sample.labels != (OPEN_CAUSE,) or OPEN_CAUSE in names:
        return sample
    return replace(sample, labels=OPEN_KINDS, stratum=f"{sample.source}:{'|'.join(OPEN_KINDS)}")


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
