"""The server around the page: headers on every answer, addresses that are closed, and whether it is well.

Gradio's app is a FastAPI app; what stands here goes into it through ``launch(app_kwargs=…)``.
"""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from assistant.models import Models
from ui.presence import Presence, Receive, Scope, Send

ROOT = Path(__file__).resolve().parent.parent

#: Folders of the checkout that nothing is ever served from; the scripts, the font and the reports of the
#: models lie in the others, and are served file by file.
NEVER_SERVED = ("assistant", "intents", "knowledge_base", "tests", "docs", ".git", ".venv", ".ci", "overlays")

#: What Gradio serves for others: addresses elsewhere, through this machine. Galeno needs none of it.
FORWARDS = ("/gradio_api/proxy=", "/proxy=")
#: What else it serves: recordings, streams, components of others, links to a state, tools for writing a page.
UNUSED = (
    "process_recording", "component_server", "custom_component", "stream", "deep_link", "vibe", "undo-vibe",
    "run-history", "runs", "monitoring", "profiling", "dev",
)  # fmt: skip
SERVES_FILES = ("/gradio_api/file=", "/file=", "/gradio_api/file/", "/file/")

#: Bytes that one request may send, by how its address begins: an upload has several files, each under
#: ``ui.launch.MAX_UPLOAD``; a message of the page has text. Anything else may be a call of a program, which
#: has its images in it, written as text.
MOST_SENT = {"/gradio_api/upload": 700 * 2**20, "/gradio_api/queue/join": 8 * 2**20, "": 64 * 2**20}

#: Who may show the page inside their own: a Space is shown inside the hub's.
ON_A_SPACE = "'self' https://huggingface.co https://*.hf.space"


def security_headers(on_a_space: bool = False) -> dict[str, str]:
    """The headers of every answer.

    Scripts and styles may stand in the page, and text may become code: Gradio writes its configuration into
    the page and compiles its templates. Nothing may come from, or go to, another site.
    """
    policy = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' blob:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": ON_A_SPACE if on_a_space else "'self'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "cross-origin-resource-policy": "same-site" if on_a_space else "same-origin",
    }


class Guard:
    """ASGI middleware: sets ``headers`` on every answer, closes what Gradio would serve for others, and takes
    no more than a request may send."""

    def __init__(self, app: Any, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                named = {name for name, _ in self._headers}
                kept = [
                    (name, value) for name, value in message.get("headers", []) if name.lower() not in named
                ]
                message["headers"] = [*kept, *self._headers]
            await send(message)

        if is_closed(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, with_headers)
            return
        most = next(most for begins, most in MOST_SENT.items() if scope["path"].startswith(begins))
        if announced(scope) > most:
            await PlainTextResponse("Too large", 413)(scope, receive, with_headers)
            return
        await self._app(scope, bounded(receive, most), with_headers)


def announced(scope: Scope) -> int:
    """The length that a request says it has; 0 where it says none, or nonsense, which the server refuses."""
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def bounded(receive: Receive, most: int) -> Receive:
    """What comes in, until it is more than ``most`` bytes: then it looks as if the sender had gone."""
    left = most

    async def limited() -> MutableMapping[str, Any]:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return message if left >= 0 else {"type": "http.disconnect"}

    return limited


def is_closed(path: str) -> bool:
    """Whether an address asks for something of another site, or for a file by climbing out of a folder."""
    path = unquote(unquote(path))
    if path.startswith(FORWARDS):
        return True
    if path.removeprefix("/gradio_api").lstrip("/").startswith(UNUSED):
        return True
    for begins in SERVES_FILES:
        if path.startswith(begins):
            asked = path.removeprefix(begins)
            return ":" in asked or ".." in Path(asked).parts or "\0" in asked
    return False


def health_routes(models: Models | None) -> list[Route]:
    """``/health``: the process answers. ``/ready``: which parts do; 503 where none does."""

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> JSONResponse:
        parts = {
            "text": models is not None and models.is_ready("words") and models.words is not None,
            "images": models is not None and models.is_ready("analyzer") and models.analyzer is not None,
        }
        return JSONResponse(parts, 200 if any(parts.values()) else 503)

    return [Route("/health", health), Route("/ready", ready)]


def server_options(models: Models | None, on_a_space: bool) -> dict[str, Any]:
    """What of this ``launch`` takes."""
    return {
        "app_kwargs": {
            "middleware": [Middleware(Guard, headers=security_headers(on_a_space)), Middleware(Presence)],
            "routes": health_routes(models),
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
        "allowed_paths": [],
        "blocked_paths": [str(ROOT / name) for name in NEVER_SERVED],
    }
