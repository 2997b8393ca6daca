from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from assistant.loading import ComingModels
from assistant.models import LoadedModels
from assistant.settings import SettingError, Settings, read_settings
from ui.launch import launch_options
from ui.server import Guard, health_routes, is_closed, security_headers


def client(*routes: Route) -> TestClient:
    guard = Middleware(Guard, headers=security_headers())
    return TestClient(Starlette(routes=list(routes), middleware=[guard]))


def test_every_answer_has_the_headers_also_one_that_is_refused_or_missing() -> None:
    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Referrer-Policy": "unsafe-url"})

    visitor = client(Route("/", page))
    for path in ("/", "/missing", "/gradio_api/file=http://a.example/x"):
        answer = visitor.get(path)
        for name, value in security_headers().items():
            assert answer.headers.get_list(name) == [value], path


@pytest.mark.parametrize("told", [True, False], ids=["said before", "never said"])
def test_a_request_sends_no_more_than_it_may(told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.server.MOST_SENT", {"/gradio_api/upload": 5000, "": 1000})
    seen: list[int] = []

    async def sink(request: Request) -> PlainTextResponse:
        seen.append(len(await request.body()))
        return PlainTextResponse("x")

    visitor = client(
        Route("/call", sink, methods=["POST"]), Route("/gradio_api/upload", sink, methods=["POST"])
    )

    def send(path: str, size: int) -> int:
        pieces = (b"x" * 100 for _ in range(size // 100))
        try:
            return visitor.post(path, content=b"".join(pieces) if told else pieces).status_code
        except ClientDisconnect:  # what the app would see of a sender who has gone
            return 413

    assert send("/call", 1000) == send("/gradio_api/upload", 5000) == 200
    assert seen == [1000, 5000]
    assert send("/call", 1100) == send("/gradio_api/upload", 5100) == 413
    assert seen == [1000, 5000]


def test_nothing_comes_from_or_goes_to_another_site() -> None:
    policy = security_headers()["content-security-policy"]
    assert "http" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "object-src 'none'" in policy
    assert "https://huggingface.co" in security_headers(on_a_space=True)["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://169.254.169.254/latest",
        "/gradio_api/file=https://a.example/x.png",
        "/gradio_api/file=HTTP%3A//a.example",
        "/gradio_api/file=file:///etc/passwd",
        "/gradio_api/file=ui/static/../../app.py",
        "/gradio_api/file=ui/static/%2e%2e/%2e%2e/app.py",
        "/gradio_api/file=ui/%252e%252e/app.py",
        "/gradio_api/file/http://a.example",
        "/file=http://a.example",
        "/gradio_api/proxy=http://a.example",
        "/gradio_api/process_recording",
        "/process_recording",
        "/gradio_api/component_server",
        "/gradio_api/component_server/",
        "/gradio_api/stream/abc",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-edit",
        "/monitoring/summary",
        "/gradio_api/file=ui/static/js/page.js%00.png",
    ],
)
def test_what_is_of_others_is_closed(path: str) -> None:
    assert is_closed(path)


@pytest.mark.parametrize(
    "path", ["/", "/gradio_api/file=ui/static/js/page.js", "/gradio_api/queue/join", "/config", "/health"]
)
def test_what_the_page_needs_is_open(path: str) -> None:
    assert not is_closed(path)


def test_health_and_readiness_are_told(reply: Any) -> None:
    whole = LoadedModels(words=object(), analyzer=object(), settings=Settings())
    assert client(*health_routes(whole)).get("/health").json() == {"status": "ok"}
    assert client(*health_routes(whole)).get("/ready").json() == {"text": True, "images": True}
    without = client(*health_routes(replace(whole, analyzer=None))).get("/ready")
    assert (without.status_code, without.json()) == (200, {"text": True, "images": False})
    assert client(*health_routes(replace(whole, analyzer=None, words=None))).get("/ready").status_code == 503


def test_what_is_still_on_its_way_is_not_ready() -> None:
    let = Event()
    models = ComingModels(Settings(), lambda _: "words", lambda _: let.wait(20) and "eyes", lambda _: None)
    asked = client(*health_routes(models))
    assert models.words
    assert asked.get("/ready").json() == {"text": True, "images": False}
    let.set()
    assert models.analyzer
    assert asked.get("/ready").json() == {"text": True, "images": True}


def test_a_password_is_asked_for_only_where_one_is_set() -> None:
    assert launch_options(Settings())["auth"] is None
    settings = read_settings({"GALENO_USER": "ana", "GALENO_PASSWORD": "s3cret"})
    assert launch_options(settings)["auth"] == ("ana", "s3cret")
    assert "s3cret" not in repr(settings)
    with pytest.raises(SettingError, match="GALENO_PASSWORD is empty"):
        read_settings({"GALENO_USER": "ana"})


def test_no_folder_is_served_and_those_of_the_code_are_closed() -> None:
    options = launch_options(Settings())
    assert options["allowed_paths"] == []
    assert any(path.endswith("/.git") for path in options["blocked_paths"])
    assert not any(path.endswith("/ui") for path in options["blocked_paths"])
