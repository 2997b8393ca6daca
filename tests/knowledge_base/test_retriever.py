import pytest

from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.retriever import Retriever
from knowledge_base.schema import Language, Retrieval


@pytest.fixture
def search(retriever: Retriever, fake_encoder: FakeEncoder):
    def run(query: str, language: Language = "en", **options: object) -> Retrieval:
        return retriever.search(query, fake_encoder.encode_queries([query])[0], language, **options)

    return run


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("What is a meningioma?", "en", "meningioma/overview/en/1"),
        ("how do they treat a menigioma", "en", "meningioma/treatment/en/1"),
        ("¿Qué síntomas da la neumonía?", "es", "pneumonia/symptoms/es/1"),
        ("sintomas de nuemonia", "es", "pneumonia/symptoms/es/1"),
    ],
)
def test_finds_the_passage_in_the_language_of_the_question(
    search, query: str, language: Language, found: str
) -> None:
    retrieval = search(query, language)
    assert retrieval.hits[0].passage.passage_id == found
    assert {hit.passage.language for hit in retrieval.hits} == {language}


def test_topic_and_section_passed_in_decide_where_the_words_do_not(search) -> None:
    retrieval = search("and that?", topic="pneumonia", section="symptoms")
    assert retrieval.hits[0].passage.passage_id == "pneumonia/symptoms/en/1"
    assert retrieval.nearest_topics[0] == "pneumonia"


@pytest.mark.parametrize("topic", ["meningioma", "pneumonia"])
def test_a_topic_passed_in_is_what_a_follow_up_is_about(search, topic: str) -> None:
    assert search("what is it?", topic=topic).hits[0].passage.topic == topic


def test_strangers_to_the_topic_passed_in_come_last(search) -> None:
    hits = search("What is a meningioma?", topic="pneumonia").hits
    assert [hit.passage.topic for hit in hits] == ["pneumonia"] * 2 + ["meningioma"] * 2


def test_the_kinds_of_a_topic_are_no_strangers(search) -> None:
    assert search("how is it treated?", topic="brain_tumor").hits[0].passage.topic == "meningioma"
    assert search("what are the symptoms?", topic="covid19").hits[0].passage.topic == "pneumonia"


def test_scores_fall_and_lie_between_0_and_1(search) -> None:
    scores = [hit.score for hit in search("What is pneumonia?").hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_above_floor_goes_by_the_best_hit(search, retriever: Retriever) -> None:
    for query in ("What is pneumonia?", "best pizza in Naples"):
        retrieval = search(query)
        assert retrieval.above_floor == (retrieval.hits[0].score >= retriever.fusion.floor)


def test_nonsense_is_under_the_floor_and_topics_are_offered(search) -> None:
    retrieval = search("asdf qwer zxcv")
    assert not retrieval.above_floor
    assert len(retrieval.nearest_topics) == len(set(retrieval.nearest_topics)) == 2


@pytest.mark.parametrize("top_k", [1, 2, 100])
def test_top_k(search, top_k: int) -> None:
    assert len(search("What is pneumonia?", top_k=top_k).hits) == min(top_k, 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"topic": "gout"}, "topic is 'gout'"),
        ({"section": "summary"}, "section is 'summary'"),
        ({"top_k": 0}, "top_k is 0"),
        ({"language": "fr"}, "language is 'fr'"),
    ],
)
def test_wrong_arguments_are_named(search, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        search("What is pneumonia?", **options)


@pytest.mark.parametrize("query", ["", "   ", "¿?", "\x00", "🧠", "x" * 5000])
def test_odd_queries_are_searched_like_any_other(search, query: str) -> None:
    assert len(search(query).hits) == 4


def test_the_same_question_twice_gives_the_same(search) -> None:
    assert search("What is pneumonia?") == search("What is pneumonia?")
