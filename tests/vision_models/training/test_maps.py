from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import (
    FakeNetwork,
    Pixels,
    encoded,
    make_card,
    make_sample,
    picture,
    write_pack,
)
from vision_models.analysis import CLASS_NAMES
from vision_models.card import MODEL_NAMES, Card, load_card
from vision_models.preprocess import prepare
from vision_models.runtime import Network, Output
from vision_models.training.data import ImageStore, Sample
from vision_models.training.maps import (
    STEPS,
    chance_drops,
    deletion_and_insertion,
    heat_of,
    map_drops,
    overlap,
    prepared,
    randomised_weights,
    regions_against_masks,
    shuffled,
)
from vision_models.training.measure import Measured

SIZE, CELLS, GRID = 64, 16, 8
NAMES = CLASS_NAMES["brain_mri"]


def square(top: int, left: int, side: int = 4) -> np.ndarray:
    mask = np.zeros((10, 10), bool)
    mask[top : top + side, left : left + side] = True
    return mask


@pytest.mark.parametrize(
    ("found", "drawn", "dice"),
    [
        (square(2, 2), square(2, 2), 1.0),
        (square(0, 0), square(5, 5), 0.0),
        (square(2, 2), square(2, 4), 0.5),
        (square(2, 2, 2), square(2, 2, 4), 0.4),  # 2 * 4 / (4 + 16)
        (square(2, 2), square(0, 0, 0), 0.0),
        (square(0, 0, 0), square(0, 0, 0), 1.0),
    ],
)
def test_overlap_by_hand(found: np.ndarray, drawn: np.ndarray, dice: float) -> None:
    assert overlap(found, drawn) == pytest.approx(dice)
    assert overlap(drawn, found) == pytest.approx(dice)


TUMOR = (slice(4, 8), slice(4, 10))
ELSEWHERE = (slice(11, 15), slice(11, 15))


def region(*parts: tuple[slice, slice]) -> np.ndarray:
    made = np.zeros((CELLS, CELLS), np.float16)
    for part in parts:
        made[part] = 1.0
    return made


def pointing(part: tuple[slice, slice], target: str) -> np.ndarray:
    """Class maps whose evidence for ``target`` is in the middle of the part."""
    made = np.zeros((GRID, GRID, 4), np.float16)
    row, column = ((side.start + side.stop) // 2 * GRID // CELLS for side in part)
    made[row, column, NAMES.index(target)] = 1.0
    return made


def test_the_map_that_is_measured_is_the_one_that_is_served() -> None:
    """Weighted by the outline, but for the healthy class."""
    for says, weighted in (("glioma", True), ("no_tumor", False)):
        whole = np.zeros((GRID, GRID, 4), np.float16)
        whole[..., NAMES.index(says)] = 1.0
        measured = Measured(
            samples=(make_sample((says,)),),
            logits=np.float32([4 * np.eye(4)[NAMES.index(says)]]),
            embeddings=np.zeros((1, 1280), np.float32),
            class_maps=whole[None],
            regions=region(TUMOR)[None],
        )
        heat = heat_of(measured, 0, make_card("brain_mri", SIZE))
        assert heat.shape == (SIZE, SIZE)
        assert heat[24, 28] == pytest.approx(1, abs=0.01)
        assert (heat[50, 50] < 0.05) == weighted


class Told:
    """Slices with one drawn tumor, and what a network says of each."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._rows = folder, list[tuple[Sample, np.ndarray, np.ndarray, np.ndarray]]()

    def add(
        self,
        outlined: tuple[tuple[slice, slice], ...],
        looked: tuple[slice, slice] = TUMOR,
        says: str = "glioma",
        source: str = "nickparvar",
        mask: bool = True,
    ) -> None:
        number = len(self._rows)
        file, drawn = f"{number}.png", f"masks/{number}.png" if mask else ""
        sample = make_sample(("glioma",), file=file, pack="brain_mri", source=source, mask=drawn)
        logits = np.float32(4 * np.eye(4)[NAMES.index(says)])
        self._rows.append((sample, logits, pointing(looked, says), region(*outlined)))

    def figures(self) -> dict[str, dict[str, float]]:
        samples = [row[0] for row in self._rows]
        files = {sample.file: encoded(picture(height=SIZE, width=SIZE)) for sample in samples}
        mask = encoded(np.kron(np.uint8(region(TUMOR) * 255), np.ones((SIZE // CELLS,) * 2, np.uint8)))
        write_pack(
            self._folder,
            "brain_mri",
            [{"file": sample.file} for sample in samples],
            files | {sample.mask: mask for sample in samples if sample.mask},
        )
        measured = Measured(
            samples=tuple(samples),
            logits=np.array([row[1] for row in self._rows]),
            embeddings=np.zeros((len(samples), 1280), np.float32),
            class_maps=np.array([row[2] for row in self._rows]),
            regions=np.array([row[3] for row in self._rows]),
        )
        store = ImageStore(self._folder, samples)
        return regions_against_masks(measured, make_card("brain_mri", SIZE), store)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_a_perfect_outline_and_a_map_on_the_tumor(told: Told) -> None:
    told.add((TUMOR,))
    told.add((TUMOR,), says="meningioma")
    figures = told.figures()
    assert figures["dice_nickparvar"]["value"] == pytest.approx(1, abs=0.01)
    assert figures["dice_nickparvar"]["n"] == 2
    for game in ("pointing_game_nickparvar", "pointing_game_outline_nickparvar"):
        assert (figures[game]["value"], figures[game]["n"]) == (1.0, 2)


def test_a_map_and_an_outline_that_miss(told: Told) -> None:
    told.add((ELSEWHERE,), looked=ELSEWHERE)
    figures = told.figures()
    assert figures["dice_nickparvar"]["value"] == 0
    assert figures["pointing_game_nickparvar"]["value"] == 0
    assert figures["pointing_game_outline_nickparvar"]["value"] == 0


def test_map_and_outline_are_judged_apart(told: Told) -> None:
    told.add((TUMOR,), looked=ELSEWHERE)
    figures = told.figures()
    assert figures["pointing_game_nickparvar"]["value"] == 0
    assert figures["pointing_game_outline_nickparvar"]["value"] == 1


def test_a_tumor_that_is_not_outlined_counts_as_nothing_found(told: Told) -> None:
    told.add((TUMOR,))
    told.add(())
    dice = told.figures()["dice_nickparvar"]
    assert dice["value"] == pytest.approx(0.5, abs=0.01)
    assert 0 <= dice["low"] < dice["value"] < dice["high"] <= 1


def test_a_tumor_called_healthy_plays_no_pointing_game(told: Told) -> None:
    told.add((TUMOR,))
    told.add((TUMOR,), looked=ELSEWHERE, says="no_tumor")
    figures = told.figures()
    assert figures["dice_nickparvar"]["n"] == 2
    game = figures["pointing_game_nickparvar"]
    assert (game["value"], game["n"]) == (1.0, 1)


def test_each_source_has_its_figures_and_slices_that_nobody_drew_have_none(told: Told) -> None:
    told.add((TUMOR,))
    told.add((ELSEWHERE,), source="lgg_flair")
    told.add((ELSEWHERE,), mask=False)
    told.add((ELSEWHERE,), source="elsewhere", mask=False)
    figures = told.figures()
    assert {name for name in figures if name.startswith("dice_")} == {"dice_nickparvar", "dice_lgg_flair"}
    assert figures["dice_nickparvar"]["value"] == pytest.approx(1, abs=0.01)
    assert figures["dice_nickparvar"]["n"] == figures["dice_lgg_flair"]["n"] == 1
    assert figures["dice_lgg_flair"]["value"] == 0


PATCH = (slice(16, 24), slice(40, 48))
CELL = (2, 5)


def lit(seed: int = 0) -> Pixels:
    """A dark slice with a bright patch."""
    made = picture(50, SIZE, SIZE, seed) // 2
    made[PATCH] = 230
    return made


class PatchNetwork:
    """Its probability of a glioma grows with the brightness of the patch; its map shows ``cell``."""

    def __init__(self, cell: tuple[int, int] = CELL) -> None:
        self.card: Card = make_card("brain_mri", SIZE)
        self._cell = cell

    def __call__(self, seen: Pixels, /) -> Output:
        share = float(np.clip((seen[PATCH].mean() - 40) / 180, 0.02, 0.95))
        rest = 1 - share
        logits = np.log(np.array([0.9 * rest, share, 0.05 * rest, 0.05 * rest], np.float32))
        evidence = np.zeros((GRID, GRID, 4), np.float32)
        evidence[(*self._cell, 1)] = 1.0
        return Output(logits, evidence, np.zeros(1280, np.float32))


@pytest.fixture
def slices() -> list[Pixels]:
    return [lit(seed) for seed in range(6)]


def test_a_map_on_what_counts_beats_a_random_order(slices: list[Pixels]) -> None:
    found = deletion_and_insertion(PatchNetwork(), slices)
    assert set(found) == {"deletion", "deletion_random", "insertion", "insertion_random"}
    assert found["deletion"] < found["deletion_random"] - 0.1
    assert found["insertion"] > found["insertion_random"] + 0.1
    assert all(0 <= value <= 1 for value in found.values())


def test_a_map_on_what_does_not_count_does_not(slices: list[Pixels]) -> None:
    """Nothing is known of what lies outside a map, so the rest of the picture must not go all at once."""
    found = deletion_and_insertion(PatchNetwork((7, 0)), slices)
    assert found["deletion"] > found["deletion_random"] - 0.1
    assert found["insertion"] < found["insertion_random"] + 0.1


def test_the_random_order_is_the_same_each_time(slices: list[Pixels]) -> None:
    assert deletion_and_insertion(PatchNetwork(), slices) == deletion_and_insertion(PatchNetwork(), slices)


def test_an_answer_that_depends_on_nothing_moves_on_no_curve() -> None:
    def always(_: Pixels) -> Mapping[str, float]:
        return {"glioma": 0.8, "no_tumor": 0.2}

    fake = FakeNetwork(make_card("brain_mri", SIZE), always)
    found = deletion_and_insertion(fake, [lit()])
    assert list(found.values()) == pytest.approx([0.8] * 4, abs=1e-3)
    assert map_drops(fake, [lit()]) == pytest.approx([0])


def test_the_picture_goes_step_by_step_also_where_the_map_is_empty() -> None:
    fake = FakeNetwork(make_card("brain_mri", SIZE), lambda _: {"glioma": 1.0})
    grain = picture(height=SIZE, width=SIZE)
    deletion_and_insertion(fake, [grain])
    curve = fake.seen[1 : STEPS + 2]  # the first look makes the map
    gone = [float(np.abs(seen.astype(int) - grain).mean()) for seen in curve]
    assert gone[0] == 0
    assert gone == sorted(gone)
    assert max(np.diff(gone)) < 0.35 * gone[-1]


def test_the_map_drops_more_than_chance(slices: list[Pixels]) -> None:
    network = PatchNetwork()
    drops, chance = map_drops(network, slices), chance_drops(network, slices)
    assert drops.shape == chance.shape == (6,)
    assert drops.min() > 1
    assert drops.min() > np.quantile(chance, 0.7)
    assert np.array_equal(chance, chance_drops(network, slices))
    assert not np.array_equal(chance, chance_drops(network, slices, seed=1))


def test_a_map_of_another_place_drops_nothing(slices: list[Pixels]) -> None:
    assert map_drops(PatchNetwork((7, 0)), slices) == pytest.approx(np.zeros(6), abs=0.05)


def test_prepared_pictures_are_as_served_and_at_most_the_limit(packs: Path) -> None:
    samples = [
        make_sample((finding,), file=f"{finding}/{number}.png", pack="brain_mri")
        for finding in NAMES
        for number in range(4)
    ]
    store, card = ImageStore(packs, samples), make_card("brain_mri", SIZE)
    made = prepared(store, samples, card, 5)
    assert len(made) == 5
    assert all(image.shape == (SIZE, SIZE, 3) and image.dtype == np.uint8 for image in made)
    again = prepared(store, samples, card, 5)
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    assert len(prepared(store, samples, card, 99)) == 16


@pytest.mark.model
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_shuffled_weights_keep_size_kind_and_values(name: str) -> None:
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    content = load_card(name).weights.read_bytes()
    mixed = shuffled(content, 0)
    assert len(mixed) == pytest.approx(len(content), rel=0.01)
    assert shuffled(content, 0) == mixed
    assert shuffled(content, 1) != mixed
    before, after = (flatbuffer_utils.convert_bytearray_to_object(bytearray(c)) for c in (content, mixed))
    moved = 0
    for one, other in zip(before.subgraphs, after.subgraphs, strict=True):
        for tensor, same in zip(one.tensors, other.tensors, strict=True):
            assert (tensor.name, tensor.type, list(tensor.shape)) == (same.name, same.type, list(same.shape))
            data, turned = before.buffers[tensor.buffer].data, after.buffers[same.buffer].data
            if data is None or not len(data):
                continue
            if tensor.type != schema.TensorType.FLOAT16:
                assert np.array_equal(data, turned)
                continue
            values, shuffled_values = (np.asarray(d, np.uint8).view(np.float16) for d in (data, turned))
            assert np.array_equal(np.sort(values), np.sort(shuffled_values))
            moved += not np.array_equal(values, shuffled_values)
    assert moved > 30


@pytest.mark.model
@pytest.mark.parametrize("name", ["chest_xray", "brain_mri"])
def test_the_maps_show_what_was_learnt_and_not_the_picture(name: str) -> None:
    card = load_card(name)
    size = card.image_size
    examples = Path(__file__).resolve().parents[3] / "ui" / "static" / "examples"
    pictures = []
    for finding in card.class_names:
        image = cv2.imread(str(examples / f"{finding}.png"))
        pictures.append(prepare(image[..., ::-1], size, card.contrast))
    correlation = randomised_weights(card, pictures)
    assert abs(correlation) < 0.3


@pytest.mark.model
def test_the_shuffled_network_still_runs(tmp_path: Path) -> None:
    from hashlib import sha256

    card = load_card("brain_mri")
    path = tmp_path / "shuffled.tflite"
    path.write_bytes(shuffled(card.weights.read_bytes(), 0))
    other = Network(replace(card, weights=path, sha256=sha256(path.read_bytes()).hexdigest()))
    shown = picture(height=card.image_size, width=card.image_size)
    assert np.isfinite(other(shown).logits).all()
    assert not np.allclose(other(shown).logits, Network(card)(shown).logits, atol=0.1)
