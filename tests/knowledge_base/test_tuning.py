import numpy as np
import pytest

from knowledge_base import tuning
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.questions import Question
from knowledge_base.retriever import Retriever
from knowledge_base.tuning import LET_THROUGH, choose_floor, fit, fit_scope, make_examples

INSIDE = [
    ("What is a meningioma?", "meningioma", "overview"),
    ("treatment for meningioma", "meningioma", "treatment"),
    ("what is pneumonia", "pneumonia", "overview"),
    ("pneumonia symptoms", "pneumonia", "symptoms"),
    ("surgery for a meningioma", "meningioma", "treatment"),
]
OUTSIDE = ["best pizza in Naples", "how to fix a bicycle", "capital of France", "broken arm", "asdf"]


def test_the_floor_lets_through_what_it_is_told_to() -> None:
    scores = [(0.9, True), (0.8, True), *[(at / 100, False) for at in range(50)]]
    floor = choose_floor(scores)
    assert sum(score >= floor for score, inside in scores if not inside) == int(LET_THROUGH * 50) == 1
    assert floor == pytest.approx(0.481)


def test_learns_to_put_what_answers_first(retriever: Retriever, fake_encoder: FakeEncoder) -> None:
    questions = [Question(text, "en", topic, (section,)) for text, topic, section in INSIDE]
    questions += [Question(text, "en", None, ()) for text in OUTSIDE]
    examples = make_examples(questions, retriever, fake_encoder)
    to_nothing = [e for e in examples if e.group < len(INSIDE) and not e.answers.any()]
    assert len(to_nothing) == len(INSIDE)
    assert len(examples) == 4 * len(questions) + len(to_nothing)
    fusion = fit(examples)
    assert min(fusion.ranking) >= 0
    for example in examples:
        if example.plain and example.answers.any():
            assert example.answers[int(np.argmax(fusion.rank_values(example.passages)))]


def test_the_scope_points_from_what_is_elsewhere_to_what_is_answered(
    fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [("treatment of a tumour", "ask_treatment"), *((text, "offtopic") for text in OUTSIDE)]
    monkeypatch.setattr(tuning, "read_messages", lambda _: said)
    scope = np.array(fit_scope([text for text, *_ in INSIDE], fake_encoder))
    inside, outside = (fake_encoder.encode_queries(t) @ scope for t in ([i[0] for i in INSIDE], OUTSIDE))
    assert inside.min() > outside.max()


def test_a_follow_up_to_nothing_is_answered_by_nothing(
    retriever: Retriever, fake_encoder: FakeEncoder
) -> None:
    asked = [Question("how is a meningioma treated", "en", "meningioma", ("treatment",))]
    whole, *_, to_nothing = make_examples(asked, retriever, fake_encoder)
    assert whole.answers.any()
    assert not to_nothing.answers.any()
    assert whole.plain
    assert not to_nothing.plain


def test_a_question_that_no_passage_answers_is_left_out(
    retriever: Retriever, fake_encoder: FakeEncoder
) -> None:
    assert make_examples([Question("covid?", "en", "covid19", ("overview",))], retriever, fake_encoder) == []


def test_a_passage_of_another_topic_than_the_one_passed_in_is_no_rival(
    retriever: Retriever, fake_encoder: FakeEncoder
) -> None:
    question = Question("How is a meningioma treated?", "en", "meningioma", ("treatment",))
    examples = make_examples([question], retriever, fake_encoder)
    counts = [len(example.answers) for example in examples]
    everything = len(retriever.passages("en"))
    of_topic = sum(passage.topic == "meningioma" for passage in retriever.passages("en"))
    assert counts[:4] == [everything, everything, of_topic, of_topic]
