import tomllib

import numpy as np
import pytest

from knowledge_base.evaluate import FIGURES, as_toml, evaluate_alone, measure
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.questions import Question
from knowledge_base.retriever import Retriever

PAIR = (
    Question("a", "en", "meningioma", ("treatment",)),
    Question("b", "en", "pneumonia", ("symptoms",)),
)


def test_figures_of_known_orders(retriever: Retriever) -> None:
    passages = retriever.passages("en")
    rows = {passage.passage_id: row for row, passage in enumerate(passages)}
    right, beside = rows["meningioma/treatment/en/1"], rows["meningioma/overview/en/1"]
    other, symptoms = rows["pneumonia/overview/en/1"], rows["pneumonia/symptoms/en/1"]
    figures = measure(
        PAIR,
        [np.array([right, beside, other, symptoms]), np.array([beside, right, other, symptoms])],
        passages,
    )
    assert figures.topic == 1.0
    assert figures.section == 0.5
    assert figures.mrr == pytest.approx((1 + 1 / 4) / 2)


def test_a_question_out_of_scope_has_no_rank(retriever: Retriever) -> None:
    with pytest.raises(ValueError, match="in scope"):
        measure([Question("a", "en", None, ())], [np.arange(4)], retriever.passages("en"))


def test_written_as_toml() -> None:
    text = as_toml({"galeno.en": {"mrr": 0.5, "questions_in_scope": 80.0}}, {"encoder": "abc"})
    assert tomllib.loads(text) == {"encoder": "abc", "galeno": {"en": {"mrr": 0.5, "questions_in_scope": 80}}}


def test_the_figures_in_the_project_are_above_their_floors() -> None:
    """First measured on 2026-11-21 (figures_first_run.toml), less two points."""
    figures = tomllib.loads(FIGURES.read_text("utf-8"))
    for language, section in (("en", 0.91), ("es", 0.85)):
        ours = figures["galeno"][language]
        assert ours["topic_in_first_3"] >= 0.95
        assert ours["topic_and_section_in_first_3"] >= section
        assert ours["out_of_scope_answered"] <= 0.06
        assert ours["mrr"] > figures["bm25_alone"][language]["mrr"]
        assert ours["mrr"] > figures["dense_alone"][language]["mrr"]


def test_another_encoder_is_measured_alone() -> None:
    tables = evaluate_alone(
        "fake", FakeEncoder(32), (*PAIR[:1], Question("c", "es", "glioma", ("overview",)))
    )
    assert set(tables) == {"fake.en", "fake.es"}
    assert all(0 <= value <= 1 for table in tables.values() for value in table.values())
