from datetime import date

import pytest

from assistant.citing import Citations, split_sentences
from knowledge_base.schema import Passage, Source

SOURCE = Source("nci", "Title", "NCI", "https://example.org", 2024, "a fact", date(2026, 1, 1))


def passage(number: int, text: str) -> Passage:
    return Passage(f"glioma/overview/en/{number}", "glioma", "overview", "en", number, "T", text, (SOURCE,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("In the U.S. it is common. Then more.", ["In the U.S. it is common.", "Then more."]),
        ("About 4.5 percent. ¿Por qué? Porque sí.", ["About 4.5 percent.", "¿Por qué?", "Porque sí."]),
        ("En EE. UU. es frecuente.", ["En EE. UU. es frecuente."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


def test_marks_follow_the_order_of_first_use() -> None:
    citations = Citations()
    first, second = passage(1, "A is. B is."), passage(2, "C is.")
    assert citations.cite(second) == "C is. [1]"
    assert citations.cite(first) == "A is. [2] B is. [2]"
    assert citations.cite(second, limit=1) == "C is. [1]"
    assert [citation.passage_id for citation in citations.as_tuple()] == [
        "glioma/overview/en/2",
        "glioma/overview/en/1",
    ]
