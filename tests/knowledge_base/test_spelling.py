import pytest

from knowledge_base.spelling import Spelling, plain


def test_plain_drops_case_accents_and_tilde() -> None:
    assert plain("Ñandú TÓRAX") == "nandu torax"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("glioma", "glioma"),
        ("meninjioma", "meningioma"),
        ("menigoma", "meningioma"),
        ("mingoma", None),
        ("gloima", "glioma"),
        ("gloma", "glioma"),
        ("gliomaa", "glioma"),
        ("tumro", "tumor"),
        ("humor", None),
        ("tumo", None),
        ("", None),
    ],
)
def test_nearest(typed: str, meant: str | None) -> None:
    assert Spelling(["meningioma", "glioma", "tumor"]).nearest(typed) == meant


def test_a_word_of_any_length_is_answered_at_once() -> None:
    assert Spelling(["meningioma"]).nearest("a" * 1_000_000) is None


def test_of_two_equally_near_the_same_first_letter_wins() -> None:
    assert Spelling(["castle", "hastle"]).nearest("hactle") == "hastle"


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("present", "prevent", None),
        ("puentes", "fuentes", None),
        ("infecciones", "infeccion", "infeccion"),
        ("vaccines", "vaccine", "vaccine"),
        ("infeccoin", "infeccion", "infeccion"),
    ],
)
def test_a_word_of_the_language_stands_only_for_one_of_its_own_stem(
    typed: str, known: str, meant: str | None
) -> None:
    assert Spelling([known]).nearest(typed) == meant
