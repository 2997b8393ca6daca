import json

import pytest

from vision_models.analysis import Analysis

CHEST = Analysis(
    "a.png",
    "chest_xray",
    modality="chest_xray",
    finding="pneumonia",
    probabilities={"normal": 0.1, "bacterial_pneumonia": 0.45, "viral_pneumonia": 0.4, "covid19": 0.05},
)


def test_the_probability_of_an_open_cause_is_that_of_all_kinds() -> None:
    assert CHEST.probability == pytest.approx(0.9)


def test_a_refused_image_has_no_probability() -> None:
    refused = Analysis("a.png", "rejected", reason="photo")
    assert refused.probability == 0.0
    assert not refused.accepted


def test_the_json_form_holds_no_array() -> None:
    written = json.loads(json.dumps(CHEST.as_json("overlays/a.png")))
    assert list(written) == [
        *("image", "verdict", "reason", "modality", "finding", "probabilities"),
        *("prediction_set", "abstained", "overlay", "model"),
    ]
    assert written["overlay"] == "overlays/a.png"
