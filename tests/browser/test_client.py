"""A program on the real app, through gradio_client."""

from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"


@pytest.fixture(scope="module")
def client(app: Any) -> Client:
    return Client(app.url, verbose=False)


def test_chat_answers_with_the_reply_as_json(client: Client) -> None:
    reply = client.predict(text="¿Qué es un meningioma?", api_name="/chat")
    assert reply["language"] == "es"
    assert reply["action"] == "answer"
    assert "meningioma" in {citation["topic"] for citation in reply["citations"]}
    assert "[1]" in reply["text"]


def test_chat_takes_language_and_audience(client: Client) -> None:
    reply = client.predict("meningioma", "en", "clinician", api_name="/chat")
    assert reply["language"] == "en"


def test_analyze_image_reads_a_scan_and_keeps_nothing(client: Client, app: Any) -> None:
    answer = client.predict(file=handle_file(EXAMPLES / "glioma.png"), api_name="/analyze_image")
    analysis = answer["analysis"]
    assert analysis["verdict"] == "brain_mri"
    assert analysis["finding"] == "glioma"
    assert abs(sum(analysis["probabilities"].values()) - 1) < 0.01
    assert answer["text"]
    assert app.leftovers() == []


def test_analyze_image_refuses_what_is_no_scan(client: Client) -> None:
    answer = client.predict(file=handle_file(EXAMPLES / "document.png"), api_name="/analyze_image")
    assert answer["analysis"]["verdict"] == "rejected"
    assert answer["analysis"]["reason"]
    assert answer["analysis"]["probabilities"] == {}


def test_a_file_of_the_server_is_not_read(client: Client) -> None:
    answer = client.predict({"path": str(EXAMPLES / "glioma.png")}, api_name="/analyze_image")
    assert answer["analysis"]["verdict"] == "rejected"
    assert (EXAMPLES / "glioma.png").is_file()


def test_the_interface_of_the_page_is_not_for_programs(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)
    assert set(endpoints["named_endpoints"]) == {"/chat", "/analyze_image"}
