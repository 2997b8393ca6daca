import html

import pytest

from ui.escaping import escape, plain, safe_url

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "${alert(1)} {{value}} `x`",
    "![x](https://evil.example/a.png) [a](javascript:alert(1))",
    "# title\n- item\n1. item\n    code\n> quote\n===\n| a | b |",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_has_no_character_that_acts(text: str) -> None:
    escaped = escape(text)
    assert not set("<>\"'{}$`") & set(escaped)
    assert html.unescape(escaped) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_has_no_markdown_and_reads_the_same(text: str) -> None:
    shown = plain(text)
    assert not set("<>*_`[]\\~|$") & set(shown)
    assert html.unescape(shown).replace("\xa0", " ") == text
    assert all(line[:1] not in {"-", "+", "=", " ", "\t"} for line in shown.splitlines())


def test_a_line_begins_after_any_end_of_line() -> None:
    assert plain("a\r- b\r\n# c\r    d") == "a\n&#45; b\n&#35; c\n&nbsp;&nbsp;&nbsp;&nbsp;d"


def test_ordinary_words_stay_as_they_are() -> None:
    assert plain("¿Qué es un meningioma? (grado 1)") == "¿Qué es un meningioma? (grado 1)"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "", "//a.example", "https://[bad"]
)
def test_other_than_http_is_no_address(url: str) -> None:
    assert safe_url(url) is None


def test_an_address_cannot_leave_its_attribute() -> None:
    assert safe_url('https://a.example/?q="><b> x') == "https://a.example/?q=%22%3E%3Cb%3E%20x"
