import pytest

from knowledge_base.spelling import Spelling, distance, plain, slips_allowed


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("glioma", "glioma", 0),
        ("glioma", "gliona", 1),
        ("neumonia", "nuemonia", 1),
        ("abc", "xyz", 3),
        ("", "ab", 2),
    ],
)
def test_distance(one: str, other: str, expected: int) -> None:
    assert distance(one, other, 3) == expected
    assert distance(other, one, 3) == expected


def test_distance_stops_at_the_limit() -> None:
    assert distance("meningioma", "photosynthesis", 2) == 3


def test_plain_drops_case_accents_and_tilde() -> None:
    assert plain("Ñandú TÓRAX") == "nandu torax"


@pytest.mark.parametrize(("word", "slips"), [("tumor", 0), ("glioma", 1), ("meningioma", 2)])
def test_short_words_are_not_corrected(word: str, slips: int) -> None:
    assert slips_allowed(word) == slips


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("meninjioma", "meningioma"), ("menigoma", None), ("gloima", "glioma"), ("tumar", None), ("", None)],
)
def test_nearest(typed: str, meant: str | None) -> None:
    assert Spelling(["meningioma", "glioma", "tumor"]).nearest(typed) == meant


def test_a_word_of_any_length_is_answered_at_once() -> None:
    assert Spelling(["meningioma"]).nearest("a" * 1_000_000) is None


def test_of_two_equally_near_the_same_first_letter_wins() -> None:
    assert Spelling(["castle", "hastle"]).nearest("hactle") == "hastle"
