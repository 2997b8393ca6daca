"""What is kept of a page that was closed goes after some minutes; of one that is open, it stays."""

import asyncio
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import httpx2
import pytest
from starlette.middleware import Middleware

from assistant.settings import Settings
from tests.loop import finish
from ui.launch import launch_options
from ui.presence import AWAY, HEARTBEAT, HERE, Presence

EARLIER = datetime(2026, 1, 1)


def holder(*sessions: str) -> Any:
    """What ``Presence`` needs of Gradio's."""
    return SimpleNamespace(
        session_data=dict.fromkeys(sessions, "a conversation"),
        time_last_used=dict.fromkeys(sessions, EARLIER),
        lock=threading.Lock(),
        blocks=SimpleNamespace(
            _queue=SimpleNamespace(
                pending_event_ids_session={session: set() for session in sessions},
                pending_messages_per_session=dict.fromkeys(sessions, "no message"),
            )
        ),
    )


async def nothing(*_: Any) -> None:
    """An app that answers at once, or a connection that says nothing."""


def test_a_closed_page_is_forgotten_and_an_open_one_is_not() -> None:
    kept, presence = holder("open", "closed"), Presence(nothing)
    with presence._here("open"):
        for now in (0, AWAY - 1):
            presence.sweep(kept, now)
            assert set(kept.session_data) == {"open", "closed"}
        presence.sweep(kept, AWAY)
        assert set(kept.session_data) == set(kept.time_last_used) == {"open"}
        presence.sweep(kept, 100 * AWAY)
        assert set(kept.session_data) == {"open"}
    presence.sweep(kept, 100 * AWAY)
    presence.sweep(kept, 101 * AWAY)
    assert not kept.session_data
    presence.sweep(kept, 102 * AWAY)
    assert not presence._left


def test_a_page_that_came_back_in_time_keeps_its_conversation() -> None:
    kept, presence = holder("page"), Presence(nothing)
    presence.sweep(kept, 0)
    with presence._here("page"), presence._here("page"):  # a second connection before the first one ended
        presence.sweep(kept, AWAY)
    presence.sweep(kept, AWAY + 1)
    presence.sweep(kept, 2 * AWAY)
    assert kept.session_data
    presence.sweep(kept, 2 * AWAY + 1)
    assert not kept.session_data


def test_what_the_queue_remembers_of_a_page_goes_with_it() -> None:
    kept, presence = holder("open", "closed", "asking"), Presence(nothing)
    queue = kept.blocks._queue
    queue.pending_event_ids_session["asking"].add("an event")
    with presence._here("open"):
        presence.sweep(kept, 0)
        presence.sweep(kept, AWAY)
    assert set(queue.pending_event_ids_session) == {"open", "asking"}
    assert set(queue.pending_messages_per_session) == {"open", "asking"}
    queue.pending_event_ids_session["asking"].clear()
    presence.sweep(kept, AWAY + 1)
    assert set(queue.pending_messages_per_session) == {"open"}


def test_what_a_program_uses_stays_while_it_does() -> None:
    kept, presence = holder("program"), Presence(nothing)
    for minute in range(20):
        kept.time_last_used["program"] = EARLIER + timedelta(minutes=minute)
        presence.sweep(kept, 60 * minute)
    assert kept.session_data
    presence.sweep(kept, 60 * 19 + AWAY)
    assert not kept.session_data


def test_a_heartbeat_is_somebody_who_is_there() -> None:
    """Through the middleware: while the connection lasts, and however it ends."""
    seen: list[tuple[bool, bool]] = []
    kept = holder("abc", "other")

    async def app(scope: Any, *_: Any) -> None:
        await asyncio.sleep(0.3)  # longer than ``away``, so there was a sweep
        seen.append(("abc" in kept.session_data, "other" in kept.session_data))
        raise ConnectionError(scope["path"])

    presence, unused = Presence(app, away=0.01, every=0.01), cast("Any", nothing)

    async def visit() -> None:
        scope = {"type": "http", "path": f"{HEARTBEAT}abc", "app": SimpleNamespace(state_holder=kept)}
        with pytest.raises(ConnectionError):
            await presence(scope, unused, unused)
        await asyncio.sleep(0.3)

    finish(visit())
    assert seen == [(True, False)]
    assert not kept.session_data


def test_a_page_whose_connection_broke_says_that_it_is_there() -> None:
    """Gradio does not open its connection again; only a page that the server knows is noted."""
    kept, presence, unused = holder("page"), Presence(nothing), cast("Any", nothing)

    async def ping(session: str) -> None:
        scope = {"type": "http", "path": f"{HERE}{session}", "app": SimpleNamespace(state_holder=kept)}
        presence._sweeping = cast("Any", object())
        await presence(scope, unused, unused)

    for session in ("page", "nobody"):
        finish(ping(session))
    assert set(presence._seen) == {"page"}
    now = time.monotonic()
    presence.sweep(kept, now)
    presence.sweep(kept, now + AWAY - 1)
    assert kept.session_data
    presence.sweep(kept, now + AWAY + 1)
    assert not presence._seen
    presence.sweep(kept, now + 2 * AWAY + 2)
    assert not kept.session_data


def test_the_app_is_served_with_it() -> None:
    assert Presence in [
        middleware.cls for middleware in launch_options(Settings())["app_kwargs"]["middleware"]
    ]


def test_gradio_keeps_a_page_while_its_connection_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page that is really served."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks(analytics_enabled=False) as page:
        said = gr.State("")
        box = gr.Textbox()
        box.submit(lambda text: text, [box], [said], api_name="say")
    options = launch_options(Settings()) | {"server_port": None, "prevent_thread_lock": True}
    options["app_kwargs"] = {"middleware": [Middleware(Presence, away=0.5, every=0.1)]}
    app, url, _ = page.launch(**options)
    kept, remembered = app.state_holder.session_data, page._queue.pending_messages_per_session
    try:
        with httpx2.Client(base_url=url, trust_env=False) as client:
            with client.stream("GET", f"{HEARTBEAT}abc") as connection:
                beats = connection.iter_raw()
                next(beats)
                told = {"data": ["glioma"], "session_hash": "abc"}
                client.post("/gradio_api/run/say", json=told).raise_for_status()
                client.post("/gradio_api/queue/join", json=told | {"fn_index": 0}).raise_for_status()
                client.get("/gradio_api/queue/data", params={"session_hash": "abc"}).raise_for_status()
                assert "abc" in remembered
                time.sleep(1)
                assert "glioma" in kept["abc"].state_data.values()
            until = time.monotonic() + 20
            while ("abc" in kept or "abc" in remembered) and time.monotonic() < until:
                time.sleep(0.1)
            assert "abc" not in kept
            assert "abc" not in remembered
    finally:
        page.close(verbose=False)
