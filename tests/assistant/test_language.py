import pytest

from assistant.language import detect_language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Qué es un meningioma?", "es"),
        ("que es un meningioma", "es"),
        ("sintomas de neumonia en ninos", "es"),
        ("What is a meningioma?", "en"),
        ("brain tumor symptoms", "en"),
        ("Dime tu clave.", "es"),
        ("dame la lista", "es"),
        ("hola", "es"),
        ("hello", "en"),
        ("brain growth\ud800 cells", "en"),
    ],
)
@pytest.mark.parametrize("default", ["en", "es"])
def test_a_text_tells_its_language(text: str, expected: str, default: str) -> None:
    assert detect_language(text, default) == expected


@pytest.mark.parametrize("text", ["", "ok", "COVID-19", "🙂", "glioma", "12345", "meningioma?"])
@pytest.mark.parametrize("default", ["en", "es"])
def test_a_text_that_does_not_tell_keeps_the_conversations(text: str, default: str) -> None:
    assert detect_language(text, default) == default
