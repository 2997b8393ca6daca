"""A program on the real app, through gradio_client, and the examples of docs/API.md as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "ui" / "static" / "examples"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "docs" / "API.md").read_text(encoding="utf-8"))
#: What each Python example prints, in order.
PRINTED = [
    ("answer ", "meningioma", "[1]", "https://"),
    ("glioma.png brain_mri glioma None", "photo.png rejected None photo", "not a diagnosis"),
    ("glioma", "surgery", "https://"),
    (
        "chat - ",
        "analyze_image - ",
        "search_knowledge - ",
        "pneumonia",
        "[1]",
        "normal ",
        "pneumonia/treatment/es/",
    ),
]


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


def test_one_message_knows_nothing_of_another(client: Client) -> None:
    client.predict("What is a glioma?", api_name="/chat")
    reply = client.predict("And how is it treated?", api_name="/chat")
    assert reply["action"] == "clarify"


def test_analyze_image_reads_a_scan_and_keeps_nothing(client: Client, app: Any) -> None:
    answer = client.predict(files=handle_file(EXAMPLES / "glioma.png"), api_name="/analyze_image")
    (analysis,) = answer["analyses"]
    assert analysis["verdict"] == "brain_mri"
    assert analysis["finding"] == "glioma"
    assert abs(sum(analysis["probabilities"].values()) - 1) < 0.01
    assert answer["text"]
    assert app.leftovers() == []


def test_analyze_image_refuses_what_is_no_scan(client: Client) -> None:
    answer = client.predict(files=[handle_file(EXAMPLES / "document.png")], api_name="/analyze_image")
    (analysis,) = answer["analyses"]
    assert analysis["verdict"] == "rejected"
    assert analysis["reason"]
    assert analysis["probabilities"] == {}


def test_several_images_come_back_in_order_with_a_broken_one_among_them(
    client: Client, app: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes((EXAMPLES / "meningioma.png").read_bytes()[:200])
    files = [EXAMPLES / "normal.png", broken, EXAMPLES / "glioma.png", EXAMPLES / "photo.png"]
    answer = client.predict([handle_file(file) for file in files], "es", api_name="/analyze_image")
    told = [(analysis["image"], analysis["verdict"]) for analysis in answer["analyses"]]
    assert told == [
        ("normal.png", "chest_xray"),
        ("broken.png", "rejected"),
        ("glioma.png", "brain_mri"),
        ("photo.png", "rejected"),
    ]
    assert answer["analyses"][1]["reason"] == "unreadable"
    assert "el archivo está dañado" in answer["text"]
    assert app.leftovers() == []


def test_a_file_of_the_server_is_not_read(client: Client, app: Any) -> None:
    path = str(EXAMPLES / "glioma.png")
    answer = client.predict([{"path": path}, path], api_name="/analyze_image")
    assert [analysis["verdict"] for analysis in answer["analyses"]] == ["rejected", "rejected"]
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    sent = httpx.post(f"{app.url}/gradio_api/call/v2/analyze_image", json={"files": [file]}).json()
    told = httpx.get(f"{app.url}/gradio_api/call/v2/analyze_image/{sent['event_id']}").text
    assert "event: error" in told
    assert "has to be uploaded" in told
    assert (EXAMPLES / "glioma.png").is_file()
    assert app.leftovers() == []


def test_an_address_is_not_fetched(client: Client, app: Any) -> None:
    """Nor one of the app itself, which it could reach."""
    for url in ("http://192.0.2.1/scan.png", f"{app.url}/static/img/logo.svg"):
        with pytest.raises(AppError, match="not fetched from other addresses"):
            client.predict([handle_file(url)], api_name="/analyze_image")
    assert app.leftovers() == []


@pytest.mark.parametrize(
    ("query", "language"), [("How is a glioma treated?", "en"), ("¿Cómo se trata un glioma?", "es")]
)
def test_search_finds_what_the_chat_cites(client: Client, query: str, language: str) -> None:
    found = client.predict(query=query, api_name="/search_knowledge")
    assert (found["language"], found["above_floor"], len(found["passages"])) == (language, True, 5)
    best = found["passages"][0]
    assert (best["topic"], best["section"], best["language"]) == ("glioma", "treatment", language)
    assert best["sources"][0]["url"].startswith("https://")
    reply = client.predict(query, api_name="/chat")
    assert reply["citations"][0]["passage_id"] == best["passage_id"]


def test_search_says_where_nothing_answers(client: Client) -> None:
    found = client.predict("What is the weather in Paris?", top_k=2, api_name="/search_knowledge")
    assert (found["above_floor"], len(found["passages"])) == (False, 2)
    assert client.predict("", api_name="/search_knowledge")["passages"] == []
    assert client.predict("pneumonia " * 30_000, top_k=1, api_name="/search_knowledge")["passages"]


@pytest.mark.parametrize(
    ("api_name", "arguments", "said"),
    [
        ("/chat", ("hello", "fr"), "language is “fr”; expected one of: auto, en, es."),
        ("/search_knowledge", ("¿qué?", "es", "gripe"), "topic es «gripe»; se esperaba"),
        ("/search_knowledge", ("what?", "en", "", "", 100), "top_k is “100”; expected a whole number"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    client: Client, api_name: str, arguments: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(AppError, match=re.escape(said)):
        client.predict(*arguments, api_name=api_name)


def test_the_interface_of_the_page_is_not_for_programs(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)
    assert set(endpoints["named_endpoints"]) == {"/chat", "/analyze_image", "/search_knowledge"}
    assert not endpoints["unnamed_endpoints"]


def test_the_docs_have_an_example_of_each() -> None:
    assert len(python_blocks()) == len(PRINTED)
    told = "".join(python_blocks())
    for name in ("chat", "analyze_image", "search_knowledge"):
        assert told.count(f'api_name="/{name}"') == 1
        assert told.count(f'call("{name}", ') == 1


@pytest.mark.parametrize("number", range(len(PRINTED)))
def test_an_example_of_the_docs_runs(number: int, app: Any) -> None:
    code = f"GALENO = {app.url!r}\n{python_blocks()[number]}"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=EXAMPLES,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    places = [done.stdout.find(words) for words in PRINTED[number]]
    assert -1 not in places, done.stdout
    assert app.leftovers() == []


def test_the_example_for_curl_runs(app: Any) -> None:
    if not (shutil.which("curl") and shutil.which("bash")):
        pytest.skip("no curl or no bash here")
    (script,) = [text for kind, text in BLOCKS if kind == "bash"]
    environment = {**os.environ, "GALENO": app.url, "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["bash", "-euc", script], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr
    (data,) = re.findall(r"^data: (.+)$", done.stdout, re.MULTILINE)
    (reply,) = json.loads(data)
    assert (reply["language"], reply["action"]) == ("en", "answer")


def test_the_docs_name_all_that_comes_back(client: Client) -> None:
    docs = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
    reply = client.predict("What is pneumonia?", api_name="/chat")
    answer = client.predict([handle_file(EXAMPLES / "normal.png")], api_name="/analyze_image")
    found = client.predict("What is pneumonia?", api_name="/search_knowledge")
    parts = [reply, reply["citations"][0], answer, answer["analyses"][0], found, found["passages"][0]]
    parts.append(found["passages"][0]["sources"][0])
    assert [name for part in parts for name in part if f"`{name}`" not in docs] == []


def python_blocks() -> list[str]:
    return [text for kind, text in BLOCKS if kind == "python"]
