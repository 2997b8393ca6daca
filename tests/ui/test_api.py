"""The endpoints for programs: as functions, and on a small page that is really served."""

import base64
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio import processing_utils
from gradio.utils import get_function_description, get_upload_folder

from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.messages import messages
from assistant.models import LoadedModels, Models
from assistant.search import MOST, SearchResult
from assistant.settings import Settings
from knowledge_base.schema import SECTIONS, TOPICS
from ui import api
from ui.chat import build_page
from ui.launch import launch_options
from ui.uploads import MOST_IMAGES
from vision_models.analysis import Analysis

ENDPOINTS = {"chat", "analyze_image", "search_knowledge"}
NO_MODELS = LoadedModels(None, None, Settings())
PNG = "data:image/png;base64," + base64.b64encode(b"a picture").decode()
ELSEWHERE = "http://192.0.2.1/scan.png"


class Seen:
    """An answer that reads no image: one analysis for each, rejected, named as the image is."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def __call__(self, turn: Turn, conversation: Conversation, on_step: Any = None) -> Any:
        self.turns.append(turn)
        analyses = tuple(Analysis(image.name, "rejected", reason="photo") for image in turn.images)
        return Reply("en", "read_image", 1.0, "analysis", "Seen.", (), analyses), conversation


def endpoint(name: str, answer: Any, models: Models | None = None) -> Callable[..., Any]:
    with gr.Blocks() as page:
        api.add_endpoints(answer, 2, models)
    return next(fn.fn for fn in page.fns.values() if fn.api_name == name)


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    assert get_upload_folder() == str(tmp_path / "uploads")
    return tmp_path / "uploads"


def upload(folder: Path, name: str, content: bytes = b"bytes") -> str:
    file = folder / name.partition(".")[0] / name
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return str(file)


def test_the_page_names_only_its_three_endpoints(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    public = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
    assert public == ENDPOINTS
    assert {fn.api_visibility for fn in page.fns.values()} == {"public", "private"}


@pytest.mark.parametrize("offered", [True, False])
def test_whoever_hosts_it_may_switch_the_tools_off(offered: bool) -> None:
    assert launch_options(Settings(mcp=offered))["mcp_server"] is offered


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_each_endpoint_tells_what_a_caller_has_to_know(name: str) -> None:
    function = endpoint(name, Seen())
    description, parameters, returns = get_function_description(function)
    assert "never a diagnosis" in description
    assert "Nothing is kept" in description
    assert all(len(told) > 20 for told in parameters.values()), parameters
    assert set(parameters) == set(function.__annotations__) - {"return"}
    assert "JSON" in " ".join(returns)


def test_what_is_told_of_the_choices_is_so() -> None:
    function = endpoint("search_knowledge", Seen())
    assert function.__annotations__["topic"].__args__ == ("", *TOPICS)
    assert function.__annotations__["section"].__args__ == ("", *SECTIONS)
    assert f"from 1 to {MOST}." in get_function_description(function)[1]["top_k"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_so_many_images_are_read_at_once_and_of_more_none(language: str, tmp_path: Path) -> None:
    answer = Seen()
    read = endpoint("analyze_image", answer)
    read([PNG] * MOST_IMAGES, language, "patient")
    assert len(answer.turns[-1].images) == MOST_IMAGES
    turns = len(answer.turns)
    with pytest.raises(gr.Error, match=str(MOST_IMAGES)) as refused:
        read([PNG] * (MOST_IMAGES + 1), language, "patient")
    assert refused.value.message == messages(language)("error.too_many_files", most=str(MOST_IMAGES))
    assert len(answer.turns) == turns


def test_chat_is_stateless(queued_answer: Any, reply: Reply) -> None:
    answer = queued_answer(reply)
    assert endpoint("chat", answer)("hola", "es", "clinician") == reply.as_json()
    assert answer.turns == [Turn("hola", (), "es", "clinician")]


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("secret", "auto", "something went wrong on my side"),
        ("secret", "es", "algo ha fallado por mi parte"),
        ("¿secret?", "auto", "algo ha fallado por mi parte"),
    ],
)
def test_a_failure_reaches_a_program_as_an_apology(
    text: str, language: str, said: str, queued_answer: Any
) -> None:
    with pytest.raises(gr.Error, match=said) as error:
        endpoint("chat", queued_answer(ValueError("secret")))(text, language)
    assert "secret" not in str(error.value)
    assert error.value.print_exception is False


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("chat", ("hi", "fr"), "language is “fr”; expected one of: auto, en, es."),
        ("chat", ("hi", ["en"]), "language is “['en']”; expected one of: auto, en, es."),
        ("chat", ("hola", "es", "nurse"), "audience es «nurse»; se esperaba uno de estos valores: patient"),
        ("chat", (None, "es"), "text tiene que ser un texto."),
        ("chat", ({"a": 1},), "text has to be a text."),
        ("analyze_image", ([PNG], "fr"), "language is “fr”"),
        ("analyze_image", ([PNG], "es", "nurse"), "audience es «nurse»"),
        ("analyze_image", ([], "es"), "Indique al menos una imagen"),
        ("analyze_image", (None,), "Give at least one image"),
        ("analyze_image", ([PNG, ELSEWHERE],), "Images are not fetched from other addresses"),
        ("analyze_image", ({"path": ELSEWHERE, "url": ELSEWHERE}, "es"), "no se descargan"),
        ("search_knowledge", ("x", "fr"), "language is “fr”"),
        ("search_knowledge", (7,), "query has to be a text."),
        ("search_knowledge", ("x", "en", "flu"), "topic is “flu”; expected one of: brain_tumor, glioma"),
        ("search_knowledge", ("¿x?", "auto", "", "flu"), "section es «flu»; se esperaba uno"),
        ("search_knowledge", ("x", "es", "", "", 21), "top_k es «21»; se esperaba un número entero de 1 a"),
        ("search_knowledge", ("x", "es"), messages("es")("reading.text_down")),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    name: str, arguments: tuple[Any, ...], said: str
) -> None:
    answer = Seen()
    with pytest.raises(gr.Error) as error:
        endpoint(name, answer, NO_MODELS)(*arguments)
    assert str(error.value.message).startswith(said) or said in error.value.message
    assert answer.turns == []


def test_without_any_models_a_search_says_so() -> None:
    with pytest.raises(gr.Error, match="can't answer questions in words"):
        endpoint("search_knowledge", Seen())("x")


def test_a_search_gets_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def found(*arguments: Any) -> SearchResult:
        asked.append(arguments)
        return SearchResult("es", above_floor=False)

    monkeypatch.setattr(api.search, "search_knowledge", found)
    function = endpoint("search_knowledge", Seen(), NO_MODELS)
    assert function("hola") == {"language": "es", "above_floor": False, "passages": []}
    function("hola", "es", "glioma", "treatment", 3.0)
    assert asked == [
        ("hola", None, NO_MODELS, None, None, 5),
        ("hola", "es", NO_MODELS, "glioma", "treatment", 3),
    ]
    assert type(asked[-1][-1]) is int


def test_several_images_are_read_in_order_with_a_broken_one_among_them(uploads: Path) -> None:
    answer = Seen()
    files = [
        {"path": upload(uploads, "one.png", b"1"), "meta": {"_type": "gradio.FileData"}},
        "data:image/png;base64,no base64!",
        upload(uploads, "three.dcm", b"3"),
        f"http://127.0.0.1:7860/gradio_api/file={upload(uploads, 'fo%20ur ñ.png', b'4').replace('%', '%25')}",
        PNG,
        base64.b64encode(b"5" * 6000).decode(),
        {"no": "path"},
        "\0",
        "x" * 300,
    ]
    reply = endpoint("analyze_image", answer)(files, "es", "clinician")
    assert answer.turns[0].images == (
        Attachment("one.png", b"1"),
        Attachment("image-2", None),
        Attachment("three.dcm", b"3"),
        Attachment("fo%20ur ñ.png", b"4"),
        Attachment("image-5", b"a picture"),
        Attachment("image-6", b"5" * 6000),
        Attachment("image-7", None),
        Attachment("image-8", None),
        Attachment("image-9", None),
    )
    assert (answer.turns[0].language, answer.turns[0].audience) == ("es", "clinician")
    assert [analysis["image"] for analysis in reply["analyses"]] == [
        image.name for image in answer.turns[0].images
    ]
    assert reply["text"] == "Seen."
    assert list(uploads.iterdir()) == []


def test_one_file_may_come_without_a_list(uploads: Path) -> None:
    answer = Seen()
    reply = endpoint("analyze_image", answer)({"path": upload(uploads, "one.png", b"1")})
    assert answer.turns[0].images == (Attachment("one.png", b"1"),)
    assert len(reply["analyses"]) == 1


@pytest.mark.parametrize("arguments", [("fr",), ("en", "nurse")])
def test_an_upload_is_deleted_also_when_the_call_is_refused(arguments: Any, uploads: Path) -> None:
    with pytest.raises(gr.Error):
        endpoint("analyze_image", Seen())([upload(uploads, "one.png")], *arguments)
    with pytest.raises(gr.Error, match="not fetched"):
        endpoint("analyze_image", Seen())([ELSEWHERE, upload(uploads, "two.png")])
    assert list(uploads.iterdir()) == []


def test_a_file_of_this_machine_is_neither_read_nor_deleted(uploads: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    answer = Seen()
    ways = [
        str(secret),
        {"path": str(secret)},
        f"{uploads}/../secret.png",
        f"http://127.0.0.1/gradio_api/file={secret}",
    ]
    endpoint("analyze_image", answer)(ways)
    assert [image.content for image in answer.turns[0].images] == [None] * 4
    assert secret.read_bytes() == b"secret"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, gr.Blocks, Seen]]:
    """A page with nothing but the endpoints, as the app serves it; what is uploaded goes to a folder."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
    patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    answer = Seen()
    with gr.Blocks(analytics_enabled=False) as page:
        api.add_endpoints(answer, 2, NO_MODELS)
    options = launch_options(Settings()) | {"server_port": None, "prevent_thread_lock": True}
    _, url, _ = page.launch(**options)
    yield url.rstrip("/"), page, answer
    page.close(verbose=False)
    patch.undo()


def call(url: str, name: str, *arguments: Any, **more: Any) -> tuple[str, Any]:
    """One call as curl makes it: the event that it ends with, and its data."""
    event = httpx.post(f"{url}/gradio_api/call/{name}", json={"data": list(arguments), **more}).json()
    lines = httpx.get(f"{url}/gradio_api/call/{name}/{event['event_id']}").text.splitlines()
    return lines[-3].removeprefix("event: "), json.loads(lines[-2].removeprefix("data: "))


def tool(url: str, name: str, arguments: Any) -> tuple[bool, str]:
    """One call of an MCP tool, as it is on the wire: whether it is an error, and what it says."""
    told = httpx.post(
        f"{url}/gradio_api/mcp/",
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        },
        headers={"Accept": "application/json, text/event-stream"},
        timeout=30,
    ).text
    answer = json.loads(re.findall(r"^data: (.*)$", told, re.MULTILINE)[-1])
    if "error" in answer:
        return True, str(answer["error"]["message"])
    return bool(answer["result"]["isError"]), str(answer["result"]["content"][0]["text"])


def test_served_it_answers_a_call_and_a_tool_alike(served: Any) -> None:
    url, _, answer = served
    event, data = call(url, "analyze_image", [PNG], "en", "patient")
    failed, text = tool(url, "analyze_image", {"files": [PNG]})
    assert (event, failed) == ("complete", False)
    assert json.loads(text) == data[0]
    assert [turn.images[0].content for turn in answer.turns[-2:]] == [b"a picture", b"a picture"]


def test_a_data_url_is_never_on_disk(served: Any) -> None:
    url, *_ = served
    assert tool(url, "analyze_image", {"files": [PNG, PNG]})[0] is False
    assert [path for path in Path(get_upload_folder()).rglob("*") if path.is_file()] == []


def test_an_address_in_a_file_is_not_fetched(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _, answer = served
    turns = len(answer.turns)
    fetched: list[str] = []

    async def get(address: str) -> None:
        fetched.append(address)
        raise OSError

    monkeypatch.setattr(processing_utils, "async_ssrf_protected_get", get)
    file = {"path": ELSEWHERE, "url": ELSEWHERE, "meta": {"_type": "gradio.FileData"}}
    refused = messages("en")("error.no_address")
    event, data = call(url, "analyze_image", [file], "en", "patient")
    assert (event, data["error"]) == ("error", refused)
    event, data = call(url, "chat", file, "en", "patient")
    assert (event, data["error"]) == ("error", refused)
    assert tool(url, "analyze_image", {"files": [ELSEWHERE], "language": "es"}) == (
        True,
        messages("es")("error.no_address"),
    )
    assert fetched == []
    assert len(answer.turns) == turns


def test_arguments_that_do_not_fit_are_told_so_and_not_logged(
    served: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    url, *_ = served
    file = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    with caplog.at_level(logging.INFO):
        for name, arguments in (("chat", ("private words",)), ("analyze_image", ([file], "en", "patient"))):
            event, data = call(url, name, *arguments)
            assert (event, data["error"]) == ("error", messages("en")("error.arguments"))
        assert tool(url, "chat", "private words") == (True, "Invalid request parameters")
        assert tool(url, "chat", {"text": "private words", "language": "fr"})[0]
    printed = "".join(capfd.readouterr()) + caplog.text
    assert "ValueError" in printed
    assert "private" not in printed
    assert "hostname" not in printed


def test_a_tool_uploads_no_file_of_this_machine(served: Any) -> None:
    """Also where the schema was not checked before: Gradio's own client would read the path and send it."""
    url, page, answer = served
    turns = len(answer.turns)
    file = {"path": __file__, "meta": {"_type": "gradio.FileData"}}
    for arguments in ({"files": [file]}, {"files": [[file]]}, {"files": file}):
        assert tool(url, "analyze_image", arguments)[0]
        with pytest.raises(ValueError, match="object"):
            page.mcp_server_obj.convert_strings_to_filedata(arguments, [])
    with pytest.raises(ValueError, match="object"):
        page.mcp_server_obj.convert_strings_to_filedata({"text": file}, [])
    assert len(answer.turns) == turns
    assert [path for path in Path(get_upload_folder()).rglob("*") if path.is_file()] == []


def test_a_call_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.2)
    end = Event()

    def stuck(turn: Turn, conversation: Conversation, on_step: Any = None) -> Any:
        end.wait(10)

    with pytest.raises(gr.Error) as told:
        endpoint("chat", stuck)("hello", "es", "patient")
    end.set()
    assert "tardaba demasiado" in told.value.message


def test_gradio_keeps_nothing_of_what_was_sent(served: Any) -> None:
    url, page, _ = served
    sent = "words that nobody keeps"
    assert call(url, "chat", sent, "en", "patient", session_hash="abc")[0] == "complete"
    httpx.post(
        f"{url}/gradio_api/run/chat", json={"data": [sent, "en", "patient"], "session_hash": "abcd"}
    ).raise_for_status()
    assert tool(url, "chat", {"text": sent})[0] is False
    sessions = page.state_holder.session_data
    assert len(sessions) >= 2
    assert [part for state in sessions.values() for part in state.components] == []


def test_what_gradio_measures_of_an_event_goes_when_it_ends(served: Any) -> None:
    """Its times under a random number: ten thousand of them would be looked through after each event."""
    url, page, _ = served
    for number in range(3):
        assert call(url, "chat", f"question {number}", "en", "patient")[0] == "complete"
    until = time.monotonic() + 10
    while page._queue.event_analytics and time.monotonic() < until:
        time.sleep(0.05)
    assert page._queue.event_analytics == {}
    assert page._queue.cached_event_analytics_summary == {"functions": {}}


def test_an_answer_that_nobody_fetched_makes_room_for_later_ones(served: Any) -> None:
    url, page, _ = served
    httpx.post(f"{url}/gradio_api/call/chat", json={"data": ["hello", "en", "patient"]}).raise_for_status()
    waiting = page._queue.pending_messages_per_session
    assert waiting
    assert waiting.max_size == 2000
    for number in range(waiting.max_size + 1):
        waiting[f"later {number}"] = None
    assert len(waiting) == waiting.max_size
    assert all(key.startswith("later") for key in waiting)
    waiting.clear()
