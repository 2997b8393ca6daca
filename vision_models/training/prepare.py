"""Turns somebody's own images into what ``train`` reads: a pack, or folders."""

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vision_models.image_io import MIN_SIDE, ImageError, decode, read_file
from vision_models.training.data import DataError
from vision_models.training.grouping import Look, group_alike, look_of, side
from vision_models.training.labelled import Found, Labelled, from_folders, from_table, known_classes
from vision_models.training.writers import SPLITS, FolderWriter, PackWriter, Row, Writer

#: The source's name where a table is given: what the packs and the recipes call these images.
TABLE_SOURCE = "nih_chestxray14"
JPEG_QUALITY = 95
#: How far the channels of a pixel may differ in a picture that is grey: what chroma subsampling leaves.
GREY_TOLERANCE = 12
LARGEST_SIZE = 2048
#: Images in hand at once, so that converted ones do not pile up in memory.
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Order:
    """What to prepare; each field is the option of that name.

    ``table``: ``None`` where folders are the classes. ``name``: what to call the source; empty means
    ``nih_chestxray14`` with a table, else the name of the folder ``source``. ``age_group``: empty means
    unknown. ``group_by``: ``None`` groups by looks. ``size``: pixels of the shorter side; a smaller
    image keeps its size.
    """

    model: str
    source: Path
    out: Path
    table: Path | None = None
    finding: str = "Pneumonia"
    name: str = ""
    age_group: str = ""
    any_class: bool = False
    group_by: str | None = None
    folders: bool = False
    size: int = 224
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What came of an order: ``counts`` of the new images by class and split, ``left_out`` by reason,
    ``before`` how many were there already, ``path`` where all of them are now."""

    path: Path
    before: int
    counts: Mapping[str, Counter[str]]
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The table that is printed, and what the reader must know beyond it."""
        width = max(len(name) for name in (*self.counts, "class"))
        lines = [f"{'class':<{width}}" + "".join(f"{split:>12}" for split in SPLITS)]
        for name, counts in sorted(self.counts.items()):
            lines.append(f"{name:<{width}}" + "".join(f"{counts[split]:>12}" for split in SPLITS))
        lines += [f"left out: {_reasons(self.left_out)}"] if self.left_out else []
        if self.unknown:
            lines.append(f"other than the model's classes: {', '.join(self.unknown)} (see train --classes)")
        total = sum(counts.total() for counts in self.counts.values())
        added = f", added to {self.before}" if self.before else ""
        return "\n".join([*lines, f"{total} images{added}: {self.path}"])


def prepare(order: Order) -> Prepared:
    """Reads, scales, groups and splits the images of ``order.source`` and writes them to ``order.out``.

    An interrupted run leaves what was there. Raises ``DataError`` for what cannot be prepared: a wrong
    option, unknown classes, no image that can be read, a class without training image, a file name that
    the pack already holds.
    """
    _check(order)
    found = _find(order)
    left_out = Counter(found.left_out)
    with FolderWriter(order.out) if order.folders else PackWriter(order.out, order.model) as writer:
        rows, looks = _write(order, found.images, writer, left_out)
        if not rows:
            raise DataError(f"no image of {order.source} can be read: {_reasons(left_out) or 'it has none'}")
        if looks:
            rows = _group_by_looks(rows, looks, writer, left_out)
        _split(rows, writer.rows, order.seed)
        _check_classes(rows, writer.rows)
        path = writer.finish(rows)
        before = len(writer.rows)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["finding"]][row["split"]] += 1
    known = known_classes(order.model)
    return Prepared(path, before, counts, left_out, tuple(sorted(set(counts) - set(known))))


def convert(content: bytes | None, size: int) -> bytes:
    """Any image that serving reads as a JPEG whose shorter side has ``size`` pixels, or fewer where it
    had fewer; grey unless it has colour. Raises ``ImageError``."""
    image = decode(content, enough=None)
    scale = size / min(image.shape[:2])
    if scale < 1:
        height, width = (max(size, round(scale * length)) for length in image.shape[:2])
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    pixels = image[..., ::-1] if _has_colour(image) else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(encoded)


def _check(order: Order) -> None:
    if not order.source.is_dir():
        raise DataError(f"{order.source} is not a folder: SOURCE must hold the images")
    if order.out.resolve().is_relative_to(order.source.resolve()):
        raise DataError(f"{order.out} is inside {order.source}: OUT must be elsewhere")
    if not MIN_SIDE <= order.size <= LARGEST_SIZE:
        raise DataError(f"--size is {order.size}, expected {MIN_SIDE} to {LARGEST_SIZE} pixels")
    if order.table and order.model != "chest_xray":
        raise DataError(f"--table is of chest X-rays, MODEL is {order.model}: give folders of classes")
    if order.table and order.group_by is not None:
        raise DataError("--group-by is for folders of classes: a table names its patients")


def _find(order: Order) -> Found:
    if order.table:
        return from_table(order.source, order.table, order.finding, order.age_group)
    return from_folders(order.model, order.source, order.any_class, order.age_group, order.group_by)


def _source_name(order: Order) -> str:
    name = order.name or (TABLE_SOURCE if order.table else order.source.resolve().name)
    return re.sub(r"[^\w.-]", "_", name).strip(".") or "own"


def _write(
    order: Order, images: Sequence[Labelled], writer: Writer, left_out: Counter[str]
) -> tuple[list[Row], list[Look]]:
    """The rows of the images that could be read, without a split, and the looks of those without group."""
    source, rows, looks = _source_name(order), [], []
    converted = tqdm(_converted(images, order.size), "prepare", len(images), unit="image")
    for image, (sha256, jpeg) in zip(images, converted, strict=True):
        if isinstance(jpeg, str):
            left_out[jpeg] += 1
            continue
        file = f"{source}/{image.finding}/{image.name}.jpg"
        writer.add(file, jpeg)
        row = {"file": file, "source": source, "finding": image.finding, "age_group": image.age_group}
        rows.append(row | {"split": "", "group": image.group, "published_split": ""})
        if not image.group:
            looks.append(look_of(jpeg, sha256))
    return rows, looks


def _converted(images: Sequence[Labelled], size: int) -> Iterator[tuple[str, bytes | str]]:
    """For each image, in order, the hash of its file, and its JPEG or the reason why there is none."""

    def one(image: Labelled) -> tuple[str, bytes | str]:
        content = read_file(image.path)
        try:
            return hashlib.sha256(content or b"").hexdigest(), convert(content, size)
        except ImageError as error:
            return "", error.reason

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(images), CHUNK):
            yield from pool.map(one, images[start : start + CHUNK])


def _has_colour(image: NDArray[np.uint8]) -> bool:
    return int((image.max(axis=2) - image.min(axis=2)).max()) > GREY_TOLERANCE


def _group_by_looks(
    rows: Sequence[Row], looks: Sequence[Look], writer: Writer, left_out: Counter[str]
) -> list[Row]:
    """The rows with their groups. Those like images that were there join them on their side, and their
    group where it is of the same source; those like images on two sides are left out."""
    there = list(_looks_there(writer))
    members: dict[int, list[int]] = defaultdict(list)
    for index, first in enumerate(group_alike([*(look for _, look in there), *looks])):
        members[first].append(index)
    placed: dict[int, Row] = {}
    for indices in members.values():
        old = [there[index][0] for index in indices if index < len(there)]
        new = [index - len(there) for index in indices if index >= len(there)]
        sides = {row["split"] for row in old}
        if new and len(sides) > 1:
            left_out["like images on two sides of the split"] += len(new)
        elif new:
            own = f"alike-{min(looks[index].sha256 for index in new)[:16]}"
            named = [row["group"] for row in old if row["source"] == rows[new[0]]["source"] and row["group"]]
            group = {"group": (named or [own])[0], "split": "".join(sides)}
            placed.update((index, rows[index] | group) for index in new)
    return [placed[index] for index in sorted(placed)]


def _looks_there(writer: Writer) -> Iterator[tuple[Row, Look]]:
    total = len(writer.rows)
    for row, content in tqdm(writer.pictures(), "compare", total, unit="image", disable=not total):
        try:
            yield row, look_of(content)
        except ValueError as error:
            raise DataError(f"{row['file']}, which the pack holds, is {error}") from error


def _split(rows: Sequence[Row], there: Sequence[Row], seed: int) -> None:
    """Gives each row its side; a group that was there keeps the one it has."""
    sides = {(row["source"], row["group"]): row["split"] for row in there if row["group"]}
    for row in rows:
        known = sides.get((row["source"], row["group"]))
        row["split"] = known or row["split"] or side(row["group"], seed)


def _check_classes(rows: Sequence[Row], there: Sequence[Row]) -> None:
    # In the brain_mri pack a finding left empty means no tumor.
    taught = {row["finding"] or "no_tumor" for row in (*there, *rows) if row["split"] == "train"}
    for finding in sorted({row["finding"] for row in rows} - taught):
        groups = [row["group"] for row in rows if row["finding"] == finding]
        what = f"{len(groups)} images of class {finding} in {len(set(groups))} groups"
        raise DataError(f"{what}, and none falls on the training side: give more, or another --seed")


def _reasons(left_out: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
