"""A library too large to compare a question with all of it: the one in the project, said to be too large."""

from pathlib import Path

import numpy as np
import pytest

from knowledge_base import index, retriever
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.fusion import NEUTRAL
from knowledge_base.index import build_index
from knowledge_base.questions import Question
from knowledge_base.retriever import Retriever, load_retriever
from knowledge_base.schema import SECTIONS, TOPICS
from knowledge_base.shelf import Shelf
from knowledge_base.tuning import make_examples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build_index(FakeEncoder(), folder=folder)
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path) -> Retriever:
    return load_retriever(folder=folder, fusion=NEUTRAL)


@pytest.fixture
def large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Retriever:
    monkeypatch.setattr(index, "EXACT", 100)
    return load_retriever(folder=folder, fusion=NEUTRAL)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_large_library_gives_what_comparing_with_all_of_it_gives(
    whole: Retriever, large: Retriever, language: str
) -> None:
    asked = [passage.title for passage in whole.passages(language)]
    vectors = FakeEncoder().encode_queries(asked)
    same = [
        whole.search(text, vector, language).hits[0].passage
        == large.search(text, vector, language).hits[0].passage
        for text, vector in zip(asked, vectors, strict=True)
    ]
    assert np.mean(same) > 0.97


def test_a_topic_and_section_passed_in_are_weighed_whatever_the_words(large: Retriever) -> None:
    vector = FakeEncoder().encode_queries(["and that?"])[0]
    hits = large.search("and that?", vector, "en", topic="glioma", section="prognosis", top_k=1000).hits
    found = {hit.passage.passage_id for hit in hits}
    rows = large.shelf("en").rows("glioma", "prognosis")
    assert {large.passages("en")[row].passage_id for row in rows} <= found
    assert hits[0].passage.topic == "glioma"


@pytest.mark.parametrize("topic", TOPICS)
def test_with_a_topic_passed_in_the_same_passage_comes_first_whatever_the_section(
    whole: Retriever, large: Retriever, monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    monkeypatch.setattr(retriever, "NEAR", 8)
    monkeypatch.setattr(retriever, "WORDED", 8)
    vector = FakeEncoder().encode_queries(["and that?"])[0]
    for section in SECTIONS:
        first, of_all = (
            found.search("and that?", vector, "es", topic=topic, section=section).hits[0].passage
            for found in (large, whole)
        )
        assert (first.topic == topic) or (of_all.topic != topic)
        assert (first.section == section) or (of_all.section != section)


def test_a_section_passed_in_alone_is_weighed(large: Retriever) -> None:
    vector = FakeEncoder().encode_queries(["and that?"])[0]
    hits = large.search("and that?", vector, "en", section="prognosis", top_k=1000).hits
    weighed = {hit.passage for hit in hits}
    assert {large.passages("en")[row] for row in large.shelf("en").rows(None, "prognosis")} <= weighed


def test_a_large_library_can_be_learnt_from(large: Retriever) -> None:
    asked = [Question("how is a glioma treated", "en", "glioma", ("treatment",))]
    examples = make_examples(asked, large, FakeEncoder())
    assert all(len(example.answers) == len(example.passages) for example in examples)
    assert examples[0].answers.any()


def test_only_some_passages_are_weighed(large: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retriever, "NEAR", 8)
    monkeypatch.setattr(retriever, "WORDED", 8)
    vector = FakeEncoder().encode_queries(["how is a glioma treated"])[0]
    found = large.search("how is a glioma treated", vector, "en", top_k=1000)
    assert 8 <= len(found.hits) <= 40


def test_the_cosines_of_some_passages_are_those_among_all(whole: Retriever, large: Retriever) -> None:
    vector = FakeEncoder().encode_queries(["glioma"])[0]
    rows = np.array([0, 7, 100, 294])
    all_of_them = whole._index("es").similarities(vector)
    some = large._index("es").similarities(vector, rows)
    assert np.allclose(some, all_of_them[rows], atol=2e-3)
    assert np.allclose(whole._index("es").similarities(vector, rows), all_of_them[rows], atol=1e-6)


def test_a_shelf_finds_by_name_and_place(whole: Retriever) -> None:
    shelf = whole.shelf("es")
    passage = shelf.passages[10]
    assert shelf.get(passage.passage_id) is passage
    assert shelf.get("nothing/like/es/1") is None
    first = shelf.first("glioma", "treatment")
    assert first is not None
    assert first.passage_id == "glioma/treatment/es/1"
    assert shelf.first("glioma", None) is None
    assert [shelf.passages[row].section for row in shelf.rows("glioma", "causes")].count("causes") >= 1
    assert shelf.rows("gout", "causes").size == 0
    assert Shelf(()).sections("glioma") == ()
