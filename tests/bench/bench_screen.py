"""A folder of pictures, beside the passes that it takes."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.conftest import enlarged, noted_passes
from vision_models.analyzer import load_analyzer
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


def test_screen_beside_its_passes(
    benchmark: BenchmarkFixture, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passes that the folder takes, before each time that it is read."""
    analyzer, out, seconds = load_analyzer(copies=WORKERS), tmp_path / "out.csv", []
    with monkeypatch.context() as patched:
        passes = noted_passes(patched)
        count, errors = screen(folder, out, analyzer)
    assert errors == 0

    def alone() -> tuple[tuple[()], dict[str, str]]:
        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda made: made[0](made[1]), passes))
        seconds.append(time.perf_counter() - began)
        return (), {}

    benchmark.pedantic(
        lambda: screen(folder, out, analyzer, WORKERS), setup=alone, rounds=10, warmup_rounds=1
    )
    bare = count / float(np.median(seconds[1:]))
    value = count / benchmark.stats.stats.median
    benchmark.extra_info.update(row="screen", value=value, bare=bare, passes=len(passes))
