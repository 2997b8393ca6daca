import pytest

from assistant.generated_questions import COUNT, from_patterns, generated_questions, spread
from knowledge_base.schema import TOPICS


def test_five_hundred_both_languages_no_two_alike() -> None:
    questions = generated_questions()
    assert len(questions) == COUNT == len(set(questions))
    assert sum(language == "en" for _, language in questions) == COUNT / 2
    assert questions == generated_questions()


def test_every_topic_stands_in_every_pattern() -> None:
    texts = from_patterns("en")
    assert len(texts) == 10 * (len(TOPICS) - 1)
    assert sum("Do I have" in text for text in texts) == len(TOPICS) - 1


def test_spread() -> None:
    assert spread(["a", "b", "c", "d"], 2) == ["a", "c"]
    with pytest.raises(ValueError, match="1 questions to choose from, 2 were expected"):
        spread(["a"], 2)
