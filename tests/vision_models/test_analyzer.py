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
    FakeAnalyzer,
    dicom,
    encoded,
    make_card,
    make_sample,
    picture,
    write_pack,
)
from vision_models import analyzer as analyzer_module
from vision_models import preprocess
from vision_models.analyzer import STEPS, Analyzer, load_analyzer
from vision_models.card import ModelError, update_card
from vision_models.image_io import ImageError, decode
from vision_models.preprocess import enhance, prepare
from vision_models.runtime import Network, Output
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


def test_doubts_of_the_reading_are_the_analysis_own(analyzer: FakeAnalyzer) -> None:
    network = analyzer.networks["brain_mri"]
    network.card = make_card("brain_mri", operating_point=OPERATING_POINT | {"energy": 1.0})
    analysis = analyzer.analyze("slice.png", BRAIN)
    assert analysis.doubts == ("unlike",)
    assert analysis.abstained
    assert analyzer.explain(analysis, "meningioma").doubts == ("unlike",)


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
def test_what_stands_before_a_network_is_asked_in_its_place() -> None:
    asked: list[str] = []

    class Before:
        def __init__(self, network: Network) -> None:
            self._network = network
            self.card = network.card

        def __call__(self, picture: np.ndarray) -> Output:
            asked.append(self.card.name)
            return self._network(picture)

    content = (EXAMPLES / "glioma.png").read_bytes()
    there = load_analyzer(through=Before).analyze("a.png", content)
    assert asked == ["gate", "brain_mri", "brain_mri"]
    assert there.probabilities == load_analyzer().analyze("a.png", content).probabilities


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
