"""An MCP client on the real app: the same three tools, what they tell of themselves, and what they do."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client.utils import encode_file_path
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"


def with_session(app: Any, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """Runs ``work`` in a thread of its own: Playwright's loop may be running in this one."""

    async def run() -> Any:
        async with (
            streamable_http_client(f"{app.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await work(session)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result(timeout=120)


def call(app: Any, name: str, **arguments: Any) -> tuple[bool, str]:
    """Whether the answer is an error, and its text."""
    result = with_session(app, lambda session: session.call_tool(name, arguments))
    (content,) = result.content
    return bool(result.isError), str(content.text)


def answer_of(app: Any, name: str, **arguments: Any) -> Any:
    failed, text = call(app, name, **arguments)
    assert not failed, text
    return json.loads(text)


def data_url(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode((EXAMPLES / name).read_bytes()).decode()


def upload(app: Any, name: str) -> str:
    files = {"files": (name, (EXAMPLES / name).read_bytes())}
    return str(httpx.post(f"{app.url}/gradio_api/upload", files=files).json()[0])


@pytest.fixture(scope="module")
def tools(app: Any) -> dict[str, Any]:
    listed = with_session(app, lambda session: session.list_tools())
    return {tool.name: tool for tool in listed.tools}


def test_there_are_three_tools_and_nothing_else(app: Any, tools: dict[str, Any]) -> None:
    assert list(tools) == ["chat", "analyze_image", "search_knowledge"]
    assert with_session(app, lambda session: session.list_resources()).resources == []
    assert with_session(app, lambda session: session.list_prompts()).prompts == []


def test_each_tool_tells_what_it_does_and_what_it_is_not(tools: dict[str, Any]) -> None:
    for tool in tools.values():
        assert "never a diagnosis" in tool.description
        assert "Nothing is kept" in tool.description
        assert "Returns: JSON with" in tool.description


def test_each_argument_has_a_type_and_a_description(tools: dict[str, Any]) -> None:
    types = {
        name: {argument: values["type"] for argument, values in tool.inputSchema["properties"].items()}
        for name, tool in tools.items()
    }
    choices = {"language": "string", "audience": "string"}
    assert types == {
        "chat": {"text": "string", **choices},
        "analyze_image": {"files": "array", **choices},
        "search_knowledge": {
            "query": "string",
            "language": "string",
            "topic": "string",
            "section": "string",
            "top_k": "integer",
        },
    }
    assert [tool.inputSchema["required"] for tool in tools.values()] == [["text"], ["files"], ["query"]]
    for tool in tools.values():
        for values in tool.inputSchema["properties"].values():
            assert values["description"]
        assert tool.inputSchema["properties"]["language"]["enum"] == ["auto", "en", "es"]
    assert "glioma" in tools["search_knowledge"].inputSchema["properties"]["topic"]["enum"]
    assert tools["analyze_image"].inputSchema["properties"]["files"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    ("text", "language"), [("What is a meningioma?", "en"), ("¿Qué es un meningioma?", "es")]
)
def test_chat_answers_in_both_languages(app: Any, text: str, language: str) -> None:
    reply = answer_of(app, "chat", text=text)
    assert (reply["language"], reply["action"]) == (language, "answer")
    assert reply["citations"][0]["topic"] == "meningioma"


@pytest.mark.parametrize(
    ("query", "language"), [("How is pneumonia treated?", "en"), ("¿Cómo se trata la neumonía?", "es")]
)
def test_search_finds_in_both_languages(app: Any, query: str, language: str) -> None:
    found = answer_of(app, "search_knowledge", query=query, topic="pneumonia", top_k=2)
    assert (found["language"], found["above_floor"], len(found["passages"])) == (language, True, 2)
    assert {passage["topic"] for passage in found["passages"]} == {"pneumonia"}
    assert found["passages"][0]["section"] == "treatment"


@pytest.mark.parametrize(("language", "said"), [("en", "brain MRI"), ("es", "resonancia magnética")])
def test_an_image_comes_as_a_data_url(app: Any, language: str, said: str) -> None:
    answer = answer_of(app, "analyze_image", files=[data_url("glioma.png")], language=language)
    assert [analysis["finding"] for analysis in answer["analyses"]] == ["glioma"]
    assert said in answer["text"]
    assert app.leftovers() == []


def test_an_image_comes_as_an_upload_and_several_stay_in_order(app: Any) -> None:
    address = f"{app.url}/gradio_api/file={encode_file_path(upload(app, 'glioma.png'))}"
    files = [upload(app, "normal.png"), "data:image/png;base64,AAAA", address, data_url("photo.png")]
    answer = answer_of(app, "analyze_image", files=files)
    told = [(analysis["image"], analysis["verdict"]) for analysis in answer["analyses"]]
    assert told == [
        ("normal.png", "chest_xray"),
        ("image-2", "rejected"),
        ("glioma.png", "brain_mri"),
        ("image-4", "rejected"),
    ]
    assert app.leftovers() == []


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("analyze_image", {"files": ["http://192.0.2.1/a.png"]}, "not fetched from other addresses"),
        ("analyze_image", {"files": ["https://192.0.2.1/a.png"], "language": "es"}, "no se descargan"),
        ("analyze_image", {"files": []}, "at least one image"),
        ("chat", {"text": "hello", "language": "fr"}, "'fr' is not one of"),
        ("search_knowledge", {"query": "x", "topic": "flu"}, "'flu' is not one of"),
        ("search_knowledge", {"query": "¿qué?", "top_k": 0}, "un número entero de 1 a 20"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    app: Any, name: str, arguments: dict[str, Any], said: str
) -> None:
    failed, text = call(app, name, **arguments)
    assert failed
    assert said in text
    assert "Traceback" not in text


def test_a_file_of_the_server_is_not_read(app: Any) -> None:
    path = str(EXAMPLES / "glioma.png")
    answer = answer_of(app, "analyze_image", files=[path, f"{app.url}/gradio_api/file={path}"])
    assert [analysis["verdict"] for analysis in answer["analyses"]] == ["rejected", "rejected"]
    failed, _ = call(app, "analyze_image", files=[{"path": path, "meta": {"_type": "gradio.FileData"}}])
    assert failed
    assert (EXAMPLES / "glioma.png").is_file()
    assert app.leftovers() == []


def test_progress_can_be_followed(app: Any) -> None:
    """A client that asks for progress is answered on another road of Gradio's."""
    told: list[str | None] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    def work(session: ClientSession) -> Any:
        return session.call_tool("chat", {"text": "What is pneumonia?"}, progress_callback=heard)

    result = with_session(app, work)
    assert json.loads(result.content[0].text)["action"] == "answer"
    assert told
