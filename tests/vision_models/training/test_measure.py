from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import (
    BRAIN_ANSWER,
    CHEST_ANSWER,
    FakeNetwork,
    brain_rows,
    brain_slice,
    by_brightness,
    encoded,
    logits_of,
    make_card,
    make_sample,
    picture,
    region_of,
    write_pack,
)
from vision_models.classifier import Reading, read
from vision_models.training import measure
from vision_models.training.data import DataError
from vision_models.training.measure import Measured, auroc, proportion, run_split

#: Answers to a picture, its mirrored and its cropped copy, each too close to be left alone.
CLOSE = ({"normal": 0.6, "covid19": 0.4}, {"normal": 0.7, "covid19": 0.3}, {"normal": 0.5, "covid19": 0.5})


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # Wilson 1927, computed by hand with z = 1.96.
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    assert proportion(np.arange(count) < right) == {
        "value": right / count,
        "low": low,
        "high": high,
        "n": count,
    }


def test_a_share_of_nothing_is_no_number() -> None:
    share = proportion([])
    assert share["n"] == 0
    assert np.isnan([share["value"], share["low"], share["high"]]).all()


@pytest.mark.parametrize(
    ("scores", "positive", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0.0),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),
        ([0.5, 0.5, 0.5], [0, 1, 1], 0.5),
        ([0.2, 0.5, 0.5, 0.9], [0, 0, 1, 1], 0.875),
    ],
)
def test_area_under_the_curve(scores: list[float], positive: list[int], area: float) -> None:
    assert auroc(np.array(scores), np.array(positive, bool)) == pytest.approx(area)


def test_area_is_the_share_of_pairs_in_order() -> None:
    rng = np.random.default_rng(1)
    scores, positive = rng.integers(0, 20, 200) / 20, rng.random(200) < 0.3
    pairs = scores[positive][:, None] - scores[~positive]
    assert auroc(scores, positive) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


Given = Callable[..., FakeNetwork]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Puts a fake network in the place of the shipped one."""

    def put(fake: FakeNetwork) -> FakeNetwork:
        monkeypatch.setattr(measure, "load_card", lambda name, folder: fake.card)
        monkeypatch.setattr(measure, "Network", lambda card: fake)
        return fake

    return put


@pytest.fixture
def network(given: Given) -> FakeNetwork:
    return given(FakeNetwork(make_card("chest_xray"), lambda _: CHEST_ANSWER))


def test_one_split_is_run_as_it_is_served(packs: Path, network: FakeNetwork) -> None:
    measured = run_split("chest_xray", packs, "test")
    assert {sample.split for sample in measured.samples} == {"test"}
    assert measured.logits.shape == (len(measured.samples), 4) == (4, 4)
    assert measured.embeddings.shape == (4, 1280)
    assert (measured.class_maps.shape, measured.class_maps.dtype) == ((4, 7, 7, 4), np.float16)
    assert measured.regions is None
    assert len(network.seen) == 4


def test_readings_are_those_that_are_served(packs: Path, network: FakeNetwork) -> None:
    measured = run_split("chest_xray", packs, "test")
    expected = read(network(network.seen[0]), network.card)
    assert measured.readings == (expected,) * 4
    assert isinstance(expected, Reading)


def test_copies_in_doubt_are_asked_as_in_serving(packs: Path, given: Given) -> None:
    calls = iter(range(10**6))
    network = given(FakeNetwork(make_card("chest_xray"), lambda _: CLOSE[next(calls) % 3]))
    for is_read in (True, False):
        network.seen.clear()
        measured = run_split("chest_xray", packs, "test", read=is_read)
        assert len(network.seen) == 3 * len(measured.samples)
        expected = np.mean([logits_of(network.card, answer) for answer in CLOSE], axis=0)
        assert np.allclose(measured.logits, expected, atol=1e-5)


def test_regions_are_kept_where_the_network_has_them(packs: Path, given: Given) -> None:
    network = given(FakeNetwork(make_card("brain_mri"), lambda _: BRAIN_ANSWER))
    network.region = region_of(network.card, slice(4, 8), slice(4, 8), 0.75)
    regions = run_split("brain_mri", packs, "validation").regions
    assert regions is not None
    assert (regions.shape, regions.dtype) == ((4, 16, 16), np.float16)
    assert regions.max() == 0.75


def test_signs_of_other_diseases_are_kept_where_the_network_knows_them(packs: Path, given: Given) -> None:
    network = given(FakeNetwork(make_card("chest_xray"), lambda _: CHEST_ANSWER, other=-2.5))
    others = run_split("chest_xray", packs, "validation").others
    assert others is not None
    assert (others.dtype, others.tolist()) == (np.float32, [-2.5] * 4)
    network.other = None
    assert run_split("chest_xray", packs, "validation").others is None


def test_readings_can_be_left_out(packs: Path, network: FakeNetwork) -> None:
    measured = run_split("chest_xray", packs, "validation", read=False)
    assert measured.readings == ()
    assert len(measured.logits) == len(network.seen) == 4


def test_the_gate_has_no_readings(packs: Path, given: Given) -> None:
    given(FakeNetwork(make_card("gate", 48), by_brightness))
    measured = run_split("gate", packs, "test")
    assert measured.readings == ()
    assert measured.logits.shape[0] == len(measured.samples) > 8


def test_a_card_that_is_not_calibrated_yet_gives_logits_and_no_readings(packs: Path, given: Given) -> None:
    network = given(FakeNetwork(make_card("brain_mri", operating_point={}), lambda _: BRAIN_ANSWER))
    measured = run_split("brain_mri", packs, "validation")
    assert measured.readings == ()
    assert len(measured.logits) == len(network.seen) == 4


def test_a_split_without_images(packs: Path, network: FakeNetwork) -> None:
    with pytest.raises(DataError, match="no image of chest_xray has split 'holdout'"):
        run_split("chest_xray", packs, "holdout")


def test_where_picks_samples_in_order() -> None:
    samples = tuple(make_sample(source=source) for source in ("kermany", "nih", "kermany"))
    zeros = np.zeros((3, 4), np.float32)
    measured = Measured(samples, zeros, zeros, zeros.astype(np.float16))
    assert measured.where(lambda sample: sample.source == "kermany").tolist() == [True, False, True]
    assert measured.where(lambda sample: False).dtype == np.bool_


def measured_by_hand(**changes: object) -> Measured:
    """Three samples, told apart by their numbers."""
    rows = np.arange(3, dtype=np.float32)[:, None]
    facts: dict[str, object] = {
        "samples": tuple(make_sample(file=f"{number}.png") for number in range(3)),
        "logits": np.repeat(rows, 4, axis=1),
        "embeddings": np.repeat(rows, 1280, axis=1),
        "class_maps": np.zeros((3, 2, 2, 4), np.float16),
    }
    return Measured(**(facts | changes))


def test_what_has_a_twin_is_left_out_of_all_parts_alike() -> None:
    card = make_card("brain_mri")
    network = FakeNetwork(card, lambda _: BRAIN_ANSWER)
    reading = read(network(np.zeros((64, 64, 3), np.uint8)), card)
    regions = np.stack([np.full((16, 16), number, np.float16) for number in range(3)])
    readings = tuple(replace(reading, finding=str(number)) for number in range(3))
    whole = measured_by_hand(
        regions=regions,
        others=np.arange(3, dtype=np.float32),
        readings=readings,
        twinned=np.array([False, True, False]),
    )
    assert whole.clean.tolist() == [True, False, True]
    clean = whole.only_clean()
    assert [sample.file for sample in clean.samples] == ["0.png", "2.png"]
    assert clean.logits[:, 0].tolist() == clean.embeddings[:, 0].tolist() == [0, 2]
    assert clean.regions is not None
    assert clean.regions[:, 0, 0].tolist() == [0, 2]
    assert clean.others is not None
    assert clean.others.tolist() == [0, 2]
    assert [reading.finding for reading in clean.readings] == ["0", "2"]
    assert clean.clean.all()


def test_where_nobody_looked_for_twins_all_is_clean() -> None:
    whole = measured_by_hand()
    assert whole.clean.tolist() == [True] * 3
    clean = whole.only_clean()
    assert clean.samples == whole.samples
    assert (clean.regions, clean.others, clean.readings) == (None, None, ())


@pytest.mark.parametrize("turn", ["same", "mirrored", "upside down", "half round"])
def test_a_test_image_that_was_also_taught_is_marked(tmp_path: Path, given: Given, turn: str) -> None:
    taught = brain_slice(5, 72, 72)[0]
    copy = {
        "same": taught,
        "mirrored": taught[:, ::-1],
        "upside down": taught[::-1],
        "half round": taught[::-1, ::-1],
    }[turn]
    rows = brain_rows()
    images = {row["file"]: encoded(picture(90, 72, 72, number)) for number, row in enumerate(rows)}
    images |= {row["mask"]: encoded(brain_slice(0, 72, 72)[1]) for row in rows if row["mask"]}
    images |= {"glioma/0.png": encoded(taught), "meningioma/3.png": encoded(np.ascontiguousarray(copy))}
    write_pack(tmp_path, "brain_mri", rows, images)
    given(FakeNetwork(make_card("brain_mri"), lambda _: BRAIN_ANSWER))
    measured = run_split("brain_mri", tmp_path, "test")
    marked = [
        sample.file for sample, clean in zip(measured.samples, measured.clean, strict=True) if not clean
    ]
    assert marked == ["meningioma/3.png"]
