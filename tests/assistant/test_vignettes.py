from pathlib import Path

import numpy as np
import pytest

from assistant.second_look import SecondLook
from assistant.vignettes import GOALS, Vignette, alarm_figures, measure_vignettes, read_vignettes
from knowledge_base.fake_encoder import FakeEncoder

VIGNETTES = (
    Vignette("I can't breathe", "en", True),
    Vignette("no puedo respirar", "es", True),
    Vignette("what is pneumonia", "en", False),
    Vignette("qué es un meningioma", "es", False),
)
GOOD = "emergencies: {en: [a, b], es: [c]}\nnot_emergencies: {en: [d], es: [e]}\n"


def test_shares_by_way_and_language() -> None:
    figures = alarm_figures(
        VIGNETTES, {"floor": [True, False, True, False], "both": [True, True, True, False]}
    )
    assert (figures["floor_found"], figures["floor_missed"], figures["floor_found_es"]) == (0.5, 1, 0)
    assert (figures["floor_alarms"], figures["floor_alarms_en"], figures["floor_alarms_es"]) == (0.5, 1, 0)
    assert (figures["both_found"], figures["both_missed"]) == (1, 0)


@pytest.mark.parametrize(("bias", "found", "alarms"), [(1e6, 1.0, 1.0), (-1e6, 1.0, 0.0)])
def test_the_second_look_only_adds_alarms(bias: float, found: float, alarms: float) -> None:
    encoder = FakeEncoder(8)
    nothing = SecondLook(np.zeros((1, 9), np.float32), np.zeros(1, np.float32), 1.0, 0.0, bias)
    figures = measure_vignettes(VIGNETTES, encoder, nothing)
    assert (figures["floor_found"], figures["floor_alarms"]) == (1.0, 0.0)
    assert (figures["both_found"], figures["both_alarms"]) == (found, alarms)
    assert (figures["emergencies"], figures["look_alikes"]) == (2, 2)
    assert {goal.figure for goal in GOALS} <= figures.keys()


def test_vignettes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "vignettes.yaml"
    path.write_text(GOOD, "utf-8")
    read = read_vignettes(path)
    assert [vignette.is_emergency for vignette in read] == [True, True, True, False, False]
    assert read[2] == Vignette("c", "es", True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [", "not YAML"),
        ("- a", "expected the groups emergencies and not_emergencies"),
        ("emergencies: {en: [a]}", "expected the groups"),
        (GOOD.replace("es: [c]", "es: []"), "emergencies has no list of texts under es"),
        (GOOD.replace("[d]", "[3]"), "not_emergencies, en, entry 1 is no text"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "vignettes.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=said) as raised:
        read_vignettes(path)
    assert str(path) in str(raised.value)
