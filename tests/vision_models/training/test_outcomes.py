from collections.abc import Mapping, Sequence

import numpy as np

from tests.vision_models.fakes import logits_of, make_card, make_sample
from vision_models.classifier import Reading
from vision_models.training.data import Sample
from vision_models.training.measure import Measured
from vision_models.training.outcomes import Outcomes, curve_rows, outcomes

EITHER = ("bacterial_pneumonia", "viral_pneumonia")


def found(model: str, said: Sequence[tuple[Sample, Mapping[str, float], str, bool]]) -> Outcomes:
    """Outcomes of samples with the probabilities, the finding and the abstention they were given."""
    card = make_card(model)
    full = [{name: shares.get(name, 0.0) for name in card.class_names} for _, shares, _, _ in said]
    readings = [
        Reading(finding, shares, (finding,), ("undecided",) if doubted else ())
        for shares, (_, _, finding, doubted) in zip(full, said, strict=True)
    ]
    measured = Measured(
        samples=tuple(sample for sample, *_ in said),
        logits=np.array([logits_of(card, shares) for shares in full]),
        embeddings=np.zeros((len(said), 1), np.float32),
        class_maps=np.zeros((len(said), 1, 1, 1), np.float16),
        readings=() if model == "gate" else tuple(readings),
    )
    return outcomes(measured, card)


def chest() -> Outcomes:
    nih, viral = {"source": "nih_chestxray14"}, "viral_pneumonia"
    return found(
        "chest_xray",
        [
            (make_sample(("normal",), group="a"), {"normal": 0.9, "covid19": 0.1}, "normal", False),
            (make_sample((viral,), group="b"), {viral: 1.0}, "pneumonia", False),
            (make_sample(("covid19",), group="c"), {"normal": 0.7, "covid19": 0.3}, "normal", True),
            (make_sample(("normal",), group="c"), {"covid19": 0.6, "normal": 0.4}, "covid19", False),
            (make_sample(EITHER, group="d", **nih), {viral: 0.8, "normal": 0.2}, viral, False),
            (make_sample(("normal",), group="e", **nih), {"covid19": 0.95, "normal": 0.05}, "covid19", True),
        ],
    )  # fmt: skip


def test_an_open_cause_counts_as_right_for_any_pneumonia() -> None:
    assert chest().right.tolist() == [True, True, False, False, True, False]
    assert chest().names[-1] == "pneumonia"


def test_probability_is_that_of_what_was_said() -> None:
    assert np.allclose(chest().probability, [0.9, 1.0, 0.7, 0.6, 0.8, 0.95])
    assert np.allclose(chest().score, [0.1, 1.0, 0.3, 0.6, 0.8, 0.95])


def test_a_class_is_not_judged_where_the_truth_leaves_it_open() -> None:
    said, true, known = chest().one_against_rest("viral_pneumonia")
    assert known.tolist() == [True, True, True, True, False, True]
    assert true.tolist() == [False, True, False, False, False, False]
    assert said.tolist() == [False, False, False, False, True, False]
    assert chest().one_against_rest("covid19")[2].all()


def test_the_confusion_matrix_has_what_is_open_in_its_last_row_and_column() -> None:
    counts = chest().confusion()
    assert counts.sum() == 6
    assert counts[4].tolist() == [0, 0, 1, 0, 0]
    assert counts[2].tolist() == [0, 0, 0, 0, 1]


def test_the_worst_are_wrong_and_sure_and_one_of_a_group() -> None:
    assert chest().worst(10) == [5, 2]
    assert chest().worst(1) == [5]


def test_where_nobody_knows_the_patients_each_image_is_its_own_group() -> None:
    radiography = {"source": "covid19_radiography", "group": "COVID-block4"}
    samples = [make_sample(("covid19",), file=f"{number}.jpg", **radiography) for number in range(2)]
    both = found("chest_xray", [(sample, {"covid19": 1.0}, "covid19", False) for sample in samples])
    assert both.groups == ["0.jpg", "1.jpg"]


def test_confidence_is_only_checked_where_the_truth_is_one_class() -> None:
    confidence, correct = chest().top()
    assert len(confidence) == 5
    assert correct.tolist() == [True, True, False, False, False]


def test_a_curve_needs_ill_and_healthy_of_its_source() -> None:
    rows = curve_rows(chest())
    assert list(rows) == ["kermany", "nih_chestxray14"]
    only_ill = [(make_sample(("glioma",)), {"glioma": 1.0}, "glioma", False)]
    assert curve_rows(found("brain_mri", only_ill)) == {}


def test_the_gate_says_what_it_takes_a_refused_picture_for() -> None:
    said = [
        ("chest_xray", {"chest_xray": 0.9, "photo": 0.1}),
        ("brain_mri", {"head_ct": 0.8, "brain_mri": 0.2}),
        ("photo", {"scene": 0.55, "photo": 0.45}),
        ("head_ct", {"brain_mri": 0.6, "head_ct": 0.4}),
    ]
    gate = found("gate", [(make_sample((label,)), shares, "", False) for label, shares in said])
    assert gate.said == ("chest_xray", "head_ct", "scene", "brain_mri")
    # A photo taken for a scene is refused as it should be.
    assert gate.right.tolist() == [True, False, True, False]
    assert np.allclose(gate.probability, [0.9, 0.8, 1.0, 0.6], atol=1e-6)
    assert gate.abstained is None
    assert gate.confusion().shape == (12, 12)
    assert list(curve_rows(gate)) == [
        "scans against other medical images",
        "scans against photos, pages, screens",
    ]
