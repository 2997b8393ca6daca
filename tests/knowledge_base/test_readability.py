import pytest

from knowledge_base.passages import load_passages
from knowledge_base.readability import (
    AVERAGE_GRADE,
    LEAST_EASE,
    is_hard,
    reading_level,
    syllable_count,
)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("brain", 1), ("life", 1), ("table", 2), ("treated", 2), ("causes", 2), ("lungs", 1)],
        *[("pneumonia", 3), ("used", 1), ("doctors", 2), ("people", 2), ("disease", 2)],
    ],
)
def test_english_syllables(word: str, count: int) -> None:
    assert syllable_count(word, "en") == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("neumonía", 4), ("hueso", 2), ("aéreo", 4), ("cuidado", 3), ("oído", 3), ("guía", 2), ("y", 1)],
        *[("quiste", 2), ("pingüino", 3), ("estudiéis", 3), ("leer", 2), ("ahora", 3), ("muy", 1)],
    ],
)
def test_spanish_syllables(word: str, count: int) -> None:
    assert syllable_count(word, "es") == count


def test_levels_by_hand() -> None:
    # 6 words, 2 sentences, 7 and 10 syllables.
    assert reading_level("The cat sat. It was happy.", "en") == pytest.approx(0.39 * 3 + 11.8 * 7 / 6 - 15.59)
    assert reading_level("La gata duerme. No tiene frío.", "es") == pytest.approx(
        206.84 - 60 * 10 / 6 - 1.02 * 3
    )


def test_longer_words_and_sentences_are_harder() -> None:
    plain = "The lungs take in air. Germs can hurt them."
    heavy = "Pulmonary parenchymal inflammation necessitates antimicrobial administration immediately."
    assert reading_level(plain, "en") < 5 < 20 < reading_level(heavy, "en")
    assert is_hard(heavy, "en")
    assert not is_hard(plain, "en")


@pytest.mark.parametrize("text", ["", "  ", "123 …"])
def test_a_text_without_words_has_no_level(text: str) -> None:
    with pytest.raises(ValueError, match="without words"):
        reading_level(text, "en")


def test_the_articles_are_easy_to_read() -> None:
    passages = load_passages()
    grades = [reading_level(p.text, "en") for p in passages if p.language == "en"]
    assert sum(grades) / len(grades) <= AVERAGE_GRADE
    assert [p.passage_id for p in passages if is_hard(p.text, p.language)] == []
    ease = [reading_level(p.text, "es") for p in passages if p.language == "es"]
    assert min(ease) >= LEAST_EASE
