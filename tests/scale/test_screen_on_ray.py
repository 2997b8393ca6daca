import ctypes.util
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from tests.scale.compare import differing, read_table
from tests.scale.conftest import TwoNodes, kill_reader
from tests.scale.deadly import NAME, DeadlyRay
from tests.scale.gpu import GpuRay
from tests.scale.pictures import EXAMPLES, write_pictures
from tests.vision_models.screening.bucket import bucket
from tests.vision_models.test_gpu import SOFTWARE
from vision_models.card import MODELS, update_card
from vision_models.screen import screen
from vision_models.screening.errors import ScreenError
from vision_models.screening.on_ray import OnRay
from vision_models.screening.processes import Processes

PICTURES = 1500
#: Rows that are there when a worker, and then a node, is lost.
WORKER_LOST, NODE_LOST = 200, 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    write_pictures(folder, PICTURES)
    return folder


@pytest.fixture(scope="module")
def local(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table that processes on this machine make."""
    out = tmp_path_factory.mktemp("local") / "out.csv"
    screen(folder, out, Processes(2))
    return out


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for path in EXAMPLES.glob("*.png"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def when(out: Path, rows: int, act: Callable[[], object]) -> Thread:
    """Does ``act`` once there are so many rows, in a thread; ``join`` it."""

    def wait() -> None:
        partial, deadline = out.with_name(out.name + ".partial.csv"), time.monotonic() + 300
        while not partial.is_file() or partial.read_bytes().count(b"\n") < rows + 2:
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)
        act()

    thread = Thread(target=wait, daemon=True)
    thread.start()
    return thread


def command_line(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["screen", str(folder), str(out), "--engine", "ray", *options]
    return subprocess.run(
        [sys.executable, "-m", "vision_models", *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_worker_and_a_node_are_lost_and_no_row_is(
    cluster: TwoNodes, folder: Path, local: Path, tmp_path: Path
) -> None:
    out, killed, left = tmp_path / "out.csv", [], []
    engine = OnRay(cluster.address)
    assert engine.cores == 2

    def lose_node() -> None:
        cluster.lose_second()
        left.append(len((tmp_path / "out.csv.partial.csv").read_bytes().splitlines()))

    threads = [
        when(out, WORKER_LOST, lambda: killed.append(kill_reader())),
        when(out, NODE_LOST, lose_node),
    ]
    run = screen(folder, out, engine)
    for thread in threads:
        thread.join()
    assert killed
    assert left
    assert left[0] < PICTURES, "the node was lost after the end"
    assert engine.cores == 1
    assert run.rows == PICTURES
    assert run.errors == PICTURES // 50
    assert differing(out, local) == []


def test_a_run_that_is_stopped_goes_on_and_parquet_says_the_same(
    cluster: TwoNodes, local: Path, folder: Path, tmp_path: Path
) -> None:
    out, engine = tmp_path / "out.parquet", OnRay(cluster.address)
    rows, partial = len(read_table(local)), tmp_path / "out.parquet.partial.csv"
    half = local.read_text(encoding="utf-8").splitlines(keepends=True)[: rows - 100]
    partial.write_text(f"# models {engine.models}\n" + "".join(half), encoding="utf-8")
    assert screen(folder, out, engine).rows == rows
    assert differing(out, local) == []
    assert "earlier run" in (tmp_path / "out.parquet.report.html").read_text(encoding="utf-8")


def test_a_file_that_ends_its_reader_is_a_row(cluster: TwoNodes, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    write_pictures(folder, 60)
    (folder / NAME).write_bytes((EXAMPLES / "glioma.png").read_bytes())
    screen(folder, tmp_path / "local.csv", Processes(2))
    run = screen(folder, tmp_path / "out.csv", DeadlyRay(cluster.address))
    assert run.rows == 61
    rows = {row["path"]: row for row in read_table(tmp_path / "out.csv")}
    assert rows[NAME]["error"] == "crashed"
    assert differing(tmp_path / "out.csv", tmp_path / "local.csv") == [NAME]


def test_a_bucket_is_read_by_the_cluster(cluster: TwoNodes, examples: Path, tmp_path: Path) -> None:
    objects = {f"2026/{path.name}": path.read_bytes() for path in examples.iterdir()}
    screen(examples, tmp_path / "local.csv", Processes(1))
    with bucket(objects) as address:
        engine = OnRay(cluster.address)
        assert screen(address.replace("films?", "films/2026?"), tmp_path / "out.csv", engine).errors == 0
    assert differing(tmp_path / "out.csv", tmp_path / "local.csv") == []
    assert "key" not in (tmp_path / "out.csv.report.html").read_text(encoding="utf-8").split("<body>")[1]


def test_machines_with_a_graphics_processor_use_it(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the machine's own plays, slowly."""
    if not SOFTWARE.is_file() or ctypes.util.find_library("vulkan") is None:
        pytest.skip("needs chromium and libvulkan1, which .ci/run installs")
    screen(examples, tmp_path / "local.csv", Processes(1))
    monkeypatch.setenv("VK_ICD_FILENAMES", str(SOFTWARE))
    nodes = TwoNodes(gpus=1)
    try:
        assert screen(examples, tmp_path / "out.csv", GpuRay(nodes.address)).rows == 10
    finally:
        nodes.stop()
    assert differing(tmp_path / "out.csv", tmp_path / "local.csv") == []


def test_models_that_change_in_mid_run_stop_it(cluster: TwoNodes, examples: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    for model in MODELS.iterdir():
        if model.is_dir():
            (models / model.name).mkdir(parents=True)
            for name in ("card.toml", "weights.tflite"):
                (models / model.name / name).write_bytes((model / name).read_bytes())
    engine = OnRay(cluster.address, models)
    update_card("gate", "calibration", {"temperature": 9.0}, models)
    with pytest.raises(
        ScreenError, match=r"the models on the machine [\d.]+ are not those that this run began"
    ):
        screen(examples, tmp_path / "out.csv", engine)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9", "no Ray cluster answers at 127.0.0.1:9: start one (ray start --head), or give"),
        ("nowhere", "nowhere is no address of a Ray cluster: expected host:port, or auto"),
        ("auto", "the Ray cluster at auto cannot be joined: "),
    ],
)
def test_an_address_without_a_cluster_is_one_sentence(
    examples: Path, tmp_path: Path, address: str, said: str
) -> None:
    ended = command_line(examples, tmp_path / "out.csv", "--address", address)
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1


def test_without_an_address_a_cluster_is_started_here(examples: Path, tmp_path: Path) -> None:
    ended = command_line(examples, tmp_path / "out.csv")
    assert ended.returncode == 0
    assert f"10 rows, 0 of them errors: {tmp_path / 'out.csv'}" in ended.stdout
