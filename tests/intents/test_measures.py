import pytest

from intents.examples import Example
from intents.measures import (
    GOALS,
    by_intent,
    confusions,
    confusions_table,
    figures_of,
    intents_table,
    out_of_scope,
)

EXAMPLES = [
    Example("hello", "greeting", "en"),
    Example("hola", "greeting", "es"),
    Example("asdf", "fallback", "en"),
    Example("pizza", "offtopic", "es"),
    Example("asthma?", "offtopic_medical", "en"),
]


def test_figures() -> None:
    said = ["greeting", "offtopic_medical", "offtopic", "greeting", "fallback"]
    figures = figures_of(EXAMPLES, said)
    assert figures["accuracy"] == pytest.approx(1 / 5)
    assert figures["accuracy_es"] == 0
    assert figures["none_of_these_recall"] == 0.5
    assert figures["none_of_these_recall_en"] == 1.0
    assert figures["refused"] == pytest.approx(1 / 3)
    assert figures["declined"] == 0.5
    assert figures["declined_en"] == 0
    assert {goal.figure for goal in GOALS} >= figures.keys()


def test_a_language_without_both_kinds_cannot_be_measured() -> None:
    with pytest.raises(
        ValueError, match="es has 1 utterances in scope and 0 out of it, expected some of each"
    ):
        figures_of(EXAMPLES[:3], ["greeting"] * 3)


def test_out_of_scope() -> None:
    figures = out_of_scope("clinc150_oos", ["offtopic", "fallback", "offtopic_medical", "greeting"])
    assert figures == {"clinc150_oos_found": 0.5, "clinc150_oos_declined": 0.75}


def test_by_intent_and_confusions() -> None:
    said = ["greeting", "fallback", "fallback", "offtopic", "offtopic_medical"]
    rows = by_intent(EXAMPLES, said)
    assert rows["greeting"] == {"en": 1.0, "es": 0.0, "count": 2}
    assert rows["fallback"] == {"en": 1.0, "count": 1}
    pairs = confusions(EXAMPLES, said)
    assert pairs == [{"intent": "greeting", "taken_for": "fallback", "times": 1, "en": 0, "es": 1}]
    assert "| greeting" in confusions_table(pairs)
    reached = {
        line.split("|")[1].strip(): line.split("|")[5].strip() for line in intents_table(rows).splitlines()
    }
    assert (reached["greeting"], reached["fallback"]) == ("no", "yes")
