from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.messages import messages
from assistant.models import Models
from assistant.search import MOST, RequestError, search_knowledge
from knowledge_base.schema import SECTIONS, TOPICS


class CountingEncoder:
    """An encoder that counts how often it runs, and keeps what it was given."""

    def __init__(self, encoder: object) -> None:
        self.encoder = encoder
        self.asked: list[list[str]] = []

    def encode_queries(self, texts: list[str]) -> object:
        self.asked.append(list(texts))
        return self.encoder.encode_queries(texts)


def counting(models: Models) -> tuple[Models, CountingEncoder]:
    encoder = CountingEncoder(models.words.encoder)
    return replace(models, words=replace(models.words, encoder=encoder)), encoder


@pytest.mark.parametrize(
    ("query", "language"), [("What is a meningioma?", "en"), ("¿Qué es un meningioma?", "es")]
)
def test_a_question_finds_its_passages_in_its_language(
    query: str, language: str, models: Callable[..., Models]
) -> None:
    asked, encoder = counting(models())
    result = search_knowledge(query, None, asked)
    best = result.passages[0]
    assert encoder.asked == [[query]]
    assert result.language == language
    assert len(result.passages) == 5
    assert best.topic == "meningioma"
    assert {passage.language for passage in result.passages} == {language}
    assert [passage.score for passage in result.passages] == sorted(
        (passage.score for passage in result.passages), reverse=True
    )
    written = {passage.passage_id: passage for passage in asked.words.retriever.passages(language)}
    assert best.text == written[best.passage_id].text
    assert best.sources == written[best.passage_id].sources


def test_a_language_asked_for_wins_over_that_of_the_words(models: Callable[..., Models]) -> None:
    result = search_knowledge("What is a meningioma?", "es", models())
    assert {passage.language for passage in result.passages} == {"es"}


def test_a_topic_and_a_section_keep_only_their_own(models: Callable[..., Models]) -> None:
    of_topic = search_knowledge("treatment", "en", models(), topic="glioma", top_k=MOST)
    assert {passage.topic for passage in of_topic.passages} == {"glioma"}
    of_both = search_knowledge("treatment", "en", models(), "glioma", "treatment", MOST)
    assert {(passage.topic, passage.section) for passage in of_both.passages} == {("glioma", "treatment")}
    of_section = search_knowledge("treatment", "en", models(), section="treatment", top_k=MOST)
    assert {passage.section for passage in of_section.passages} == {"treatment"}
    assert len({passage.topic for passage in of_section.passages}) > 1
    far = search_knowledge("What is a meningioma?", "en", models(), section="transmission", top_k=MOST)
    written = [p for p in models().words.retriever.passages("en") if p.section == "transmission"]
    assert len(far.passages) == len(written) > 1
    nothing = search_knowledge("¿Cómo se contagia?", "es", models(), "glioma", "transmission")
    assert (nothing.passages, nothing.above_floor) == ((), False)


def test_what_may_be_claimed_is_told_by_the_best_that_is_kept(models: Callable[..., Models]) -> None:
    asked = models()
    retriever, encoder = asked.words.retriever, asked.words.encoder
    query = "What is a meningioma?"
    found = retriever.search(query, encoder.encode_queries([query])[0], "en", section="treatment", top_k=999)
    kept = [hit.score for hit in found.hits if hit.passage.section == "treatment"]
    other = found.hits[0].score
    assert kept[0] < other, "the best passage is of another section, or this test says nothing"
    between = replace(retriever.fusion, floor=(kept[0] + other) / 2)
    try:
        before, retriever.fusion = retriever.fusion, between
        assert search_knowledge(query, "en", asked, section="treatment").above_floor is False
        retriever.fusion = replace(between, floor=kept[0])
        assert search_knowledge(query, "en", asked, section="treatment").above_floor is True
    finally:
        retriever.fusion = before


@pytest.mark.parametrize("query", ["", "   \n", "\ud800"])
def test_an_empty_query_finds_nothing(query: str, models: Callable[..., Models]) -> None:
    asked, encoder = counting(models())
    result = search_knowledge(query, None, asked, topic="glioma")
    assert (result.passages, result.above_floor, encoder.asked) == ((), False, [])


def test_of_a_long_query_the_beginning_is_read(models: Callable[..., Models]) -> None:
    asked, encoder = counting(models())
    assert search_knowledge("¿Qué es un meningioma? " * 13_000, None, asked).language == "es"
    assert [len(text) for text in encoder.asked[0]] == [asked.settings.max_text]


@pytest.mark.parametrize(("language", "said"), [("en", "expected one of"), ("es", "se esperaba uno")])
def test_an_unknown_topic_or_section_is_told_what_there_is(
    language: str, said: str, models: Callable[..., Models]
) -> None:
    with pytest.raises(RequestError, match=said) as unknown:
        search_knowledge("x", language, models(), topic="flu")
    assert all(topic in str(unknown.value) for topic in ("flu", *TOPICS))
    with pytest.raises(RequestError, match=said) as unknown:
        search_knowledge("x", language, models(), section="s" * 10_000)
    assert all(section in str(unknown.value) for section in SECTIONS)
    assert len(str(unknown.value)) < 500


@pytest.mark.parametrize("value", ["a\nb", "a\x1eb", "a \ud800b", "a\r\n\x00b"])
def test_a_value_that_is_refused_is_said_back_in_one_line_that_can_be_written(
    value: str, models: Callable[..., Models]
) -> None:
    with pytest.raises(RequestError, match="topic is “a b”; expected") as unknown:
        search_knowledge("x", "en", models(), topic=value)
    assert len(str(unknown.value).splitlines()) == 1
    assert str(unknown.value).encode()


@pytest.mark.parametrize("top_k", [0, -1, MOST + 1, "5", None, True, 2.5])
def test_a_number_out_of_range_is_refused(top_k: object, models: Callable[..., Models]) -> None:
    with pytest.raises(RequestError, match=f"top_k is .*from 1 to {MOST}"):
        search_knowledge("x", "en", models(), top_k=top_k)


def test_fewer_may_be_asked_for(models: Callable[..., Models]) -> None:
    assert len(search_knowledge("pneumonia", "en", models(), top_k=1).passages) == 1
    assert len(search_knowledge("pneumonia", "en", models(), top_k=MOST).passages) == MOST


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_the_library_it_says_so(language: str, models: Callable[..., Models]) -> None:
    with pytest.raises(RequestError) as error:
        search_knowledge("x", language, replace(models(), words=None))
    assert str(error.value) == messages(language)("reading.text_down")


def test_the_result_as_json_names_what_a_program_reads(models: Callable[..., Models]) -> None:
    result = search_knowledge("¿Qué es un meningioma?", None, models(), top_k=2)
    shape = result.as_json()
    assert list(shape) == ["language", "above_floor", "passages"]
    first = shape["passages"][0]
    assert list(first) == [
        "passage_id", "topic", "section", "language", "title", "text", "score", "sources",
    ]  # fmt: skip
    assert first["sources"][0].keys() == {"title", "publisher", "url"}
    assert first["sources"][0]["url"].startswith("https://")
    assert first["passage_id"] == f"{first['topic']}/{first['section']}/es/{first['passage_id'][-1]}"


def test_what_cannot_be_seen_in_a_query_is_not_searched_for(models: Callable[..., Models]) -> None:
    asked, encoder = counting(models())
    search_knowledge("What is a menin\u200bgio\u00adma?", None, asked)
    assert encoder.asked == [["What is a meningioma?"]]
