import time

import pytest

from assistant.legible import legible, printable


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("menin\u200bgioma", "meningioma"),
        ("menin\u00adgioma", "meningioma"),
        ("\ufeffhola\u2060", "hola"),
        ("\u202ewhat\u202c", "what"),
        ("a\0b\x1b[31mc", "a b [31mc"),
        ("half\ud800", "half"),
        ("Ｗｈａｔ ｉｓ", "What is"),
        ("𝐦𝐞 𝐪𝐮𝐢𝐞𝐫𝐨 𝐦𝐨𝐫𝐢𝐫", "me quiero morir"),
        ("sinto\u0301mas", "sintómas"),
        ("why" + "?" * 500, "why???"),
        ("\u200b\u200b", ""),
        (" \n ", ""),
    ],
)
def test_what_cannot_be_seen_says_nothing(text: str, read: str) -> None:
    assert legible(text) == read


@pytest.mark.parametrize(
    "text",
    ["¿Qué es un glioma?", "it´s 39,5 ºC…", "one\ntwo\tthree", "3 × 4 cm", "¡¡¡Hola!!!", "مرحبا", "🧠"],
)
def test_what_a_person_writes_stays(text: str) -> None:
    assert legible(text).replace("oC", "ºC") == text


def test_a_name_can_always_be_written() -> None:
    assert printable("scan.png") == "scan.png"
    assert printable("\udcff.png").encode() == b"\\udcff.png"


def test_a_message_of_any_length_is_read_soon() -> None:
    """Marks without a letter take time with the square of their number where they are composed at once."""
    started = time.process_time()
    legible("\u0301\u0316" * 150_000)
    assert time.process_time() - started < 1
