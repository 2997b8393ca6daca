"""One visitor's tab: what the script of the page says to the server, in its order, without a browser.

A tab has a session of its own. It opens the page, keeps the heartbeat that tells the server that it is still
there, uploads files, and sends events to the queue, whose answers it reads from one stream, frame by frame:
the first frame whole, the next ones as differences, the last one whole. After an event come those that follow
it. It sends ``None`` for what the server keeps (``gr.State``), and the values on the page for the rest.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson

API = "/gradio_api"
#: Seconds: longer than anybody waits.
PATIENCE = 60.0
#: The server closes a connection that nobody used for 5 seconds; a browser then opens another one.
LIMITS = httpx2.Limits(keepalive_expiry=2.0)


class RefusedError(Exception):
    """The queue is full: the server says so, and the page tells its visitor."""


class BrokenError(Exception):
    """The server failed: what it said, or what was missing."""


@dataclass(frozen=True, slots=True)
class Call:
    """An event of the page: its number, what set it off, and the components that go in and come out."""

    number: int
    trigger: int | None
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    then: tuple["Call", ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """What ``/config`` tells of the page: ``values`` are those at the start, ``kept`` what the server keeps,
    ``submit`` is what sending a message sets off, ``anew`` what the button for a new chat does."""

    box: int
    transcript: int
    values: dict[int, Any]
    kept: frozenset[int]
    loads: tuple[Call, ...]
    submit: Call
    anew: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The transcript after a turn, the seconds from sending to the first words and to the end, and what was
    ``told`` where an event that follows the turn did not fit into the queue."""

    transcript: list[dict[str, Any]]
    first: float
    whole: float
    told: tuple[str, ...] = ()


def read_layout(config: dict[str, Any]) -> Layout:
    """Raises ``StopIteration`` or ``ValueError`` where the page no longer has what a visitor needs."""
    components = {component["id"]: component for component in config["components"]}
    events = config["dependencies"]

    def call(event: dict[str, Any]) -> Call:
        after = [
            call(other)
            for other in events
            if other["trigger_after"] == event["id"] and not other["trigger_only_on_failure"]
        ]
        trigger = event["targets"][0][0] if event["targets"] else None
        return Call(event["id"], trigger, tuple(event["inputs"]), tuple(event["outputs"]), tuple(after))

    def named(name: str) -> int:
        return next(int(key) for key, part in components.items() if part["props"].get("elem_id") == name)

    def on(target: int | None, name: str) -> tuple[Call, ...]:
        return tuple(
            call(event)
            for event in events
            if any(name == what and target in (None, where) for where, what in event["targets"])
        )

    box = named("g-box")
    (submit,) = on(box, "submit")
    return Layout(
        box=box,
        transcript=named("g-transcript"),
        values={key: component["props"].get("value") for key, component in components.items()},
        kept=frozenset(key for key, component in components.items() if component["type"] == "state"),
        loads=on(None, "load"),
        submit=submit,
        anew=on(named("g-new"), "click"),
    )


class Tab:
    """Not shared between tasks: a person does one thing after the other."""

    def __init__(self, url: str, layout: Layout, language: str = "en") -> None:
        self._layout = layout
        self._values = dict(layout.values)
        self._session = secrets.token_hex(6)
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={"Accept-Language": language},
            timeout=PATIENCE,
            limits=LIMITS,
            trust_env=False,
        )
        self._heart: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Loads the page, and begins to be there."""
        _checked(await self._http.get("/"))
        self._heart = asyncio.create_task(self._beat())
        for call in self._layout.loads:
            await self._run(call)

    async def begin_anew(self) -> None:
        """Presses the button for a new chat."""
        for call in self._layout.anew:
            await self._run(call)

    async def close(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError, httpx2.HTTPError):
                await self._heart
        await self._http.aclose()

    async def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """The file as the message box holds it once it is attached."""
        ticket = secrets.token_hex(6)
        sent = self._http.post(
            f"{API}/upload", params={"upload_id": ticket}, files={"files": (name, content, "image/jpeg")}
        )
        told = self._http.get(f"{API}/upload_progress", params={"upload_id": ticket})
        response, _ = await asyncio.gather(sent, told)
        (path,) = _checked(response).json()
        return {"path": path, "orig_name": name, "size": len(content), "meta": {"_type": "gradio.FileData"}}

    async def send(self, text: str, files: list[dict[str, Any]]) -> Shown:
        """A message and the events that follow its answer."""
        self._values[self._layout.box] = {"text": text, "files": files}
        call, began = self._layout.submit, time.perf_counter()
        at = call.outputs.index(self._layout.transcript)
        first: list[float] = []

        def look(data: list[Any]) -> bool:
            if not has_words(data[at]):
                return False
            first.append(time.perf_counter() - began)
            return True

        await self._run(call, look)
        whole = time.perf_counter() - began
        transcript = self._values[self._layout.transcript]
        if not isinstance(transcript, list):
            raise BrokenError("the transcript is no list")
        try:
            for after in call.then:
                await self._run(after)
        except RefusedError as refused:
            return Shown(transcript, first[0] if first else whole, whole, (str(refused),))
        return Shown(transcript, first[0] if first else whole, whole)

    async def _run(self, call: Call, look: Callable[[list[Any]], bool] | None = None) -> None:
        """Sends one event, waits for its end and takes what it changes on the page; but for a turn, what
        follows it too. ``look`` is shown each frame until it has seen enough."""
        data = [None if key in self._layout.kept else self._values[key] for key in call.inputs]
        body = {
            "data": data,
            "event_data": None,
            "fn_index": call.number,
            "trigger_id": call.trigger,
            "session_hash": self._session,
        }
        joined = await self._http.post(f"{API}/queue/join", json=body)
        if joined.status_code == 503:
            raise RefusedError(joined.json()["detail"])
        event = _checked(joined).json()["event_id"]
        async with asyncio.timeout(PATIENCE):
            await self._follow(call, event, look)
        if call is not self._layout.submit:
            for after in call.then:
                await self._run(after)

    async def _follow(self, call: Call, event: str, look: Callable[[list[Any]], bool] | None) -> None:
        frame: list[Any] = []
        async for message in self._messages():
            kind = message["msg"]
            if kind == "unexpected_error":
                raise BrokenError(message["message"])
            if message.get("event_id") != event:
                continue
            if kind == "process_generating" and look is not None:
                frame = message["output"]["data"] if not frame else changed(frame, message["output"]["data"])
                look = None if look(frame) else look
            elif kind == "process_completed":
                if not message["success"]:
                    raise BrokenError(str(message["output"].get("error")))
                self._take(call, message["output"]["data"])

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        """Until the server closes the stream, which it does when nothing of this session is left to do."""
        rest = b""
        params = {"session_hash": self._session}
        async with self._http.stream("GET", f"{API}/queue/data", params=params) as stream:
            if stream.status_code != 200:
                raise BrokenError(f"status {stream.status_code} of the stream")
            async for piece in stream.aiter_raw():
                *whole, rest = (rest + piece).split(b"\n\n")
                for line in whole:
                    message = orjson.loads(line.removeprefix(b"data: "))
                    if message["msg"] != "close_stream":
                        yield message

    def _take(self, call: Call, data: list[Any]) -> None:
        for key, value in zip(call.outputs, data, strict=True):
            if not (isinstance(value, dict) and value.get("__type__") == "update"):
                self._values[key] = value
            elif "value" in value:
                self._values[key] = value["value"]

    async def _beat(self) -> None:
        async with self._http.stream("GET", f"{API}/heartbeat/{self._session}", timeout=None) as stream:
            async for _ in stream.aiter_raw():
                pass


def has_words(transcript: Any) -> bool:
    """Whether the last exchange has words of the answer, and not only what is being done."""
    return isinstance(transcript, list) and bool(last_answer(transcript))


def last_answer(transcript: list[dict[str, Any]]) -> str:
    """The words after the last message of the visitor."""
    words: list[str] = []
    for message in transcript:
        if message["role"] == "user":
            words.clear()
        else:
            words += [part["text"] for part in message["content"] if part["type"] == "text"]
    return "\n".join(words)


def _checked(response: httpx2.Response) -> httpx2.Response:
    if response.status_code != 200:
        raise BrokenError(f"status {response.status_code} of {response.url.path}")
    return response


def changed(frame: list[Any], differences: list[list[Any]]) -> list[Any]:
    """The next frame: for each output its edits, as ``gradio.utils.diff`` writes them."""
    return [_edited(value, edits) for value, edits in zip(frame, differences, strict=True)]


def _edited(value: Any, edits: list[Any]) -> Any:
    for action, path, new in edits:
        if not path:
            value = new if action == "replace" else value + new
            continue
        inner = value
        for key in path[:-1]:
            inner = inner[key]
        last = path[-1]
        if action == "delete":
            del inner[last]
        elif action == "append":
            inner[last] += new
        elif action == "add" and isinstance(inner, list):
            inner.insert(last, new)
        else:
            inner[last] = new
    return value
