"""``make scale-figures``: how fast past one process and past one machine, into docs/SCALING.md."""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np
import ray
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from ray.cluster_utils import Cluster

from assistant.remote import Remote, RemoteEncoder, RemoteNetwork
from knowledge_base.encoder import load_encoder
from tests.bench.conftest import QUESTIONS, enlarged
from tests.load.figures import machine
from tests.scale.compare import differing
from tests.scale.pictures import write_pictures
from tests.scale.serving_fixtures import Models
from vision_models.analysis import CLASS_NAMES
from vision_models.analyzer import load_analyzer, load_network
from vision_models.card import MODEL_NAMES, load_card, read_weights
from vision_models.runtime import Network, Output
from vision_models.screening.engine import Engine
from vision_models.screening.on_ray import OnRay
from vision_models.screening.processes import Processes
from vision_models.screening.report import Facts, page
from vision_models.screening.rows import crashed_row
from vision_models.screening.source import Item, find, read
from vision_models.screening.table import Table

ROOT = Path(__file__).resolve().parents[2]
PAGE, LOAD = ROOT / "docs" / "SCALING.md", ROOT / "docs" / "LOAD.md"
BEGINS, ENDS = "<!-- scale: written by `make scale-figures` -->", "<!-- end of scale -->"
#: Synthetic pictures of 160 to 512 pixels, and films of the size that the NIH publishes, 1024.
PICTURES, FILMS, FILM_SIDE = 1500, 240, 1024
WORKERS = (1, 2, 4)
CALLS = 200
BATCHES = (1, 2, 4, 8)
#: The films of NIH ChestX-ray14, and the visitors of a popular demo.
NIH, VISITORS = 112_120, 1_000
#: How much of a processor a front should use, so that a burst still finds some.
FULL = 0.7
SEARCHED = (100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Timed:
    """``start``: seconds until the first row. ``rate``: images a second from then on."""

    start: float
    rate: float


def timed(engine: Engine, items: Sequence[Item], out: Path) -> Timed:
    """Writes the table at ``out``, too."""
    began = time.perf_counter()
    first = 0.0
    with Table(out, engine.models) as table, closing(engine.rows(items)) as rows:
        for number, row in enumerate(rows):
            if number == 0:
                first = time.perf_counter()
            table.add(row)
    ended = time.perf_counter()
    table.finish([item.path for item in items])
    return Timed(first - began, (len(items) - 1) / (ended - first))


def on_cluster(cores: int, work: Callable[[str], Timed]) -> Timed:
    """``work`` is given the address of a cluster of one node with so many processors."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cores, "include_dashboard": False})
    try:
        return work(str(cluster.address))
    finally:
        ray.shutdown()
        cluster.shutdown()


def screening(folder: Path) -> tuple[list[str], float, float]:
    """The lines of its table; images a second and core of a cluster, on pictures and on films."""
    pictures, films = folder / "pictures", folder / "films"
    write_pictures(pictures, PICTURES)
    films.mkdir()
    for number in range(FILMS):
        name = ("normal", "bacterial_pneumonia", "viral_pneumonia", "covid19")[number % 4]
        (films / f"{number:04d}.png").write_bytes(enlarged(name, FILM_SIDE, "PNG", seed=number))
    items, lines, outs = find(str(pictures), set()), [], []

    def measured(title: str, engine: Engine, name: str) -> Timed:
        out = folder / f"{name}.csv"
        found = timed(engine, items, out)
        outs.append(out)
        lines.append(f"| {title} | {found.start:.1f} s | {found.rate:.0f} |")
        say(lines[-1])
        return found

    for workers in WORKERS:
        measured(f"local, {workers} process{'es' * (workers > 1)}", Processes(workers), f"local-{workers}")
    rates = {}
    for workers in WORKERS:

        def on_ray(address: str, workers: int = workers) -> Timed:
            title = f"Ray, {workers} actor{'s' * (workers > 1)}"
            return measured(title, OnRay(address), f"ray-{workers}")

        rates[workers] = on_cluster(workers, on_ray).rate
    found = timed(Processes(2), find(str(films), set()), folder / "films.csv")
    lines.append(
        f"| local, 2 processes, {FILMS} films of {FILM_SIDE} pixels | {found.start:.1f} s | {found.rate:.0f} "
        f"|"
    )
    unlike = sum(len(differing(out, outs[0])) for out in outs[1:])
    lines += [
        "",
        f"Rows compared with those of one process: {PICTURES * (len(outs) - 1):,}; differing: {unlike}.",
    ]
    return lines, rates[2] / 2, found.rate / 2


def bookkeeping(folder: Path) -> tuple[float, float]:
    """Seconds for a table of as many rows as the NIH has films, made, written and counted, and its "
    "megabytes."""
    equal = {f"p_{name}": "0.250000" for name in CLASS_NAMES["chest_xray"]}
    facts = {"verdict": "chest_xray", "finding": "normal", "abstained": "false", "prediction_set": "normal"}
    row = crashed_row("") | equal | facts | {"error": "", "sha256": 64 * "0", "model": "chest_xray-0.0.0"}
    out, began = folder / "nih.csv", time.perf_counter()
    paths = [f"images/{number:08d}_000.png" for number in range(NIH)]
    with Table(out, "0" * 16) as table:
        for path in paths:
            table.add(row | {"path": path})
    rows = table.finish(paths)
    page(rows, Facts("", "", "", NIH, 1.0, 1), "en", datetime.now())
    return time.perf_counter() - began, out.stat().st_size / 1e6


class Watched:
    """A network whose ``seconds`` add up, for all of them together."""

    seconds = 0.0

    def __init__(self, network: Network) -> None:
        self._network = network
        self.card = network.card

    def __call__(self, picture: NDArray[np.uint8]) -> Output:
        began = time.perf_counter()
        try:
            return self._network(picture)
        finally:
            Watched.seconds += time.perf_counter() - began


def shares(folder: Path) -> list[str]:
    """How much of a picture's time are its passes, which a graphics processor takes over, and what is "
    "left."""
    cv2.setNumThreads(1)
    analyzer, lines = load_analyzer(through=Watched), []
    titles = {"pictures": "pictures of 160 to 512 pixels", "films": f"films of {FILM_SIDE} pixels"}
    for name, title in titles.items():
        contents = [content for item in find(str(folder / name), set())[:200] if (content := read(item))]
        Watched.seconds, began = 0.0, time.perf_counter()
        for content in contents:
            analyzer.find("", content)
        whole, passes = 1000 * (time.perf_counter() - began), 1000 * Watched.seconds
        count = len(contents)
        lines.append(
            f"- {title}: {whole / count:.1f} ms each, of which {passes / count:.1f} ms "
            f"({passes / whole:.0%}) are "
            f"passes of networks. With these on a graphics processor that takes no time at all, a core would "
            f"still have the rest to do: at most {whole / (whole - passes):.1f} times as many."
        )
    return lines


def hop() -> list[str]:
    """A call here, and through ``python -m serving`` on this machine."""
    lines, models = [], Models(replicas=1)
    try:
        models.start()
        remote = Remote(models.url)
        for name in MODEL_NAMES:
            network = load_network(name)
            side = network.card.image_size
            pictures = np.random.default_rng(0).integers(0, 256, (CALLS, side, side, 3), np.uint8)
            lines.append(_hop(name, network, RemoteNetwork(network, remote), pictures))
        encoder = load_encoder()
        there = RemoteEncoder(encoder, remote)
        texts = [[f"{QUESTIONS[number % len(QUESTIONS)]} {number}"] for number in range(CALLS)]
        lines.append(_hop("encoder", encoder.encode_queries, there.encode_queries, texts))
        if remote.answered != remote.asked:
            raise RuntimeError(f"of {remote.asked} calls {remote.answered} were answered there")
        remote.close()
    finally:
        models.close()
    return lines


def _hop(name: str, here: Callable[[Any], Any], there: Callable[[Any], Any], given: Sequence[Any]) -> str:
    """By turns, so that both meet the same machine."""
    times: list[tuple[float, float]] = []
    for value in given:
        began = time.perf_counter()
        here(value)
        between = time.perf_counter()
        there(value)
        times.append((between - began, time.perf_counter() - between))
    one, other = (1000 * statistics.median(column) for column in zip(*times[10:], strict=True))
    line = f"| {name} | {one:.1f} ms | {other:.1f} ms | +{other - one:.1f} ms |"
    say(line)
    return line


def batches() -> list[str]:
    """A pass for several at once, which the graphs allow once their input is resized, beside one after the
    other; one thread each, as replicas have."""
    lines = []
    for name in MODEL_NAMES:
        card = load_card(name)
        interpreter = Interpreter(model_content=read_weights(card), num_threads=1)
        each = []
        for size in BATCHES:
            given = np.zeros((size, card.image_size, card.image_size, 3), np.float32)
            at = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(at, given.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(at, given)
            each.append(1000 * seconds(lambda _, run=interpreter.invoke: run(), range(40)) / size)
        lines.append(f"| {name}, a picture | " + " | ".join(f"{value:.1f} ms" for value in each) + " |")
    encoder, each = load_encoder(), []
    for size in BATCHES:
        calls = [[QUESTIONS[(at + n) % len(QUESTIONS)] for n in range(size)] for at in range(40)]
        each.append(1000 * seconds(encoder.encode_queries, calls) / size)
    return [*lines, "| encoder, a question | " + " | ".join(f"{value:.1f} ms" for value in each) + " |"]


def searching() -> list[str]:
    """Exact search in one thread, as it is served."""
    faiss.omp_set_num_threads(1)
    lines, chance = [], np.random.default_rng(0)
    for count in SEARCHED:
        index = faiss.IndexFlatIP(384)
        for _ in range(count // 50_000):
            index.add(chance.standard_normal((50_000, 384), np.float32))
        questions = chance.standard_normal((30, 1, 384), np.float32)
        found = seconds(lambda question, index=index: index.search(question, 10), questions)
        lines.append(f"| {count:,} | {1000 * found:.1f} ms | {count * 384 * 4 / 2**30:.2f} GiB |")
        say(lines[-1])
    return lines


def sums(of_pictures: float, of_films: float, table: tuple[float, float]) -> list[str]:
    """What the measured figures come to for a hospital and for a demo."""
    text = LOAD.read_text(encoding="utf-8").split("<!-- end of load -->")[0]
    crowd = int(_number(r"(\d+) visitors at a time", text))
    used = _number(r"anything else \| ([\d.]+),", text)
    memory = _number(r"at the end \| [\d,]+ MiB, ([\d,]+) MiB", text)
    needed = used * VISITORS / crowd
    fronts = ceil(needed / FULL)
    hours = NIH / of_films / 3600
    return [
        f"**{NIH:,} images** (NIH ChestX-ray14), at {of_films:.0f} films of {FILM_SIDE} pixels a second and "
        f"core: "
        f"{hours:.1f} hours of one core; {60 * hours / 2:.0f} minutes on two, {60 * hours / 16:.1f} on 16, "
        f"if that many "
        f"are as good as two were. (Of pictures of 160 to 512 pixels a core of the cluster reads "
        f"{of_pictures:.0f} a "
        f"second.) The table is {table[1]:.0f} MB, and all that is done for it beside reading takes "
        f"{table[0]:.0f} s.",
        "",
        f"**{VISITORS:,} visitors at a time**: {crowd} of them use {used:g} processors ([LOAD.md](LOAD.md)), "
        f"so these "
        f"{needed:.1f}. A front is one Python process and uses one processor for most of what it does; at "
        f"{FULL:.0%} of "
        f"one each, that is {fronts} fronts with {VISITORS / fronts:.0f} visitors each, and "
        f"{fronts * memory / 1024:.0f} GiB "
        f"at {memory:.0f} MiB each.",
    ]


def seconds(work: Callable[[Any], Any], given: Iterable[Any]) -> float:
    """The median of one call."""
    times = []
    for value in given:
        began = time.perf_counter()
        work(value)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"{LOAD} has no {pattern!r}")
    return float(found[1].replace(",", ""))


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="galeno-scale-") as name:
        folder = Path(name)
        table, of_pictures, of_films = screening(folder)
        decoding = shares(folder)
        kept = bookkeeping(folder)
    written = [
        BEGINS,
        "",
        f"{date.today()}, {machine()}, Ray {ray.__version__}.",
        "",
        "| screening | first row after | images a second from then on |",
        "|---|---|---|",
        *table,
        "",
        "Of one picture in one process:",
        "",
        *decoding,
        "",
        "| one call, median | here | through Serve | the hop |",
        "|---|---|---|---|",
        *hop(),
        "",
        "| at once, one thread | " + " | ".join(map(str, BATCHES)) + " |",
        "|---" * (1 + len(BATCHES)) + "|",
        *batches(),
        "",
        "| vectors searched exactly | a question | memory |",
        "|---|---|---|",
        *searching(),
        "",
        *sums(of_pictures, of_films, kept),
        "",
        ENDS,
    ]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    PAGE.write_text(before + "\n".join(written) + rest.partition(ENDS)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
