"""On drawn heads and chests, in packs of their own; the real packs are not needed."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.vision_models.fakes import write_pack
from vision_models.training import synthesize as module
from vision_models.training.data import DataError
from vision_models.training.synthesize import CHOICES, Candidate, blend, correlation, look_alikes, synthesize

SIDE = 96
PERSONS = 7


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.setNumThreads(1)
    monkeypatch.setattr(module, "SIDE", SIDE)


def body(person: int, lesion: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A bright ellipse full of a texture that is one person's own, and the mask of its light spot."""
    rng = np.random.default_rng(person)
    image, mask = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(image, (48, 48), (int(rng.integers(33, 38)), 42), 0, 0, 360, 110, -1)
    image *= 0.3 + 1.1 * module._clouds(rng, (SIDE, SIDE), 12)
    cv2.circle(
        mask, (int(rng.integers(56, 62)), int(rng.integers(38, 44))), int(rng.integers(8, 11)), 255, -1
    )
    if lesion:
        image[mask > 0] = 235
    return image.astype(np.uint8), mask


def candidate(person: int, group: str | None = None, mirrored: bool = False) -> Candidate:
    image, lesion = (layer.astype(np.float32) / 255 for layer in body(person, lesion=True))
    if mirrored:
        image, lesion = image[:, ::-1].copy(), lesion[:, ::-1].copy()
    return Candidate(group or str(person), image, lesion)


def png(image: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


@pytest.fixture
def folder(tmp_path):
    for pack in ("chest_xray", "brain_mri"):
        rows, images = [], {}
        for number, (finding, choice) in enumerate(CHOICES.items()):
            for person in range(PERSONS) if choice.modality == pack else ():
                name = f"{finding}/{person}.png"
                image, mask = body(100 * number + person, choice.masked)
                images[name] = png(image)
                row = {"file": name, "source": choice.source, "finding": finding, "split": "train"}
                row |= {"group": name, "mask": f"mask/{name}" if choice.masked else ""}
                if choice.masked:
                    images[row["mask"]] = png(mask)
                rows.append(row)
        write_pack(tmp_path, pack, rows, images)
    return tmp_path


def test_a_picture_for_each_finding_and_two_to_refuse(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_CORRELATION", 0.99)  # drawn people differ less than real ones
    written = synthesize(folder, tmp_path / "out", seed=1)
    assert [path.stem for path in written] == [*CHOICES, "photo", "document"]
    assert capsys.readouterr().out.count("highest correlation") == len(CHOICES)
    for path in written:
        with Image.open(path) as picture:
            assert "nobody" in picture.text["Synthetic"] or "no real" in picture.text["Synthetic"]
            assert picture.mode == ("RGB" if path.stem == "photo" else "L")
        assert path.stat().st_size < 120_000


def test_the_same_seed_makes_the_same_picture():
    sources = [candidate(person) for person in range(6)]
    assert np.array_equal(blend(sources, 3), blend(sources, 3))
    assert not np.array_equal(blend(sources, 3), blend(sources, 4))


def test_the_lesion_outlives_the_average():
    picture = blend([candidate(person) for person in range(6)], 0)
    assert picture.dtype == np.float32
    assert picture.shape == (SIDE, SIDE)
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture[36:46, 54:64].mean() > 1.5 * picture[36:46, 30:40].mean()


def test_what_only_one_source_shows_is_gone():
    sources = [candidate(person) for person in range(6)]
    sources[2].image[4:10, 4:10] = 1.0
    assert blend(sources, 0)[4:10, 4:10].max() < 0.2


def test_look_alikes_are_of_different_groups_and_of_different_people():
    people = [candidate(person) for person in range(6)]
    again = [candidate(1, group="1"), candidate(0, group="copy"), candidate(2, group="mirror", mirrored=True)]
    chosen = look_alikes(people + again, 6, (0, 0))
    assert len({c.group for c in chosen}) == 6
    for number, one in enumerate(chosen):
        for other in chosen[number + 1 :]:
            assert not np.array_equal(one.image, other.image)
            assert not np.array_equal(one.image, other.image[:, ::-1])


def test_too_few_people_are_an_error():
    with pytest.raises(DataError, match="found 2 groups of look-alikes, expected at least 6"):
        look_alikes([candidate(0), candidate(1)], 6, (0, 0))


def test_a_picture_too_like_one_source_is_an_error(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_CORRELATION", 0.1)
    with pytest.raises(DataError, match=r"normal has correlation .* with one source, expected at most 0\.1"):
        synthesize(folder, tmp_path / "out", seed=0)
    assert list((tmp_path / "out").iterdir()) == []


def test_correlation():
    ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    assert correlation(ramp, 0.5 * ramp + 0.2) == pytest.approx(1)
    assert correlation(ramp, 1 - ramp) == pytest.approx(-1)
    assert correlation(ramp, np.zeros_like(ramp)) == 0
