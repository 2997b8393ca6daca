import io
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vision_models.fakes import (
    BRIGHT,
    DARK,
    MIDDLING,
    OPERATING_POINT,
    REGION_POINT,
    FakeAnalyzer,
    FakeNetwork,
    dicom,
    encoded,
    make_card,
    make_sample,
    picture,
    region_of,
    write_pack,
)
from vision_models import analyzer as analyzer_module
from vision_models import outline, preprocess, saliency
from vision_models.analysis import Analysis
from vision_models.analyzer import STEPS, Analyzer, load_analyzer
from vision_models.card import ModelError, update_card
from vision_models.image_io import ImageError, decode
from vision_models.preprocess import enhance, prepare
from vision_models.training.data import ImageStore
from vision_models.view import overlay

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
CHEST = encoded(picture(MIDDLING, 90, 120))
BRAIN = encoded(picture(DARK, 120, 90))


def test_a_chest_film_from_bytes_to_reading(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("film.png", CHEST)
    assert analysis.accepted
    assert (analysis.image, analysis.verdict, analysis.modality) == ("film.png", "chest_xray", "chest_xray")
    assert analysis.finding == analysis.target_class == "bacterial_pneumonia"
    assert analysis.probability == pytest.approx(0.9, abs=1e-4)
    assert analysis.model == "chest_xray-0.0.0"
    assert analysis.uncertain_band == (0.35, 0.65)
    assert analysis.reason is None
    assert analyzer.networks["brain_mri"].seen == []


def test_a_brain_mri_goes_to_the_other_network(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("slice.png", BRAIN)
    assert (analysis.modality, analysis.finding) == ("brain_mri", "glioma")
    assert analyzer.networks["chest_xray"].seen == []


def test_what_is_kept_is_the_models_size(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("film.png", CHEST)
    size = analyzer.card("chest_xray").image_size
    for array in (analysis.picture, analysis.enhanced, overlay(analysis)):
        assert array is not None
        assert array.shape == (size, size, 3)
        assert array.dtype == np.uint8
    assert analysis.saliency is not None
    assert analysis.saliency.shape == (size, size)
    assert analysis.logits is not None
    assert analysis.logits.shape == (4,)


def test_the_network_sees_the_enhanced_picture(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("film.png", CHEST)
    assert analysis.picture is not None
    assert analysis.enhanced is not None
    assert np.array_equal(analysis.enhanced, enhance(analysis.picture))
    assert np.array_equal(analyzer.networks["chest_xray"].seen[0], analysis.enhanced)


@pytest.mark.parametrize(("form", "tolerance"), [("PNG", 0), ("BMP", 0), ("JPEG", 12)])
def test_serving_shows_the_network_what_training_did(
    analyzer: FakeAnalyzer, tmp_path: Path, form: str, tolerance: int
) -> None:
    content = encoded(picture(MIDDLING, 90, 120), form)
    write_pack(tmp_path, "chest_xray", [{"file": "a"}], {"a": content})
    sample = make_sample(file="a")
    card = analyzer.card("chest_xray")
    trained = prepare(ImageStore(tmp_path, [sample]).read(sample), card.image_size, card.contrast)
    analyzer.analyze("a", content)
    served = analyzer.networks["chest_xray"].seen[0]
    assert np.abs(trained.astype(int) - served).max() <= tolerance


def test_a_refused_picture_has_a_reason_and_no_reading(analyzer: FakeAnalyzer) -> None:
    analysis = analyzer.analyze("cat.png", encoded(picture(BRIGHT)))
    assert (analysis.verdict, analysis.reason) == ("rejected", "photo")
    assert analysis.gate is not None
    assert analysis.gate.ood_score == pytest.approx(1, abs=1e-4)
    assert not analysis.probabilities
    assert analysis.prediction_set == ()
    for kept in (analysis.finding, analysis.model, analysis.logits, analysis.saliency, overlay(analysis)):
        assert kept is None
    assert not any(network.seen for network in analyzer.networks.values())


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "missing"), (b"", "empty"), (b"nonsense", "unreadable"), (b"%PDF-1.7", "unsupported")],
)
def test_a_file_that_is_no_picture_is_a_rejected_analysis(
    analyzer: FakeAnalyzer, content: bytes | None, reason: str
) -> None:
    analysis = analyzer.analyze("a.png", content)
    assert (analysis.verdict, analysis.reason, analysis.gate) == ("rejected", reason, None)
    assert analyzer.gate_network.seen == []


def test_a_dicom_file_by_its_content(analyzer: FakeAnalyzer) -> None:
    assert analyzer.analyze("film", dicom(picture(MIDDLING)[..., 0])).verdict == "chest_xray"


def test_the_steps_are_told_in_order(analyzer: FakeAnalyzer) -> None:
    told: list[str] = []
    analyzer.analyze("film.png", CHEST, told.append)
    assert tuple(told) == STEPS


def test_a_refused_picture_stops_at_the_gate(analyzer: FakeAnalyzer) -> None:
    told: list[str] = []
    analyzer.analyze("cat.png", encoded(picture(BRIGHT)), told.append)
    assert told == ["decode", "gate"]


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


def test_a_sure_reading_is_two_passes_the_second_to_check_the_map(analyzer: FakeAnalyzer) -> None:
    analyzer.analyze("film.png", CHEST)
    assert len(analyzer.networks["chest_xray"].seen) == 2


def test_a_file_that_was_read_before_is_not_read_again(analyzer: FakeAnalyzer) -> None:
    first = analyzer.analyze("film.png", CHEST)
    refused = analyzer.analyze("cat.png", encoded(picture(BRIGHT)))
    passes = len(analyzer.networks["chest_xray"].seen), len(analyzer.gate_network.seen)
    again = analyzer.analyze("copy.png", CHEST, known=(refused, first))
    assert (again.image, again.finding, again.picture is first.picture) == ("copy.png", first.finding, True)
    assert (first.timings != {}, again.timings) == (True, {})
    assert analyzer.analyze("b.png", encoded(picture(BRIGHT)), known=(refused,)).reason == "photo"
    assert (len(analyzer.networks["chest_xray"].seen), len(analyzer.gate_network.seen)) == passes


def test_one_with_another_map_since_is_read_again(analyzer: FakeAnalyzer) -> None:
    other = analyzer.explain(analyzer.analyze("film.png", CHEST), "normal")
    assert analyzer.analyze("film.png", CHEST, known=(other,)).target_class == "bacterial_pneumonia"


def test_a_file_that_memory_did_not_hold_may_be_sent_again(
    analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: bytes | None) -> None:
        raise ImageError("too_large")

    with monkeypatch.context() as patched:
        patched.setattr(analyzer_module, "decode", full)
        first = analyzer.analyze("film.png", CHEST)
    assert (first.reason, first.sha256 != "") == ("too_large", True)
    assert analyzer.analyze("film.png", CHEST, known=(first,)).accepted


def test_files_that_could_not_be_received_are_not_taken_for_each_other(analyzer: FakeAnalyzer) -> None:
    first = analyzer.analyze("a.png", None)
    assert (first.sha256, first.reason) == ("", "missing")
    assert analyzer.analyze("film.png", CHEST, known=(first,)).accepted


#: Cells of the fake tumor: 4 x 4 of 16 x 16.
CELLS = (slice(5, 9), slice(6, 10))
SLICE = encoded(picture(DARK, 90, 90))


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


#: Where the fake's lung is: at the right, in the rows of normal and of bacterial pneumonia.
LUNG = (slice(0, 8), slice(8, 16))


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


def test_doubts_of_the_reading_are_the_analysis_own(analyzer: FakeAnalyzer) -> None:
    network = analyzer.networks["brain_mri"]
    network.card = make_card("brain_mri", operating_point=OPERATING_POINT | {"energy": 1.0})
    analysis = analyzer.analyze("slice.png", SLICE)
    assert analysis.doubts == ("unlike",)
    assert analysis.abstained
    assert analyzer.explain(analysis, "meningioma").doubts == ("unlike",)


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


def test_several_threads_read_the_same(analyzer: FakeAnalyzer) -> None:
    found: list[str | None] = []

    def work(content: bytes) -> None:
        found.append(analyzer.analyze("a", content).finding)

    threads = [threading.Thread(target=work, args=(c,)) for c in (CHEST, BRAIN) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["bacterial_pneumonia"] * 4 + ["glioma"] * 4


def test_without_models_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gate.card\.toml is missing"):
        load_analyzer(tmp_path)


def test_weights_of_another_hash_stop_the_start(tmp_path: Path) -> None:
    facts = {"name": "gate", "version": "1.0.0", "class_names": ["a"], "image_size": 8, "contrast": False}
    update_card("gate", "facts", facts | {"weights": "w.tflite", "sha256": "0" * 64}, tmp_path)
    (tmp_path / "gate" / "w.tflite").write_bytes(b"other")
    with pytest.raises(ModelError, match="its card says 000000000000"):
        load_analyzer(tmp_path)


@pytest.mark.model
def test_the_shipped_networks_read_any_picture() -> None:
    analyzer = load_analyzer()
    drawn = encoded(picture(MIDDLING, 300, 260))
    analysis = analyzer.analyze("noise.png", drawn)
    assert analysis.gate is not None
    assert 0 <= analysis.gate.ood_score <= 1
    assert analysis == analyzer.analyze("noise.png", drawn)


@pytest.fixture(scope="module")
def real() -> Analyzer:
    return load_analyzer()


@pytest.mark.model
@pytest.mark.parametrize("name", ["glioma", "no_tumor", "bacterial_pneumonia", "normal", "photo"])
@pytest.mark.parametrize("side", [2048, 3100])
def test_a_large_picture_is_read_as_it_would_be_whole(
    real: Analyzer, name: str, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Image.open(EXAMPLES / f"{name}.png") as example:
        large = example.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    written = io.BytesIO()
    large.save(written, "JPEG", quality=92)
    shrunk = real.analyze("a.jpg", written.getvalue())
    monkeypatch.setattr(analyzer_module, "decode", partial(decode, enough=None))
    monkeypatch.setattr(preprocess, "bounded", lambda image: image)
    whole = real.analyze("a.jpg", written.getvalue())
    assert (shrunk.verdict, shrunk.reason, shrunk.finding) == (whole.verdict, whole.reason, whole.finding)
    for finding, probability in whole.probabilities.items():
        assert shrunk.probabilities[finding] == pytest.approx(probability, abs=0.03)
