"""Images as somebody has them, before ``prepare``; and how a test runs it."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import Pixels, encoded
from vision_models.__main__ import main

HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)


def scene(seed: int, height: int = 80, width: int = 64) -> Pixels:
    """A soft grey pattern; another seed looks unlike it."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5), dtype=np.uint8)
    grey = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.repeat(grey[..., None], 3, axis=2)


def write_images(folder: Path, seeds: Sequence[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"{seed}.png").write_bytes(encoded(scene(seed)))


def own_chest(folder: Path, count: int = 20, start: int = 0) -> Path:
    """Class folders of all chest classes, each named in another way."""
    for number, name in enumerate(
        ("NORMAL", "bacterial_pneumonia", "Viral Pneumonia", "covid-19", "pneumonia")
    ):
        write_images(folder / name, range(start + 100 * number, start + 100 * number + count))
    return folder


def own_nih(folder: Path, rows: Sequence[str]) -> Path:
    """The NIH's folders and table; ``rows`` are ``labels,patient,age``, an image each."""
    lines = [HEADER]
    for number, row in enumerate(rows):
        labels, patient, age = row.split(",")
        name = f"{int(patient):08}_{number:03}.png"
        place = folder / f"images_{number % 3:03}" / "images"
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(encoded(scene(number), mode="L"))
        lines.append(f"{name},{labels},0,{patient},{age},M,PA,2682,2749,0.143,0.143")
    (folder / "Data_Entry_2017.csv").write_text("\n".join(lines))
    return folder


def read_rows(out: Path, pack: str = "chest_xray") -> list[dict[str, str]]:
    with (out / f"{pack}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: object) -> int:
    return main(["prepare", *map(str, arguments)])


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence that a wrong order gets."""
    capsys.readouterr()
    assert run(*arguments) == 2
    *_, sentence = capsys.readouterr().err.strip().splitlines()
    assert "Traceback" not in sentence
    return sentence.rsplit("\r", 1)[-1]
