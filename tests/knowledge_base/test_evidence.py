import numpy as np
import pytest

from knowledge_base.evidence import (
    PASSAGE_FEATURES,
    QUERY_FEATURES,
    passage_evidence,
    query_evidence,
    read_question,
)
from knowledge_base.retriever import Retriever


def test_an_exam_beside_a_disease_weighs_less() -> None:
    asked = read_question("viral pneumonia on a chest x-ray")
    assert asked.topics["viral_pneumonia"] == 1.0
    assert asked.topics["chest_xray"] < 1.0


def test_a_broader_topic_beside_a_narrower_weighs_less() -> None:
    asked = read_question("is a meningioma a brain tumor")
    assert asked.topics["meningioma"] > asked.topics["brain_tumor"]


def test_what_is_counts_little_beside_a_clear_cue() -> None:
    asked = read_question("what is the treatment")
    assert asked.cued["treatment"] > asked.cued["overview"]
    assert read_question("what is it").cued["overview"] == 1.0


def test_a_topic_passed_in_is_not_one_named() -> None:
    asked = read_question("and the treatment?", topic="glioma", section="treatment")
    assert asked.topics == {}
    assert asked.about == ("glioma",)
    assert asked.given_section == "treatment"
    assert not asked.named


def test_columns_and_scale(retriever: Retriever) -> None:
    passages = retriever.passages("en")
    similarities = np.array([[0.8, 0.9, 0.85], *[[0.7, 0.8, 0.75]] * 3], np.float32)
    bm25 = np.array([2.0, 1.0, 0.0, 0.0], np.float32)
    asked = read_question("meningioma")
    rows = passage_evidence(passages, similarities, similarities, bm25, bm25 / 2, asked)
    assert rows.shape == (4, len(PASSAGE_FEATURES))
    assert np.allclose(rows[:, :3].mean(axis=0), 0, atol=1e-4)
    assert rows[0, PASSAGE_FEATURES.index("words")] == 1.0
    of_query = query_evidence(similarities, bm25, 0.3, asked)
    assert of_query.shape == (len(QUERY_FEATURES),)
    assert of_query[1:5] == pytest.approx([0.8, 0.9, 0.85, 0.3])


def test_equal_similarities_do_not_divide_by_zero(retriever: Retriever) -> None:
    passages = retriever.passages("en")
    zeros = np.zeros(4, np.float32)
    equal = np.zeros((4, 3), np.float32)
    rows = passage_evidence(passages, equal, equal, zeros, zeros, read_question(""))
    assert np.isfinite(rows).all()
