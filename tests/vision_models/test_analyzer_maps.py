from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import (
    DARK,
    MIDDLING,
    OPERATING_POINT,
    REGION_POINT,
    FakeAnalyzer,
    FakeNetwork,
    encoded,
    make_card,
    picture,
    region_of,
)
from vision_models import outline, saliency
from vision_models.analysis import Analysis
from vision_models.preprocess import prepare
from vision_models.view import overlay

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
CHEST = encoded(picture(MIDDLING, 90, 120))
BRAIN = encoded(picture(DARK, 120, 90))
SLICE = encoded(picture(DARK, 90, 90))
#: Cells of the fake tumor: 4 x 4 of 16 x 16.
CELLS = (slice(5, 9), slice(6, 10))
#: Where the fake's lung is: at the right, in the rows of normal and of bacterial pneumonia.
LUNG = (slice(0, 8), slice(8, 16))


def _forget(analyzer: FakeAnalyzer) -> None:
    for network in (analyzer.gate_network, *analyzer.networks.values()):
        network.seen.clear()


@pytest.mark.parametrize(
    ("content", "target", "asked"), [(CHEST, "normal", "chest_xray"), (BRAIN, "meningioma", "brain_mri")]
)
def test_explaining_another_class_is_one_pass_of_the_right_network(
    analyzer: FakeAnalyzer, content: bytes, target: str, asked: str
) -> None:
    first = analyzer.analyze("a.png", content)
    _forget(analyzer)
    other = analyzer.explain(first, target)
    assert analyzer.gate_network.seen == []
    passes = {name: len(network.seen) for name, network in analyzer.networks.items()}
    assert passes == dict.fromkeys(passes, 0) | {asked: 1}
    assert first.enhanced is not None
    assert other.saliency is not None
    [checked] = analyzer.networks[asked].seen
    assert np.array_equal(checked, saliency.deleted(first.enhanced, other.saliency))


def test_another_class_has_a_map_of_its_own_and_the_reading_stays(analyzer: FakeAnalyzer) -> None:
    first = analyzer.analyze("film.png", CHEST)
    other = analyzer.explain(first, "normal")
    assert (other.target_class, other.region) == ("normal", "upper_left")
    assert (first.target_class, first.region) == ("bacterial_pneumonia", "middle_right")
    assert (other.finding, other.probabilities) == (first.finding, first.probabilities)
    assert overlay(first) is not None
    assert not np.array_equal(overlay(other), overlay(first))


def _outlining(analyzer: FakeAnalyzer, **point: float) -> FakeNetwork:
    """Gives the brain network a region, and its operating point what else is asked."""
    network = analyzer.networks["brain_mri"]
    network.card = make_card("brain_mri", operating_point=OPERATING_POINT | REGION_POINT | point)
    network.region = region_of(network.card, *CELLS)
    return network


def test_a_tumor_gets_its_outline(analyzer: FakeAnalyzer) -> None:
    network = _outlining(analyzer)
    analysis = analyzer.analyze("slice.png", SLICE)
    assert analysis.outline is not None
    assert analysis.picture is not None
    assert analysis.saliency is not None
    assert overlay(analysis) is not None
    size = network.card.image_size
    assert analysis.outline.shape == (size, size)
    assert analysis.outline.dtype == np.uint8
    assert analysis.outline[28, 32] == 255
    assert (analysis.outline > 0).sum() == pytest.approx(256, abs=8)
    assert analysis.outline_share == pytest.approx(256 / size**2, abs=0.01)
    heat = saliency.overlay(analysis.picture, analysis.saliency)
    assert np.array_equal(overlay(analysis), outline.draw(heat, analysis.outline))


def test_only_cells_above_the_cards_threshold_are_outlined(analyzer: FakeAnalyzer) -> None:
    network = _outlining(analyzer)
    network.region = region_of(network.card, *CELLS, share=0.4)
    without = analyzer.analyze("slice.png", SLICE)
    assert (without.outline, without.outline_share) == (None, None)
    assert overlay(without) is not None
    network.card = make_card("brain_mri", operating_point=OPERATING_POINT | REGION_POINT | {"region": 0.3})
    assert analyzer.analyze("slice.png", SLICE).outline is not None


def _healthy(_: np.ndarray) -> dict[str, float]:
    return {"no_tumor": 0.98, "glioma": 0.02}


def test_a_healthy_slice_gets_none_and_a_region_in_it_is_a_doubt(analyzer: FakeAnalyzer) -> None:
    network = FakeNetwork(make_card("brain_mri"), _healthy)
    network.region = region_of(network.card, *CELLS)
    analyzer.networks["brain_mri"] = network
    analysis = analyzer.analyze("slice.png", SLICE)
    assert analysis.finding == "no_tumor"
    assert (analysis.outline, analysis.outline_share) == (None, None)
    assert analysis.doubts == ("contradiction",)
    assert analysis.abstained


def test_a_network_without_a_region_outlines_nothing(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("slice.png", SLICE)
    assert (analysis.outline, analysis.outline_share) == (None, None)
    assert analysis.map_holds


def test_a_tumors_map_is_weighted_by_where_it_is_and_the_healthy_one_is_not(analyzer: FakeAnalyzer) -> None:
    plain = analyzer.analyze("slice.png", SLICE)
    _outlining(analyzer)
    weighted = analyzer.analyze("slice.png", SLICE)
    assert not np.array_equal(weighted.saliency, plain.saliency)
    healthy = [analyzer.explain(analysis, "no_tumor").saliency for analysis in (plain, weighted)]
    assert np.array_equal(*healthy)


def test_lungs_weight_every_map_and_are_no_outline(analyzer: FakeAnalyzer) -> None:
    network = analyzer.networks["chest_xray"]
    network.region = region_of(network.card, *LUNG)
    assert not network.card.outlines
    analysis = analyzer.analyze("film.png", CHEST)
    assert (analysis.outline, analysis.outline_share) == (None, None)
    assert analysis.doubts == ()
    heat = analyzer.explain(analysis, "pneumonia").saliency
    assert heat is not None
    assert heat[:32, 32:].max() > 0.99
    assert heat[40:].max() < 0.1  # where two of its kinds have their own, and no lung is


def test_a_healthy_film_with_lungs_is_no_contradiction(analyzer: FakeAnalyzer) -> None:
    network = FakeNetwork(make_card("chest_xray"), lambda _: {"normal": 0.97, "covid19": 0.03})
    network.region = region_of(network.card, *LUNG)
    analyzer.networks["chest_xray"] = network
    analysis = analyzer.analyze("film.png", CHEST)
    assert (analysis.finding, analysis.doubts, analysis.outline) == ("normal", (), None)


def test_the_outline_stays_when_another_class_is_explained(analyzer: FakeAnalyzer) -> None:
    _outlining(analyzer)
    first = analyzer.analyze("slice.png", SLICE)
    other = analyzer.explain(first, "meningioma")
    assert np.array_equal(other.outline, first.outline)
    assert other.outline_share == first.outline_share
    assert not np.array_equal(overlay(other), overlay(first))


def _hides_its_map(analysis: Analysis) -> bool:
    return (analysis.map_holds, analysis.saliency, analysis.region) == (False, None, None)


def test_a_map_that_fails_its_check_is_not_shown(analyzer: FakeAnalyzer) -> None:
    network = analyzer.networks["chest_xray"]
    network.card = make_card("chest_xray", operating_point=OPERATING_POINT | {"map_drop": 0.5})
    analysis = analyzer.analyze("film.png", CHEST)
    assert _hides_its_map(analysis)
    assert analysis.map_drop == pytest.approx(0)
    assert overlay(analysis) is None
    assert analysis.finding == analysis.target_class == "bacterial_pneumonia"
    assert not analysis.abstained
    assert _hides_its_map(analyzer.explain(analysis, "normal"))


def test_without_its_map_the_outline_stands_alone(analyzer: FakeAnalyzer) -> None:
    _outlining(analyzer, map_drop=0.5)
    analysis = analyzer.analyze("slice.png", SLICE)
    assert _hides_its_map(analysis)
    assert analysis.picture is not None
    assert analysis.outline is not None
    assert np.array_equal(overlay(analysis), outline.draw(analysis.picture, analysis.outline))


def test_a_map_holds_where_the_answer_falls_without_what_it_marks(analyzer: FakeAnalyzer) -> None:
    def by_detail(seen: np.ndarray) -> dict[str, float]:
        # Grain at the right, where the fake's map of glioma lies, is what this network goes by.
        rough = seen[8:32, 48:].std()
        return {"glioma": 0.95, "no_tumor": 0.05} if rough > sure_from else {"glioma": 0.6, "no_tumor": 0.4}

    card = make_card("brain_mri", operating_point=OPERATING_POINT | {"map_drop": 1.0}, contrast=False)
    analyzer.networks["brain_mri"] = FakeNetwork(card, by_detail)
    sure_from = 0.95 * prepare(picture(DARK, 90, 90), 64, contrast=False)[8:32, 48:].std()
    analysis = analyzer.analyze("slice.png", SLICE)
    assert analysis.map_holds
    assert analysis.map_drop == pytest.approx(np.log(19) - np.log(1.5), abs=1e-3)
    assert analysis.region == "middle_right"
    # Elsewhere nothing depends on the map of another class.
    assert _hides_its_map(analyzer.explain(analysis, "pituitary_tumor"))


def test_pneumonia_is_explained_by_all_its_kinds(analyzer: FakeAnalyzer) -> None:
    heat = analyzer.explain(analyzer.analyze("film.png", CHEST), "pneumonia").saliency
    assert heat is not None
    right = heat[:, -4:].max(axis=1)
    assert right[[22, 40, 60]].min() > 0.8  # the rows of the three kinds
    assert heat[:, :8].max() < 0.1  # where the healthy class had its own


@pytest.mark.parametrize(
    ("content", "target"), [(CHEST, "glioma"), (BRAIN, "pneumonia"), (BRAIN, "normal"), (CHEST, "")]
)
def test_a_class_of_another_model_is_refused_with_what_there_is(
    analyzer: FakeAnalyzer, content: bytes, target: str
) -> None:
    with pytest.raises(ValueError, match=r"unknown class .* this model knows"):
        analyzer.explain(analyzer.analyze("a.png", content), target)


def test_a_refused_picture_cannot_be_explained(analyzer: FakeAnalyzer) -> None:
    with pytest.raises(ValueError, match="was not read"):
        analyzer.explain(analyzer.analyze("cat.png", b""), "normal")
