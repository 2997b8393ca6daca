"""What holds for every test of ``make test-scale``: a cluster of two nodes, which are two processes here."""

import os
import signal
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("ray") is None:  # they have an environment of their own: make test-scale
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere, but for this machine's own address, at which the nodes of a cluster find each other."""
    import ray

    own = ("127.0.0.1", "localhost", "::1", "0.0.0.0", ray.util.get_node_ip_address())
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in own:
            pytest.fail(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class TwoNodes:
    """A cluster with a processor on each of two nodes, of which the second may be lost. ``gpus``: how many
    graphics processors each says it has."""

    def __init__(self, gpus: int = 0) -> None:
        from ray.cluster_utils import Cluster

        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        self._options = {"num_cpus": 1, "num_gpus": gpus, "object_store_memory": 150 * 2**20}
        self._cluster = Cluster(
            initialize_head=True, head_node_args={**self._options, "include_dashboard": False}
        )
        self._second = self._cluster.add_node(**self._options)
        self.address = str(self._cluster.address)

    def lose_second(self) -> None:
        """At once, and everything on it with it."""
        self._cluster.remove_node(self._second, allow_graceful=False)

    def stop(self) -> None:
        import ray

        ray.shutdown()
        self._cluster.shutdown()


@pytest.fixture
def cluster() -> Iterator[TwoNodes]:
    nodes = TwoNodes()
    yield nodes
    nodes.stop()


def kill_reader() -> int:
    """Kills an actor that reads pictures, as the system would that has no memory left. Its process."""
    for place in Path("/proc").iterdir():
        try:
            title = (place / "cmdline").read_bytes() if place.name.isdigit() else b""
        except OSError:
            continue
        if title.startswith(b"ray::MapWorker"):
            os.kill(int(place.name), signal.SIGKILL)
            return int(place.name)
    pytest.fail("no actor reads anything")
