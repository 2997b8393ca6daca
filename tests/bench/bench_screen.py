"""A folder of pictures, beside the passes that it takes."""

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.conftest import enlarged, noted_passes
from vision_models.analyzer import load_analyzer, load_network
from vision_models.card import MODEL_NAMES
from vision_models.runtime import Network
from vision_models.screening.engine import InProcess
from vision_models.screening.processes import Processes
from vision_models.screening.source import find

#: Two processors, as on a free Space.
WORKERS = 2
#: How often the folder is read in one go.
ROUNDS = 3
SIDES = (224, 256, 299, 512, 640, 768, 900, 1024)
NAMES = ("glioma", "meningioma", "no_tumor", "normal", "bacterial_pneumonia", "covid19", "photo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each picture at each size, as JPEG and as PNG by turns: 112 files."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, side in enumerate(SIDES):
        for other, name in enumerate(NAMES):
            for kind in ("JPEG", "PNG"):
                content = enlarged(name, side, kind, seed=10 * number + other)
                (folder / f"{name}-{side}.{kind.lower()}").write_bytes(content)
    return folder


_given: list[tuple[Network, np.ndarray]] = []


def _alone(share: list[tuple[str, np.ndarray]]) -> ProcessPoolExecutor:
    """A process that has been given its share of the passes, by the names of networks."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_take, initargs=(share,))
    pool.submit(_passes_alone).result()
    return pool


def _take(share: list[tuple[str, np.ndarray]]) -> None:
    own = {name: load_network(name) for name in MODEL_NAMES}
    _given.extend((own[name], picture) for name, picture in share)


def _passes_alone() -> float:
    """Seconds for all of them."""
    began = time.perf_counter()
    for network, picture in _given:
        network(picture)
    return time.perf_counter() - began


def test_screen_beside_its_passes(
    benchmark: BenchmarkFixture, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passes that the folder takes, before each time that it is read; both in so many processes. From the
    first row on: that processes start is a second of any run, be it of a folder or a year."""
    items, engine, seconds, rates = find(str(folder), set()), Processes(WORKERS), [], []
    with monkeypatch.context() as patched:
        passes = noted_passes(patched)
        rows = list(InProcess(load_analyzer(), engine.models).rows(items))
    assert not any(row["error"] for row in rows)
    shares = [
        [(network.card.name, picture) for network, picture in passes[at::WORKERS]] for at in range(WORKERS)
    ]
    pools = [_alone(share) for share in shares]

    def bare() -> tuple[tuple[()], dict[str, str]]:
        running = [pool.submit(_passes_alone) for pool in pools]
        seconds.append(max(future.result() for future in running))
        return (), {}

    def read() -> None:
        with closing(engine.rows(items * ROUNDS)) as made:
            next(made)
            began = time.perf_counter()
            count = sum(1 for _ in made)
            rates.append(count / (time.perf_counter() - began))

    benchmark.pedantic(read, setup=bare, rounds=6, warmup_rounds=1)
    limit = len(items) / float(np.median(seconds[1:]))
    value = float(np.median(rates[1:]))
    for pool in pools:
        pool.shutdown()
    benchmark.extra_info.update(row="screen", value=value, bare=limit, passes=len(passes))
