"""Who has the page open. What the server keeps of a page goes some minutes after it was closed.

Gradio keeps the state of a closed page for an hour, and what it notes of each visitor and each call of a
program until a thousand others came: on a small machine that is memory for nobody, and a conversation on a
computer that somebody else now uses.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from starlette.responses import Response

from ui.memory import give_memory_back

#: Seconds: so long a page may be away, as on a telephone that lost its network, and still find its
#: conversation; and how often those that are away are looked for.
AWAY, EVERY = 300, 30

#: The connection that a page keeps open as long as it is there, and what its script asks for each minute,
#: since Gradio does not open that connection again once it broke. The session follows.
HEARTBEAT, HERE = "/gradio_api/heartbeat/", "/here/"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Presence:
    """ASGI middleware around Gradio's app: counts the open pages, and drops the sessions of those that have
    been away for ``away`` seconds.

    ``holder`` below is Gradio's ``StateHolder``: what it keeps by session, and when each was last used. Its
    queue remembers who ever asked for anything, and an empty list of messages for two thousand of them.
    """

    def __init__(self, app: Any, away: float = AWAY, every: float = EVERY) -> None:
        self._app = app
        self._away = away
        self._every = every
        self._open: Counter[str] = Counter()
        self._seen: dict[str, float] = {}
        self._left: dict[str, tuple[datetime | None, float]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep_on(scope["app"].state_holder))
        path = scope.get("path", "")
        if path.startswith(HERE):
            session = path.removeprefix(HERE)
            if session in scope["app"].state_holder.session_data:
                self._seen[session] = time.monotonic()
            await Response(status_code=204)(scope, receive, send)
            return
        if not path.startswith(HEARTBEAT):
            await self._app(scope, receive, send)
            return
        with self._here(path.removeprefix(HEARTBEAT)):
            await self._app(scope, receive, send)

    @contextmanager
    def _here(self, session: str) -> Iterator[None]:
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    async def _sweep_on(self, holder: Any) -> None:
        while True:
            await asyncio.sleep(self._every)
            self.sweep(holder, time.monotonic())
            await asyncio.to_thread(give_memory_back)

    def sweep(self, holder: Any, now: float) -> None:
        """Drops the sessions that nobody has open, and that were not used either, for ``away`` seconds."""
        sessions = list(holder.session_data)
        self._left = {session: left for session, left in self._left.items() if session in holder.session_data}
        self._seen = {session: at for session, at in self._seen.items() if now - at < self._away}
        for session in sessions:
            used = holder.time_last_used.get(session)
            if session in self._open or session in self._seen:
                self._left.pop(session, None)
            elif session not in self._left or self._left[session][0] != used:
                self._left[session] = (used, now)
            elif now - self._left[session][1] >= self._away:
                with holder.lock:
                    holder.session_data.pop(session, None)
                    holder.time_last_used.pop(session, None)
        queue = holder.blocks._queue
        for session, waiting in list(queue.pending_event_ids_session.items()):
            if not waiting and session not in holder.session_data:
                queue.pending_event_ids_session.pop(session, None)
                queue.pending_messages_per_session.pop(session, None)
