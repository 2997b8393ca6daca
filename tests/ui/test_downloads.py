import base64
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

import ui.report_pdf
from assistant.conversation import Conversation, Reply, Turn
from assistant.settings import Settings
from ui.downloads import report_file
from ui.transcript import Exchange, Transcript


@pytest.fixture
def transcript(reply: Reply) -> Transcript:
    english = replace(reply, language="en", text="The second answer.", citations=())
    return (
        Exchange(Turn("¿Qué es?"), Conversation(), reply=reply),
        Exchange(Turn("And this?"), Conversation(), reply=english),
        Exchange(Turn("stopped"), Conversation()),
    )


def made(wish: dict[str, Any], transcript: Transcript) -> dict[str, Any]:
    file = report_file(wish, transcript, "es", Settings())
    assert file is not None
    return json.loads(file)


def test_the_conversation_is_a_pdf_in_the_language_of_the_page(transcript: Transcript) -> None:
    file = made({"format": "pdf"}, transcript)
    assert file["name"].startswith("informe-galeno-20")
    assert file["type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(base64.b64decode(file["data"]))).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "¿Qué es?" in text
    assert "The second answer." in text


def test_one_exchange_is_in_the_language_of_its_reply(transcript: Transcript) -> None:
    file = made({"format": "markdown", "turn": "1"}, transcript)
    text = base64.b64decode(file["data"]).decode()
    assert file["name"].startswith("galeno-report-20")
    assert "The second answer." in text
    assert "¿Qué es?" not in text


@pytest.mark.parametrize("wish", [{"turn": "2"}, {"turn": "9"}], ids=str)
def test_where_nothing_was_answered_there_is_nothing(wish: dict[str, Any], transcript: Transcript) -> None:
    assert report_file(wish, transcript, "es", Settings()) is None
    assert report_file({}, (), "es", Settings()) is None


def test_a_failure_is_an_apology(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> bytes:
        raise ValueError("secret")

    monkeypatch.setattr(ui.report_pdf, "as_pdf", broken)
    file = made({"format": "pdf"}, transcript)
    assert "algo ha fallado" in file["error"] or "Lo siento" in file["error"]
    assert "secret" not in file["error"]
