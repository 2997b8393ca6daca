from collections.abc import Callable, Mapping

import numpy as np
import pytest

from tests.vision_models.fakes import (
    OPERATING_POINT,
    REGION_POINT,
    FakeNetwork,
    Pixels,
    logits_of,
    make_card,
    picture,
    region_of,
)
from vision_models.analysis import CLASS_NAMES
from vision_models.calibration import energy
from vision_models.classifier import CROP, Reading, joined, look, other_share, read, read_picture
from vision_models.runtime import Output


def output(logits: np.ndarray, region: np.ndarray | None = None, other: float | None = None) -> Output:
    return Output(logits, np.zeros((7, 7, 4), np.float32), np.zeros(1280, np.float32), region, other)


def chest(*shares: float, **changes: object) -> Reading:
    """A reading of normal, bacterial, viral and covid19 in these shares."""
    card = make_card("chest_xray", **changes)
    return read(output(logits_of(card, dict(zip(card.class_names, shares, strict=True)))), card)


def brain(*shares: float, drawn: float | None = None, **point: float) -> Reading:
    """A reading of none, glioma, meningioma and pituitary tumor in these shares; ``drawn``: the highest
    value of its region; ``point``: what else the operating point is."""
    card = make_card("brain_mri", operating_point=OPERATING_POINT | REGION_POINT | point)
    region = None if drawn is None else region_of(card, slice(4, 8), slice(4, 8), drawn)
    return read(output(logits_of(card, dict(zip(card.class_names, shares, strict=True))), region), card)


HEALTHY_SLICE, TUMOR_SLICE, TORN_SLICE = (0.97, 0.01, 0.01, 0.01), (0.02, 0.94, 0.02, 0.02), (0.5, 0.5, 0, 0)


def test_probabilities_are_calibrated_and_add_up() -> None:
    card = make_card("chest_xray", temperature=2.0)
    reading = read(output(np.array([0.0, 4.0, 0.0, 0.0], np.float32)), card)
    assert sum(reading.probabilities.values()) == pytest.approx(1)
    assert reading.probabilities["bacterial_pneumonia"] == pytest.approx(np.e**2 / (np.e**2 + 3))
    assert tuple(reading.probabilities) == CLASS_NAMES["chest_xray"]


@pytest.mark.parametrize(
    ("shares", "finding"),
    [
        ((0.94, 0.02, 0.02, 0.02), "normal"),
        ((0.02, 0.94, 0.02, 0.02), "bacterial_pneumonia"),
        ((0.02, 0.02, 0.94, 0.02), "viral_pneumonia"),
        ((0.02, 0.02, 0.02, 0.94), "covid19"),
    ],
)
def test_a_clear_film(shares: tuple[float, ...], finding: str) -> None:
    reading = chest(*shares)
    assert reading.finding == finding
    assert reading.prediction_set == (finding,)
    assert reading.doubts == ()
    assert not reading.abstained


def test_two_kinds_that_cannot_be_told_apart_leave_the_cause_open() -> None:
    reading = chest(0.02, 0.5, 0.45, 0.03)
    assert reading.finding == "pneumonia"
    assert reading.prediction_set == ("bacterial_pneumonia", "viral_pneumonia")
    assert not reading.abstained
    assert "pneumonia" not in reading.probabilities


def test_a_kind_sure_enough_is_named_though_another_is_possible() -> None:
    reading = chest(0.02, 0.72, 0.25, 0.01)
    assert reading.finding == "bacterial_pneumonia"
    assert reading.prediction_set == ("bacterial_pneumonia", "viral_pneumonia")


def test_a_kind_alone_in_the_set_is_not_named_unless_it_is_sure() -> None:
    reading = chest(0.02, 0.6, 0.19, 0.19)
    assert reading.prediction_set == ("bacterial_pneumonia",)
    assert reading.finding == "pneumonia"


@pytest.mark.parametrize(
    ("shares", "finding"),
    [
        ((0.02, 0.14, 0.0, 0.84), "pneumonia"),
        ((0.02, 0.06, 0.0, 0.92), "covid19"),
        ((0.02, 0.84, 0.14, 0.0), "bacterial_pneumonia"),
    ],
)
def test_a_kind_may_take_more_to_be_named_than_others(shares: tuple[float, ...], finding: str) -> None:
    assert chest(*shares, operating_point=OPERATING_POINT | {"kind_covid19": 0.9}).finding == finding


def test_many_kinds_outweigh_a_healthy_film() -> None:
    reading = chest(0.4, 0.3, 0.25, 0.05)
    assert reading.finding == "pneumonia"
    assert reading.abstained


@pytest.mark.parametrize("illness", [0.36, 0.5, 0.64])
def test_between_healthy_and_ill_nothing_is_claimed(illness: float) -> None:
    assert chest(1 - illness, illness, 0, 0, quantiles={}).doubts == ("between",)


@pytest.mark.parametrize("illness", [0.2, 0.34, 0.66, 0.9])
def test_outside_that_band_something_is(illness: float) -> None:
    assert not chest(1 - illness, illness, 0, 0, quantiles={}).abstained


def test_healthy_that_cannot_be_ruled_out_abstains() -> None:
    reading = chest(0.22, 0.74, 0.02, 0.02)
    assert reading.prediction_set == ("bacterial_pneumonia", "normal")
    assert reading.doubts == ("between",)


def test_the_most_probable_tumor_is_the_finding() -> None:
    reading = brain(0.1, 0.1, 0.7, 0.1)
    assert (reading.finding, reading.abstained) == ("meningioma", False)


def test_no_tumor_likelier_than_not_abstains_and_still_has_a_finding() -> None:
    reading = brain(0.05, 0.45, 0.3, 0.2)
    assert reading.finding == "glioma"
    assert reading.doubts == ("undecided",)
    assert reading.abstained


def test_pneumonia_is_no_word_for_a_brain() -> None:
    assert brain(0.02, 0.5, 0.45, 0.03).finding == "glioma"


def test_an_open_cause_is_not_undecided() -> None:
    assert chest(0.02, 0.45, 0.4, 0.13).doubts == ()


def test_no_finding_likelier_than_not_is_told_as_between_where_healthy_is_one_of_them() -> None:
    assert brain(0.4, 0.45, 0.1, 0.05).doubts == ("between",)


def test_little_evidence_for_anything_is_unlike_what_was_learnt() -> None:
    logits = np.array([0.1, 4.0, 0.2, 0.1], np.float32)
    threshold = float(energy(logits, 1.0))
    above = make_card("brain_mri", operating_point=OPERATING_POINT | {"energy": threshold - 0.1})
    below = make_card("brain_mri", operating_point=OPERATING_POINT | {"energy": threshold + 0.1})
    assert read(output(logits), above).doubts == ()
    assert read(output(logits), below).doubts == ("unlike",)


def test_the_share_of_another_sign_by_hand() -> None:
    logits = np.log(np.array([1.0, 2.0, 3.0, 2.0], np.float32))
    assert other_share(output(logits, other=float(np.log(2))), 1.0) == pytest.approx(0.2)
    root = np.sqrt([1, 2, 3, 2, 2])
    assert other_share(output(logits, other=float(np.log(2))), 2.0) == pytest.approx(root[4] / root.sum())
    assert other_share(output(logits), 1.0) == 0


@pytest.mark.parametrize(
    ("other", "threshold", "doubts"),
    [(0.5, 0.4, ("other_sign",)), (0.3, 0.4, ()), (None, 0.4, ()), (0.99, None, ())],
)
def test_a_sign_of_another_disease_is_a_doubt_and_no_finding(
    other: float | None, threshold: float | None, doubts: tuple[str, ...]
) -> None:
    """``other`` is its share; without a threshold on the card none is believed."""
    point = OPERATING_POINT | ({} if threshold is None else {"other_sign": threshold})
    card = make_card("chest_xray", operating_point=point)
    logits = logits_of(card, {"normal": 0.97, "covid19": 0.03})
    logit = None if other is None else float(np.log(other / (1 - other)))
    reading = read(output(logits, other=logit), card)
    assert reading.finding == "normal"
    assert sum(reading.probabilities.values()) == pytest.approx(1)
    assert tuple(reading.probabilities) == CLASS_NAMES["chest_xray"]
    assert reading.doubts == doubts


@pytest.mark.parametrize(
    ("shares", "drawn", "doubts"),
    [
        (HEALTHY_SLICE, 0.95, ("contradiction",)),
        (HEALTHY_SLICE, 0.85, ()),
        (HEALTHY_SLICE, None, ()),
        (TUMOR_SLICE, 0.95, ()),
        # A tumor without a region is no contradiction: the region misses more than the finding does.
        (TUMOR_SLICE, 0.0, ()),
    ],
)
def test_a_region_in_a_slice_called_healthy_contradicts_it(
    shares: tuple[float, ...], drawn: float | None, doubts: tuple[str, ...]
) -> None:
    assert brain(*shares, drawn=drawn).doubts == doubts


def test_without_a_threshold_for_regions_none_contradicts() -> None:
    card = make_card("brain_mri", operating_point=OPERATING_POINT)
    logits = logits_of(card, dict(zip(card.class_names, HEALTHY_SLICE, strict=True)))
    assert read(output(logits, region_of(card, slice(4, 8), slice(4, 8))), card).doubts == ()


@pytest.mark.parametrize(
    ("shares", "doubts"),
    [
        ((0.6, 0.4, 0, 0), ("between", "unlike", "contradiction")),
        (HEALTHY_SLICE, ("unlike", "contradiction")),
        ((0.05, 0.45, 0.3, 0.2), ("undecided", "unlike")),
    ],
)
def test_several_doubts_stand_together(shares: tuple[float, ...], doubts: tuple[str, ...]) -> None:
    reading = brain(*shares, drawn=0.95, energy=1.0)
    assert reading.doubts == doubts
    assert reading.abstained


@pytest.mark.parametrize("name", ["chest_xray", "brain_mri"])
def test_every_reading_has_a_finding_and_a_set(name: str) -> None:
    card = make_card(name, operating_point=OPERATING_POINT | {"energy": 2.0, "region_seen": 0.2})
    rng = np.random.default_rng(5)
    for logits in rng.normal(0, 2, (500, 4)).astype(np.float32):
        reading = read(output(logits, rng.random((16, 16)).astype(np.float32)), card)
        assert reading.finding in (*card.class_names, "pneumonia")
        assert reading.prediction_set
        assert set(reading.prediction_set) <= set(card.class_names)
        assert reading.abstained == bool(reading.doubts)


SIZE = 64
EDGE = round(CROP * SIZE)
TUMOR, NOTHING = {"glioma": 0.72, "no_tumor": 0.28}, {"no_tumor": 0.55, "glioma": 0.45}


def lit(rows: slice, columns: slice) -> Pixels:
    """A dark picture with a bright part."""
    made = np.full((SIZE, SIZE, 3), 30, np.uint8)
    made[rows, columns] = 220
    return made


LEFT = lit(slice(None), slice(SIZE // 2))
RIM = lit(slice(EDGE), slice(None))
NARROW = OPERATING_POINT | {"uncertain_low": 0.45, "uncertain_high": 0.55}


def network(
    answer: Callable[[Pixels], Mapping[str, float]], name: str = "brain_mri", **changes: object
) -> FakeNetwork:
    """A network of whose answers none can be ruled out but by a narrow uncertain band."""
    facts: dict[str, object] = {"operating_point": NARROW, "quantiles": {}}
    return FakeNetwork(make_card(name, **(facts | changes)), answer)


def left_is_ill(seen: Pixels) -> Mapping[str, float]:
    """Swayed by the side on which the light is."""
    return TUMOR if seen[:, : SIZE // 2].mean() > seen[:, SIZE // 2 :].mean() else NOTHING


def rim_is_ill(seen: Pixels) -> Mapping[str, float]:
    """Swayed by a frame that the cropped copy loses."""
    return TUMOR if seen[0].mean() > 150 else NOTHING


@pytest.mark.parametrize(("answer", "shown"), [(left_is_ill, LEFT), (rim_is_ill, RIM)])
def test_an_answer_that_a_copy_does_not_share_is_unstable(
    answer: Callable[[Pixels], Mapping[str, float]], shown: Pixels
) -> None:
    fake = network(answer)
    outputs, reading = read_picture(fake, shown)
    assert reading.doubts == ("unstable",)
    assert reading.abstained
    assert reading.finding == "glioma"
    assert np.array_equal(outputs[0].logits, logits_of(fake.card, answer(shown)))


def test_an_answer_that_both_copies_share_stands() -> None:
    fake = network(lambda _: TUMOR)
    shown = picture(height=SIZE, width=SIZE)
    _, reading = read_picture(fake, shown)
    assert reading.doubts == ()
    original, mirrored, cropped = fake.seen
    assert np.array_equal(original, shown)
    assert np.array_equal(mirrored, shown[:, ::-1])
    assert cropped.shape == shown.shape
    assert cropped.mean() == pytest.approx(shown[EDGE:-EDGE, EDGE:-EDGE].mean(), abs=1)


def test_another_kind_of_the_same_illness_is_not_unstable() -> None:
    def kind(seen: Pixels) -> Mapping[str, float]:
        left = seen[:, : SIZE // 2].mean() > seen[:, SIZE // 2 :].mean()
        return {"glioma" if left else "meningioma": 0.6, "pituitary_tumor": 0.3, "no_tumor": 0.1}

    fake = network(kind)
    _, reading = read_picture(fake, LEFT)
    assert "unstable" not in reading.doubts
    assert len(fake.seen) == 3


def test_a_film_is_asked_the_same_way() -> None:
    def side(seen: Pixels) -> Mapping[str, float]:
        left = seen[:, : SIZE // 2].mean() > seen[:, SIZE // 2 :].mean()
        return (
            {"viral_pneumonia": 0.72, "normal": 0.28} if left else {"normal": 0.55, "viral_pneumonia": 0.45}
        )

    assert read_picture(network(side, "chest_xray"), LEFT)[1].doubts == ("unstable",)


def test_copies_are_asked_only_where_the_first_answer_is_close() -> None:
    for best, passes in ((0.95, 1), (0.74, 1), (0.73, 3), (0.6, 3)):
        fake = network(lambda _, best=best: {"glioma": best, "no_tumor": 1 - best})
        assert len(look(fake, LEFT)) == len(fake.seen) == passes, best


def test_what_the_copies_say_is_joined_to_the_mean_and_the_maps_are_those_of_the_picture() -> None:
    logits = np.array([[0, 1, 2, 3], [2, 1, 0, 1]], np.float32)
    maps = [np.full((7, 7, 4), value, np.float32) for value in (1, 2)]
    made = [
        Output(row, part, np.full(1280, other, np.float32), None, other)
        for row, part, other in zip(logits, maps, (1.0, 3.0), strict=True)
    ]
    both = joined(made)
    assert np.array_equal(both.logits, [1, 1, 1, 2])
    assert both.other == 2.0
    assert both.class_maps is maps[0]
    assert joined(made[:1]).logits.tolist() == logits[0].tolist()
    assert joined([output(logits[0])]).other is None


def test_copies_say_nothing_of_what_else_is_in_doubt() -> None:
    fake = network(left_is_ill, operating_point=NARROW | {"energy": 1.0})
    assert read_picture(fake, LEFT)[1].doubts == ("unlike",)
