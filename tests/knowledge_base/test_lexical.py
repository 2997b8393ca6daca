import numpy as np
import pytest

from knowledge_base.lexical import Lexicon, content_words, stems
from knowledge_base.passages import load_passages
from knowledge_base.schema import Language


@pytest.fixture
def lexicon(articles):
    passages = [passage for passage in load_passages(articles) if passage.language == "es"]
    return passages, Lexicon(passages, {"pneumonia": "Neumonía", "meningioma": "Meningioma"}, "es")


def best(lexicon, query: str) -> str:
    passages, made = lexicon
    return str(passages[int(np.argmax(made.scores(query)[0]))].passage_id)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("síntomas de la neumonía", "pneumonia/symptoms/es/1"),
        ("sintoma de la neumonia", "pneumonia/symptoms/es/1"),
        ("sintomas de nuemonia", "pneumonia/symptoms/es/1"),
        ("cirujía del meningioma", "meningioma/treatment/es/1"),
    ],
)
def test_finds_by_words_with_accents_and_typos_forgiven(lexicon, query: str, found: str) -> None:
    assert best(lexicon, query) == found


def test_coverage_is_the_share_of_the_query_that_a_passage_holds(lexicon) -> None:
    _, made = lexicon
    _, whole = made.scores("síntomas de la neumonía")
    _, part = made.scores("síntomas de la neumonía zzyzx")
    assert whole.max() == pytest.approx(1.0)
    assert 0 < part.max() < 0.8


@pytest.mark.parametrize("query", ["", "zzyzx qwrty", "de la que", "¿?"])
def test_nothing_known_scores_nothing(lexicon, query: str) -> None:
    _, made = lexicon
    bm25, coverage = made.scores(query)
    assert not bm25.any()
    assert not coverage.any()
    assert bm25.shape == coverage.shape == (4,)


def test_stopwords_are_dropped() -> None:
    assert content_words("What are the symptoms of a glioma?", "en") == ["symptoms", "glioma"]


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("operacion", "operaciones", "es"),
        ("tratamiento", "tratamientos", "es"),
        ("infected", "infection", "en"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str, language: Language) -> None:
    assert stems([one], language) == stems([other], language)
