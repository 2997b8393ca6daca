"""A folder of images to a table, one row an image; a broken file is a row too. And a report of the run."""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from vision_models.screening import report
from vision_models.screening.engine import Engine
from vision_models.screening.errors import ScreenError
from vision_models.screening.source import find, without_keys
from vision_models.screening.table import Table


@dataclass(frozen=True, slots=True)
class Run:
    """``rows`` of the table, ``errors`` among them, and ``page``, the report."""

    rows: int
    errors: int
    page: Path


def screen(given: str | Path, out: Path, engine: Engine, language: str = "en") -> Run:
    """Reads every image of ``given`` (a folder, a ``.txt`` list or an address, see ``source.find``), and
    writes ``out`` (``.csv`` or ``.parquet``) and, beside it, a report in ``language``.

    Rows go to ``<out>.partial.csv`` as they are made; a run that was stopped picks up from it.
    Raises ``ScreenError``, or ``ModelError``.
    """
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{out} must end in .csv or .parquet")
    if out.is_dir():
        raise ScreenError(f"{out} is a folder: name the file to write")
    if not out.parent.is_dir():
        raise ScreenError(f"{out.parent} does not exist: make it first, or name another place for OUT")
    table, page = Table(out, engine.models), report_path(out)
    items = find(str(given), table.own | {page.resolve()})
    done = table.resume({item.path for item in items})
    left = [item for item in items if item.path not in done]
    began = time.perf_counter()
    progress = tqdm(total=len(items), initial=len(done), desc="screen", unit="image")
    with table, progress, closing(engine.rows(left)) as made:
        for row in made:
            table.add(row)
            progress.update()
    seconds = time.perf_counter() - began
    rows = table.finish([item.path for item in items])
    facts = report.Facts(without_keys(str(given)), out.name, engine.models, len(left), seconds, engine.cores)
    report.write(page, rows, facts, language)
    return Run(len(rows), sum(bool(row["error"]) for row in rows), page)


def report_path(out: Path) -> Path:
    """Where the report of the run that writes ``out`` stands."""
    return out.with_name(out.name + ".report.html")
