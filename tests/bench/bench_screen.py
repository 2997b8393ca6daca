"""A folder of pictures, beside the passes that it takes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.conftest import enlarged
from vision_models.analyzer import Analyzer, load_analyzer
from vision_models.runtime import Network
from vision_models.screen import screen

#: Two processors, as on a free Space.
WORKERS = 2
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


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer(copies=WORKERS)


def test_screen(benchmark: BenchmarkFixture, folder: Path, tmp_path: Path, analyzer: Analyzer) -> None:
    out = tmp_path / "out.csv"
    count, errors = benchmark.pedantic(screen, (folder, out, analyzer, WORKERS), rounds=5, warmup_rounds=1)
    assert errors == 0
    benchmark.extra_info.update(row="screen", value=count / benchmark.stats.stats.median)


def test_passes_alone(
    benchmark: BenchmarkFixture,
    folder: Path,
    tmp_path: Path,
    analyzer: Analyzer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes: list[tuple[Network, np.ndarray]] = []
    run = Network.__call__

    def noted(self: Network, picture: np.ndarray) -> object:
        passes.append((self, picture))
        return run(self, picture)

    monkeypatch.setattr(Network, "__call__", noted)
    count, _ = screen(folder, tmp_path / "out.csv", analyzer)
    monkeypatch.undo()

    def bare() -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda made: made[0](made[1]), passes))

    benchmark.pedantic(bare, rounds=5, warmup_rounds=1)
    benchmark.extra_info.update(
        bare_of="screen", value=count / benchmark.stats.stats.median, passes=len(passes)
    )
