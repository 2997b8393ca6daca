"""The app in a process of its own, and what that process takes: memory and processor time, from ``/proc``."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.load.tab import Layout, read_layout

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 300.0
ENTRY = "app.py"
PROCESSORS = 2
#: Lines of the log that should not be there.
WRONG = ("Traceback", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Server:
    """The running app. ``began``: when its process was started, as ``time.monotonic`` tells it."""

    url: str
    layout: Layout
    pid: int
    log: Path
    uploads: Path
    began: float

    def errors(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if any(word in line for word in WRONG)]

    def leftovers(self) -> list[Path]:
        return [path for path in self.uploads.rglob("*") if path.is_file()]


@dataclass(slots=True)
class Watch:
    """``memory`` of a process as (second, MiB of resident memory), while ``run`` is awaited."""

    pid: int
    every: float = 1.0
    memory: list[tuple[float, float]] = field(default_factory=list)

    async def run(self) -> None:
        began = time.monotonic()
        while True:
            self.memory.append((time.monotonic() - began, resident(self.pid)))
            await asyncio.sleep(self.every)


def resident(pid: int) -> float:
    """MiB of memory that the process has in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that the process has had, in itself and in the system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Seconds of processor time that this machine has spent on anything."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(int, fields)
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """``python app.py`` on a free port, on two processors where there are more: the visitors then have the
    others. ``environment`` is added to the test's own. Raises ``RuntimeError``, with its log, if it does not
    come up."""
    with tempfile.TemporaryDirectory(prefix="galeno-load-") as folder:
        uploads, log = Path(folder) / "uploads", Path(folder) / "log"
        port = free_port()
        whole = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "GRADIO_TEMP_DIR": str(uploads),
            "GALENO_LOOK_UP": "off",
            "HF_HUB_OFFLINE": "1",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        began = time.monotonic()
        with log.open("w") as output, _on_processors(PROCESSORS):
            process = subprocess.Popen(
                [sys.executable, ENTRY], cwd=ROOT, env=whole, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            url = f"http://127.0.0.1:{port}"
            layout = _layout(url, process, log)
            yield Server(url, layout, process.pid, log, uploads, began)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _layout(url: str, process: subprocess.Popen[bytes], log: Path) -> Layout:
    deadline = time.monotonic() + STARTS_WITHIN
    while f"Galeno is at {url}" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"app.py did not come up:\n{log.read_text()}")
        time.sleep(0.02)
    return read_layout(httpx2.get(f"{url}/config", trust_env=False).json())


@contextmanager
def _on_processors(count: int) -> Iterator[None]:
    """What is started inside stays on so many."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(ours)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
