"""A folder of pictures, beside the passes that it takes."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.conftest import enlarged, noted_passes
from vision_models.analyzer import load_analyzer, load_network
from vision_models.card import MODEL_NAMES
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


def test_screen_beside_its_passes(
    benchmark: BenchmarkFixture, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passes that the folder takes, before each time that it is read; both with so many networks of their
    own. From the first row on: that processes start is a second of any run, be it of a folder or a year."""
    items, engine, seconds, rates = find(str(folder), set()), Processes(WORKERS), [], []
    with monkeypatch.context() as patched:
        passes = noted_passes(patched)
        rows = list(InProcess(load_analyzer(), engine.models).rows(items))
    assert not any(row["error"] for row in rows)
    own = [{name: load_network(name) for name in MODEL_NAMES} for _ in range(WORKERS)]

    def alone(worker: int) -> None:
        for network, picture in passes[worker::WORKERS]:
            own[worker][network.card.name](picture)

    def bare() -> tuple[tuple[()], dict[str, str]]:
        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(alone, range(WORKERS)))
        seconds.append(time.perf_counter() - began)
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
    benchmark.extra_info.update(row="screen", value=value, bare=limit, passes=len(passes))
