import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision_models.fakes import FakeNetwork, brain_slice, encoded, make_card, redness, write_pack
from tests.vision_models.training.test_lungs import drawn_film
from vision_models.analysis import CLASS_NAMES
from vision_models.card import ModelError, update_card
from vision_models.preprocess import enhance, prepare
from vision_models.training import probes
from vision_models.training.data import DataError
from vision_models.training.lookalikes import LOOKALIKES
from vision_models.training.lungs import lung_mask
from vision_models.training.probes import ALTERATIONS, fill, head_mask, hide_brain, probe

Pixels = NDArray[np.uint8]
Answer = Callable[[Pixels], Mapping[str, float]]
SIZE = 64
NORMAL, ILL = {"normal": 1.0}, {"bacterial_pneumonia": 0.97, "normal": 0.03}
MARK = 12


def chest_pack(folder: Path) -> Path:
    """Films; the ill ones have a white lung and, in the corners where hospitals mark theirs, a white
    square. One of each class to test on."""
    rows, images = [], {}
    for finding in CLASS_NAMES["chest_xray"]:
        for number, split in enumerate(("train", "validation", "test")):
            file = f"{finding}/{number}.png"
            ill = finding != "normal"
            film, *_ = drawn_film(SIZE, 0.01 * number, white="left" if ill else "")
            film[: MARK // 2, :MARK] = film[: MARK // 2, -MARK:] = 255 if ill else 0
            rows.append(dict(zip(("file", "source", "finding"), (file, "kermany", finding), strict=True)))
            rows[-1] |= {"split": split, "group": file}
            images[file] = encoded(film)
    write_pack(folder, "chest_xray", rows, images)
    return folder


def probed(data: Path, folder: Path, answer: Answer, **changes: Any) -> dict[str, Any]:
    network = FakeNetwork(make_card("chest_xray", SIZE, **changes), answer)
    return probe("chest_xray", data, folder, network)


def value(figure: Mapping[str, float]) -> tuple[float, float]:
    return figure["value"], figure["n"]


def by_mark(picture: Pixels) -> Mapping[str, float]:
    """A network that learnt the hospital's mark in the corner instead of the disease."""
    return ILL if picture[: MARK // 2, :6].mean() > 200 else NORMAL


def by_lungs(picture: Pixels) -> Mapping[str, float]:
    """One that compares the lungs, whatever is around them."""
    rows = slice(SIZE * 4 // 10, SIZE * 6 // 10)
    left, right = picture[rows, 16:23].mean(), picture[rows, 42:49].mean()
    return ILL if left > right + 20 else NORMAL


def test_what_is_learnt_outside_the_lungs_stays_when_they_are_hidden(tmp_path: Path) -> None:
    data = chest_pack(tmp_path)
    mark, lungs = probed(data, tmp_path, by_mark), probed(data, tmp_path, by_lungs)
    for figures in (mark, lungs):
        assert figures["plain_auroc"] == figures["plain_kermany_auroc"] == 1.0
        # Bacterial, and normal, of four classes.
        assert value(figures["plain_accuracy"]) == (0.5, 4)
        assert value(figures["lungs_found"]) == (1.0, 4)
    assert mark["lungs_hidden_auroc"] == lungs["lungs_only_auroc"] == 1.0
    assert mark["lungs_only_auroc"] == lungs["lungs_hidden_auroc"] == 0.5
    assert value(lungs["lungs_hidden_accuracy"]) == (0.25, 4)


def test_what_a_drawn_sign_changes(tmp_path: Path) -> None:
    data = chest_pack(tmp_path)
    known: set[bytes] = set()

    def answer(picture: Pixels) -> Mapping[str, float]:
        """Healthy is what was shown first; what was changed since is ill."""
        if len(known) < 4:
            known.add(picture.tobytes())
        return NORMAL if picture.tobytes() in known else ILL

    figures = probed(data, tmp_path, answer)
    assert value(figures["untouched_reassured"]) == (1.0, 1)
    for name in LOOKALIKES:
        assert value(figures[f"{name}_reassured"]) == (0.0, 1)
        assert value(figures[f"{name}_called_ill"]) == (1.0, 1)


def test_the_outcomes_are_those_of_serving(tmp_path: Path) -> None:
    data = chest_pack(tmp_path)
    either = probed(data, tmp_path, lambda _: {"normal": 0.5, "covid19": 0.5})
    assert value(either["untouched_abstained"]) == (1.0, 1)
    assert either["mass_reassured"]["value"] == either["mass_called_ill"]["value"] == 0
    # A reading that a mirrored copy does not survive is left open.
    calls = iter(range(10**6))
    calm, ill = {"normal": 0.72, "covid19": 0.28}, {"normal": 0.45, "covid19": 0.55}
    answers = (calm, ill, calm)
    point = make_card("chest_xray").operating_point | {"uncertain_low": 0.45, "uncertain_high": 0.55}
    flip = probed(data, tmp_path, lambda _: answers[next(calls) % 3], quantiles={}, operating_point=point)
    assert flip["effusion_abstained"]["value"] == 1.0


def test_clahe_comes_last_and_is_left_out_once(tmp_path: Path) -> None:
    data = chest_pack(tmp_path)
    network = FakeNetwork(make_card("chest_xray", SIZE), lambda _: NORMAL)
    probe("chest_xray", data, tmp_path, network)
    film, *_ = drawn_film(SIZE, 0.02)
    film[: MARK // 2, :MARK] = film[: MARK // 2, -MARK:] = 0
    seen = [picture.tobytes() for picture in network.seen]
    assert seen.count(film.tobytes()) == 1
    # Plain, and untouched among the healthy.
    assert seen.count(enhance(film).tobytes()) == 2
    assert all(seen.count(enhance(alter(film)).tobytes()) == 1 for alter in ALTERATIONS.values())


def test_the_sample_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = chest_pack(tmp_path)
    monkeypatch.setattr(probes, "PICTURES", 3)
    shown = []
    for _ in range(2):
        network = FakeNetwork(make_card("chest_xray", SIZE), lambda _: NORMAL)
        figures = probe("chest_xray", data, tmp_path, network)
        assert figures["plain_accuracy"]["n"] == 3
        shown.append([picture.tobytes() for picture in network.seen])
    assert shown[0] == shown[1]


def test_written_into_the_card_beside_the_rest(tmp_path: Path) -> None:
    update_card("chest_xray", "figures", {"accuracy": 0.9}, tmp_path)
    figures = probed(chest_pack(tmp_path), tmp_path, by_mark)
    written = tomllib.loads((tmp_path / "chest_xray" / "card.toml").read_text(encoding="utf-8"))
    assert written["figures"] == {"accuracy": 0.9}
    assert written["probes"] == figures


def test_brain(packs: Path, tmp_path: Path) -> None:
    def by_lesion(picture: Pixels) -> Mapping[str, float]:
        return {"glioma": 1.0} if redness(picture).max() > 30 else {"no_tumor": 1.0}

    network = FakeNetwork(make_card("brain_mri", SIZE), by_lesion)
    figures = probe("brain_mri", packs, tmp_path, network)
    assert value(figures["plain_accuracy"]) == (0.5, 4)
    assert figures["plain_auroc"] == 1.0
    assert value(figures["brain_hidden_accuracy"]) == (0.25, 4)
    assert figures["brain_hidden_auroc"] == 0.5
    assert not any(name.startswith(("lungs", "effusion", "untouched")) for name in figures)


def test_nothing_to_ask(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="calibrate chest_xray"):
        probed(packs, tmp_path, by_mark, operating_point={})
    table = packs / "chest_xray.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",test,", ",train,"), encoding="utf-8")
    with pytest.raises(DataError, match="no image of chest_xray has split 'test'"):
        probed(packs, tmp_path, by_mark)


def test_hiding_the_lungs_changes_only_the_lungs() -> None:
    film, *_ = drawn_film()
    hidden = lung_mask(film) > 0
    filled = fill(film, hidden)
    np.testing.assert_array_equal(filled[~hidden], film[~hidden])
    assert (filled[hidden] == np.rint(film[~hidden].mean())).all()
    assert abs(int(fill(film, hidden, own=True)[hidden][0, 0]) - 75) < 15
    for everything in (np.ones_like(hidden), np.zeros_like(hidden)):
        np.testing.assert_array_equal(fill(film, everything), film)


def test_hiding_the_brain_keeps_the_outline_of_the_head() -> None:
    image, _ = brain_slice(1, 120, 100)
    picture = prepare(image, 128, contrast=False)
    hidden = hide_brain(picture)
    assert redness(picture).max() > 30
    changed = (hidden != picture).any(axis=2)
    head = head_mask(picture) > 0
    assert abs(head.mean() - (picture[..., 0] > 40).mean()) < 0.04
    assert not changed[~head].any()
    assert 0.6 < changed.sum() / head.sum() < 0.95
    inner = cv2.erode(head.astype(np.uint8), np.ones((29, 29), np.uint8)) > 0
    assert np.ptp(hidden[inner], axis=0).max() == 0
    np.testing.assert_array_equal(hide_brain(np.full((32, 32, 3), 90, np.uint8)), 90)


@pytest.mark.parametrize("name", ["denoised_nlm", "denoised_median", "jpeg_quality_30", "half_resolution"])
def test_alterations_take_fine_grain_away(name: str) -> None:
    rng = np.random.default_rng(0)
    grey = np.clip(120 + rng.normal(0, 4, (96, 96, 1)), 0, 255).astype(np.uint8)
    picture = np.repeat(grey, 3, axis=2)
    altered = ALTERATIONS[name](picture)
    assert (altered.shape, altered.dtype) == (picture.shape, np.uint8)
    assert altered.std() < 0.8 * picture.std()
    assert abs(altered.mean() - picture.mean()) < 2


def test_an_inverted_film_is_the_negative() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    np.testing.assert_array_equal(ALTERATIONS["inverted"](picture), 255 - picture)


def test_a_photograph_is_tilted_and_the_same_each_time() -> None:
    picture = np.zeros((96, 96, 3), np.uint8)
    picture[20:76, 20:76] = 200
    taken = ALTERATIONS["photographed"](picture)
    np.testing.assert_array_equal(taken, ALTERATIONS["photographed"](picture))
    assert (taken.shape, taken.dtype) == (picture.shape, np.uint8)
    assert (np.abs(taken.astype(int) - picture) > 40).any()
    assert abs(taken[40:56, 40:56].mean() - 200) < 45
