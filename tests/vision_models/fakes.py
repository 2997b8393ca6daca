"""Stand-ins for the networks and the files: the same answer to the same picture, no weights."""

import csv
import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from vision_models.analysis import CLASS_NAMES
from vision_models.analyzer import Analyzer
from vision_models.card import Card
from vision_models.gate import Gate
from vision_models.runtime import Output
from vision_models.training.data import GATE_CLASSES, Sample

#: Thresholds under which no picture is unlike, and every map holds.
OPERATING_POINT = {
    "accept": 0.5,
    "kind": 0.7,
    "uncertain_low": 0.35,
    "uncertain_high": 0.65,
    "energy": -1e9,
    "map_drop": -1.0,
}
#: What only a card has whose network outlines the finding itself.
REGION_POINT = {"region": 0.5, "region_seen": 0.9}
MAP_SIDE = 7

Pixels = NDArray[np.uint8]


def make_card(name: str, image_size: int = 64, **changes: Any) -> Card:
    """A card as ``load_card`` gives it; every class may stand in a prediction set from 0.2 up."""
    names = GATE_CLASSES if name == "gate" else CLASS_NAMES[name]
    facts: dict[str, Any] = {
        "name": name,
        "version": "0.0.0",
        "class_names": names,
        "image_size": image_size,
        "contrast": name != "gate",
        "weights": Path("nowhere") / "weights.tflite",
        "sha256": "0" * 64,
        "quantiles": dict.fromkeys(names, 0.8),
        "operating_point": OPERATING_POINT | (REGION_POINT if name == "brain_mri" else {}),
    }
    return Card(**facts | changes)


def logits_of(card: Card, probabilities: Mapping[str, float]) -> NDArray[np.float32]:
    """Logits that the card's calibration turns into ``probabilities``; classes left out are next to 0."""
    shares = np.array([max(probabilities.get(name, 0.0), 1e-9) for name in card.class_names])
    return np.asarray(np.log(shares) * card.temperature, np.float32)


class FakeNetwork:
    """Answers with the probabilities that ``answer`` gives for a picture, and counts its calls.

    The map of class ``i`` is highest in row ``i``, at the left for the first class, at the right for others.
    What it says of any picture beside that: ``region``, ``float32 (S/4, S/4)``, and ``other``, the logit of
    a sign of another disease; ``None`` for a network that did not learn them.
    """

    def __init__(
        self,
        card: Card,
        answer: Callable[[Pixels], Mapping[str, float]],
        region: NDArray[np.float32] | None = None,
        other: float | None = None,
    ) -> None:
        self.card = card
        self.region, self.other = region, other
        self._answer = answer
        self.seen: list[Pixels] = []

    def __call__(self, picture: Pixels) -> Output:
        size = self.card.image_size
        assert picture.shape == (size, size, 3)
        assert picture.dtype == np.uint8
        self.seen.append(picture.copy())
        maps = np.zeros((MAP_SIDE, MAP_SIDE, len(self.card.class_names)), np.float32)
        for index in range(maps.shape[2]):
            maps[min(2 * index, MAP_SIDE - 1), 0 if index == 0 else MAP_SIDE - 1, index] = 1.0
        logits = logits_of(self.card, self._answer(picture))
        return Output(logits, maps, np.zeros(1280, np.float32), self.region, self.other)


def region_of(card: Card, rows: slice, columns: slice, share: float = 1.0) -> NDArray[np.float32]:
    """A region map with ``share`` in those cells and nothing elsewhere."""
    cells = card.image_size // 4
    region = np.zeros((cells, cells), np.float32)
    region[rows, columns] = share
    return region


def by_brightness(picture: Pixels) -> Mapping[str, float]:
    """The fake gate's eye: dark is a brain MRI, middling a chest film, bright a photo. Bars do not count."""
    mean = picture[picture > 0].mean()
    seen = "brain_mri" if mean < 80 else "chest_xray" if mean < 160 else "photo"
    return {seen: 0.9, "scene": 0.1}


DARK, MIDDLING, BRIGHT = 50, 120, 200

CHEST_ANSWER = {"normal": 0.05, "bacterial_pneumonia": 0.9, "viral_pneumonia": 0.04, "covid19": 0.01}
BRAIN_ANSWER = {"no_tumor": 0.02, "glioma": 0.9, "meningioma": 0.06, "pituitary_tumor": 0.02}


class FakeAnalyzer(Analyzer):
    """The real analyzer on fake networks, which stay within reach: ``gate_network``, ``networks``."""

    def __init__(self) -> None:
        self.gate_network = FakeNetwork(make_card("gate", 48), by_brightness)
        self.networks = {
            "chest_xray": FakeNetwork(make_card("chest_xray"), lambda _: CHEST_ANSWER),
            "brain_mri": FakeNetwork(make_card("brain_mri"), lambda _: BRAIN_ANSWER),
        }
        super().__init__(Gate(self.gate_network), self.networks)


def picture(mean: int = MIDDLING, height: int = 64, width: int = 64, seed: int = 0) -> Pixels:
    """A grey texture of about that mean, ``uint8 (H, W, 3)``."""
    grain = np.random.default_rng(seed).integers(-40, 41, (height, width, 1))
    return np.repeat(np.clip(mean + grain, 0, 255), 3, axis=2).astype(np.uint8)


#: Of the same lightness as grey 150, and of a colour that no other part of a drawn picture has.
LESION = (190, 130, 130)


def brain_slice(
    seed: int = 0, height: int = 72, width: int = 60, mean: int = 90, lesion: bool = True
) -> tuple[Pixels, NDArray[np.uint8]]:
    """A head in black air, ``uint8 (H, W, 3)``, and the mask ``uint8 (H, W)`` of its lesion.

    The lesion is a disc in the upper left, at a place of the seed's own, and reddish, so that a test can
    follow it through what moves and mixes pictures.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    head = ((y - height / 2) / (0.46 * height)) ** 2 + ((x - width / 2) / (0.46 * width)) ** 2 < 1
    grain = rng.integers(-8, 9, (height, width))
    image = np.repeat(np.where(head, mean + grain, 0)[..., None], 3, axis=2).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    if lesion:
        row, column = rng.uniform(0.25, 0.4, 2) * (height, width)
        mask[np.hypot(y - row, x - column) < 0.12 * min(height, width)] = 255
        image[mask > 0] = LESION
    return image, mask


def redness(image: Pixels) -> NDArray[np.int_]:
    """How much redder than grey, ``(H, W)``: 60 in the lesion of a ``brain_slice``, 0 elsewhere."""
    return image[..., 0].astype(int) - image[..., 1]


def encoded(pixels: NDArray[Any], form: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    """The array as a file's bytes; ``mode`` converts first (``P``, ``CMYK`` …)."""
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, form, **options)
    return buffer.getvalue()


def dicom(pixels: NDArray[Any], photometric: str = "MONOCHROME2", **tags: Any) -> bytes:
    """A DICOM file of ``(H, W)``, ``(frames, H, W)`` or RGB ``(H, W, 3)`` with more ``tags``."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = tags.pop("TransferSyntaxUID", ExplicitVRLittleEndian)
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    colour = photometric == "RGB"
    if pixels.ndim == 3 and not colour:
        dataset.NumberOfFrames = pixels.shape[0]
    dataset.Rows, dataset.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    dataset.SamplesPerPixel = 3 if colour else 1
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def make_sample(labels: Sequence[str] = ("normal",), **changes: Any) -> Sample:
    facts: dict[str, Any] = {
        "file": "a.png",
        "pack": "chest_xray",
        "source": "kermany",
        "labels": tuple(labels),
        "split": "test",
        "group": "1",
        "age_group": "",
        "published_split": "",
        "stratum": "kermany:normal",
    }
    return Sample(**facts | changes)


def write_pack(
    folder: Path, pack: str, rows: Sequence[Mapping[str, str]], images: Mapping[str, bytes] | None = None
) -> None:
    """``<pack>.csv`` of ``rows`` beside ``<pack>.tar`` of ``images``.

    Without ``images``: a small texture for each row, or a drawn head and its mask where rows have masks.
    """
    with (folder / f"{pack}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    if images is None:
        images = _drawn(rows)
    with tarfile.open(folder / f"{pack}.tar", "w") as archive:
        for name, content in images.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _drawn(rows: Sequence[Mapping[str, str]]) -> dict[str, bytes]:
    images = {}
    for number, row in enumerate(rows):
        if "mask" not in row:
            images[row["file"]] = encoded(picture(90 + number, 40, 52, number))
            continue
        slice_, mask = brain_slice(number, lesion=row["finding"] != "")
        images[row["file"]] = encoded(slice_)
        if row["mask"]:
            images[row["mask"]] = encoded(mask)
    return images


def chest_rows() -> list[dict[str, str]]:
    """Two images of each class to train on, one to validate and one to test."""
    rows = []
    for finding in CLASS_NAMES["chest_xray"]:
        for number, split in enumerate(("train", "train", "validation", "test")):
            rows.append(_row(f"{finding}/{number}.png", "kermany", finding, split))
    rows.append(_row("nih/0.png", "nih_chestxray14", "pneumonia", "train"))
    return rows


def brain_rows() -> list[dict[str, str]]:
    """The same for brain MRI; ``no_tumor`` is an empty finding, as in the pack.

    Somebody drew every tumor but the second of each kind.
    """
    rows = []
    for finding in CLASS_NAMES["brain_mri"]:
        for number, split in enumerate(("train", "train", "validation", "test")):
            file, tumor = f"{finding}/{number}.png", finding != "no_tumor"
            row = _row(file, "nickparvar", finding if tumor else "", split)
            rows.append(row | {"mask": f"masks/{file}" if tumor and number != 1 else ""})
    return rows


def other_rows() -> list[dict[str, str]]:
    """What is no scan, one image of each kind and split."""
    return [
        {"file": f"{kind}/{split}.png", "source": "web", "kind": kind, "split": split}
        for kind in GATE_CLASSES[2:]
        for split in ("train", "validation", "test")
    ]


def _row(file: str, source: str, finding: str, split: str) -> dict[str, str]:
    return {"file": file, "source": source, "finding": finding, "split": split, "group": file}
