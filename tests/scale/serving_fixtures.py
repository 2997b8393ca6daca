"""``python -m serving`` in a process of its own, its replicas, and what they have answered."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from serving.deployments import NAMES
from tests.load.server import ROOT, free_port

STARTS_WITHIN, ENDS_WITHIN = 180.0, 60.0
#: Requests to a route that reach each of its few replicas.
ROUNDS = 12


class Models:
    """Starts and ends on the same port, as often as wanted. ``folder``: where Ray keeps its logs."""

    def __init__(self, replicas: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        #: Short: the paths of sockets are made from it.
        self.folder = Path(tempfile.mkdtemp(prefix="gs"))
        self._replicas = replicas
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self.folder / "log"

    def start(self) -> None:
        """Raises ``RuntimeError``, with what was printed, if it does not come up."""
        environment = {**os.environ, "RAY_TMPDIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        command = [
            sys.executable,
            "-m",
            "serving",
            "--port",
            str(self.port),
            "--replicas",
            str(self._replicas),
        ]
        with self._log.open("w") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while f"Galeno's models are at {self.url}" not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"python -m serving did not come up:\n{self._log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> int:
        """As whoever runs it would end it; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def close(self) -> None:
        left = self.left() if self._process is not None else []
        if self._process is not None and self._process.poll() is None:
            self.stop()
        for process in left:
            if process.is_there():
                os.kill(process.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def left(self) -> list["Process"]:
        """Every process that it has started, and those have."""
        return _below(self._process.pid) if self._process is not None else []

    def kill_replica(self, name: str) -> int:
        """At once, as the system would that has no memory left. Its process."""
        title = f"ray::ServeReplica:{name}:".encode()
        found = [process for process in self.left() if process.command.startswith(title)]
        os.kill(found[0].pid, signal.SIGKILL)
        return found[0].pid

    def served(self) -> dict[str, int]:
        """Calls that the replicas of each model have answered which are there now."""
        counts: dict[str, dict[str, int]] = {name: {} for name in NAMES}
        with httpx2.Client(trust_env=False, timeout=5.0) as client:
            for name in NAMES:
                for _ in range(ROUNDS):
                    facts = client.get(f"{self.url}/{name}").raise_for_status().json()
                    assert facts["name"] == name
                    counts[name][facts["replica"]] = facts["served"]
        return {name: sum(replicas.values()) for name, replicas in counts.items()}

    def logs(self) -> Iterator[Path]:
        """What Ray, Serve and the replicas have written, and what was printed."""
        yield self._log
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix in (".log", ".out", ".err", ".txt"):
                yield path


class Process:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.command = _read(pid, "cmdline")

    def is_there(self) -> bool:
        """Still the same, and not one that has its number now."""
        return bool(self.command) and _read(self.pid, "cmdline") == self.command


@contextmanager
def serving(replicas: int = 1) -> Iterator[Models]:
    models = Models(replicas)
    try:
        models.start()
        yield models
    finally:
        models.close()


def _below(pid: int) -> list[Process]:
    children: dict[int, list[int]] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and (fields := _read(int(place.name), "stat")):
            parent = int(fields.rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(place.name))
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(Process(child))
            waiting.append(child)
    return found


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
