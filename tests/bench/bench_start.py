"""From the start of the process to the page, to a first answer and to a first reading: a visitor's tab waits
for each (``tests.load.tab``)."""

import asyncio
import time
from collections.abc import Callable

import httpx2
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.conftest import QUESTIONS, enlarged
from tests.load.server import Server, resident, running
from tests.load.tab import Tab, has_words

STARTS = 5


async def _first(server: Server, text: str, picture: bytes | None = None) -> float:
    """Seconds from process start until the whole answer is there."""
    tab = Tab(server.url, server.layout)
    await tab.open()
    files = [await tab.upload("a.jpg", picture)] if picture else []
    shown = await tab.send(text, files)
    took = time.monotonic() - server.began
    assert has_words(shown.transcript)
    await tab.close()
    return took


def page(server: Server) -> float:
    assert httpx2.get(server.url, trust_env=False).status_code == 200
    return time.monotonic() - server.began


def text(server: Server) -> float:
    return asyncio.run(_first(server, QUESTIONS[0]))


def reading(server: Server) -> float:
    return asyncio.run(_first(server, "", enlarged("glioma", 1024)))


@pytest.mark.parametrize(
    ("row", "until"), [("page", page), ("first_text", text), ("first_reading", reading)], ids=lambda x: str(x)
)
def test_start(benchmark: BenchmarkFixture, row: str, until: Callable[[Server], float]) -> None:
    took: list[float] = []

    def start() -> None:
        with running() as server:
            took.append(until(server))

    benchmark.pedantic(start, rounds=STARTS, warmup_rounds=1)
    benchmark.extra_info.update(row=row, value=sorted(took[1:])[STARTS // 2])


def test_memory(benchmark: BenchmarkFixture) -> None:
    taken: list[float] = []

    def both() -> None:
        with running() as server:
            asyncio.run(_first(server, QUESTIONS[0]))
            asyncio.run(_first(server, "", enlarged("glioma", 1024)))
            taken.append(resident(server.pid) * 2**20 / 1e6)

    benchmark.pedantic(both, rounds=1)
    benchmark.extra_info.update(row="memory", value=taken[0])
