"""A folder of images to a table, one row an image; a broken file is a row too."""

import csv
import hashlib
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import cv2
import pyarrow.csv
import pyarrow.parquet
from tqdm import tqdm

from vision_models import image_io
from vision_models.analysis import CLASS_NAMES, Analysis
from vision_models.analyzer import Analyzer
from vision_models.image_io import read_file

FINDINGS = CLASS_NAMES["chest_xray"] + CLASS_NAMES["brain_mri"]
COLUMNS = (
    *("path", "sha256", "verdict", "reason", "finding"),
    *(f"p_{name}" for name in FINDINGS),
    *("prediction_set", "abstained", "error", "model"),
)
#: Files that are no image by their name.
NOT_IMAGES = (".csv", ".txt", ".md", ".json")
#: Reasons that say the file gave no picture at all, rather than a picture that is refused.
NO_PICTURE = (
    "missing",
    "empty",
    "too_large",
    "too_small",
    "odd_shape",
    "unsupported",
    "compressed",
    "unreadable",
)


#: More of them only wait for each other: pictures are decoded one at a time.
MOST_WORKERS = 8


def processors() -> int:
    """Those that this process may use, as far as the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ScreenError(Exception):
    """The run cannot start; the message says what was wrong and what to do."""


def screen(folder: Path, out: Path, analyzer: Analyzer, workers: int = 1) -> tuple[int, int]:
    """Reads every image under ``folder``, so many at once, and writes ``out`` (``.csv`` or ``.parquet``).

    Rows go to ``<out>.partial.csv`` as they are made; a run that was stopped picks up from it.
    Returns how many rows there are and how many of them are errors. Raises ``ScreenError``.
    """
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{out} must end in .csv or .parquet")
    if out.is_dir():
        raise ScreenError(f"{out} is a folder: name the file to write")
    if not folder.is_dir():
        raise ScreenError(f"{folder} is not a folder: name one that holds images")
    if not out.parent.is_dir():
        raise ScreenError(f"{out.parent} does not exist: make it first, or name another place for OUT")
    paths = list(_images(folder, out))
    partial = out.with_name(out.name + ".partial.csv")
    done = _resume(partial, {relative for relative, _ in paths})
    with partial.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if file.tell() == 0:
            writer.writeheader()
        left = [(relative, path) for relative, path in paths if relative not in done]
        progress = tqdm(total=len(paths), initial=len(paths) - len(left), desc="screen", unit="image")
        with progress, closing(_rows_of(left, analyzer, workers)) as rows_made:
            for made in rows_made:
                writer.writerow(made)
                file.flush()
                progress.update()
    rows = _read_rows(partial)
    _write(partial, out)
    partial.unlink()
    return len(rows), sum(bool(r["error"]) for r in rows)


def _rows_of(
    paths: Iterable[tuple[str, Path]], analyzer: Analyzer, workers: int
) -> Generator[dict[str, str]]:
    """The rows in the order of ``paths``, of which ``workers`` are read at once and as many are waiting."""

    def read(relative: str, path: Path) -> dict[str, str]:
        return row(relative, read_file(path), analyzer)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="screen")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1 if workers > 1 else threads)  # threads of its own are in the way of the other workers
    try:
        coming: deque[Future[dict[str, str]]] = deque()
        for relative, path in paths:
            coming.append(pool.submit(read, relative, path))
            if len(coming) >= 2 * workers:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(threads)


def row(relative: str, content: bytes | None, analyzer: Analyzer) -> dict[str, str]:
    """One image's row, every column a string as it stands in the csv."""
    analysis = analyzer.find(relative, content)
    failed = analysis.verdict == "rejected" and analysis.reason in NO_PICTURE
    values = dict.fromkeys(COLUMNS, "")
    values.update(
        path=relative,
        sha256=""
        if content is None or len(content) > image_io.MAX_BYTES
        else hashlib.sha256(content).hexdigest(),
        verdict="" if failed else analysis.verdict,
        reason="" if failed else analysis.reason or "",
        error=analysis.reason or "" if failed else "",
    )
    if analysis.accepted:
        values.update(_reading(analysis))
    return values


def _reading(analysis: Analysis) -> dict[str, str]:
    shares = {f"p_{name}": f"{p:.6f}" for name, p in analysis.probabilities.items()}
    return shares | {
        "finding": analysis.finding or "",
        "prediction_set": "|".join(analysis.prediction_set),
        "abstained": "true" if analysis.abstained else "false",
        "model": analysis.model or "",
    }


def _images(folder: Path, out: Path) -> Iterator[tuple[str, Path]]:
    """Every file that may be an image, with its path inside ``folder``, in a fixed order."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            own = path.resolve() in (out.resolve(), out.with_name(out.name + ".partial.csv").resolve())
            if not own and not name.startswith(".") and path.suffix.lower() not in NOT_IMAGES:
                yield _printable(path.relative_to(folder).as_posix()), path


def _printable(relative: str) -> str:
    """A path as text: bytes that are no UTF-8 are written out (``\\xff``)."""
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def _resume(partial: Path, wanted: set[str]) -> set[str]:
    """The paths already in a partial table; a last line cut short is dropped and made again."""
    if not partial.is_file():
        return set()
    content = partial.read_bytes()
    partial.write_bytes(content[: content.rfind(b"\n") + 1])
    rows = [r for r in _read_rows(partial) if None not in r.values() and r["path"] in wanted]
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return {r["path"] for r in rows}


def _read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(partial: Path, out: Path) -> None:
    if out.suffix.lower() == ".csv":
        out.write_bytes(partial.read_bytes())
        return
    numbers = {f"p_{name}": pyarrow.float64() for name in FINDINGS}
    types = {name: numbers.get(name, pyarrow.string()) for name in COLUMNS}
    options = pyarrow.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False)
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(partial, convert_options=options), out)
