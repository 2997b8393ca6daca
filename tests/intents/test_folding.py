import pytest

from intents.folding import _PLAIN, fold, one_line, plain


def test_fold_drops_accents_case_and_marks() -> None:
    assert fold("¿Qué ES un Meningioma?") == "que es un meningioma"
    assert fold("What's that?!") == "what s that"
    assert fold("  ") == ""


@pytest.mark.parametrize(
    "text", ["¿Añicos?", "İstanbul ß ŒUVRE", "日本語 text", "a\u0301b", "\ud800", "🙂 ok"]
)
def test_plain_keeps_the_length(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_one_line() -> None:
    assert one_line(" a\n\tb  c ") == "a b c"


def test_plain_remembers_latin_letters_alone_whatever_it_reads() -> None:
    before = len(_PLAIN)
    plain("".join(chr(number) for number in range(0x3000, 0x9000)))
    assert len(_PLAIN) == before
