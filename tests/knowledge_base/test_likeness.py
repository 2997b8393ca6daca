from datetime import date

import pytest

from knowledge_base.likeness import alike
from knowledge_base.schema import Language, Passage, Source

SOURCE = Source("page", "A page", "NIH", "https://nih.gov", 2024, "what it says", date(2026, 11, 21))
FIRST = "Una neumonía llena de líquido los alvéolos del pulmón y deja entrar menos aire."


def passage(number: int, text: str, language: Language = "es") -> Passage:
    name = f"pneumonia/overview/{language}/{number}"
    return Passage(name, "pneumonia", "overview", language, number, "¿Qué?", text, (SOURCE,))


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        FIRST.upper().replace("Í", "I").replace(".", " …"),
        FIRST.replace("menos", "poco"),
        f"{FIRST} Suele empezar de repente y dura una o dos semanas, según la edad de la persona.",
    ],
    ids=["identical", "marks and accents", "one word", "the whole of the shorter"],
)
def test_what_says_the_same(text: str) -> None:
    ((one, other, share),) = alike([passage(1, FIRST), passage(2, text, "en")])
    assert (one.number, other.number) == (1, 2)
    assert 0.6 <= share <= 1


@pytest.mark.parametrize(
    "text",
    ["", "Una neumonía", "Una neumonía llena de líquido el pulmón, que toma poco aire por los alvéolos."],
)
def test_what_says_something_else(text: str) -> None:
    assert alike([passage(1, FIRST), passage(2, text)]) == []
