"""The table of a run: rows are kept as they are made, and the whole of it takes its place at the end."""

import csv
import errno
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow
import pyarrow.csv
import pyarrow.parquet

from vision_models.screening.errors import ScreenError
from vision_models.screening.rows import COLUMNS, FINDINGS, Row

#: How the first line of a table that is not yet whole begins: what follows is the fingerprint of the models.
MODELS = "# models "
FULL = (errno.ENOSPC, errno.EDQUOT)


class Table:
    """``with Table(…) as table: table.add(row)``, then ``finish``. Every row is on the disk once it is added.

    ``models``: their fingerprint. Any method raises ``ScreenError`` where the disk is full or cannot be
    written to; the rows before stay.
    """

    def __init__(self, out: Path, models: str) -> None:
        self.out = out
        self.partial = out.with_name(out.name + ".partial.csv")
        self._whole = out.with_name(out.name + ".whole")
        self._models = models
        self._rows: dict[str, Row] = {}
        self._file: IO[str] | None = None
        self._writer: Any = None

    @property
    def own(self) -> set[Path]:
        """The files that it writes."""
        return {path.resolve() for path in (self.out, self.partial, self._whole)}

    def resume(self, wanted: set[str]) -> set[str]:
        """The paths among ``wanted`` that an earlier run has read; a last row cut short is made again.
        Raises ``ScreenError`` where that run had other models."""
        if self.partial.is_file():
            with self.partial.open(newline="", encoding="utf-8", errors="replace") as file:
                lines = file.read()
            begins, _, rest = lines[: lines.rfind("\n") + 1].partition("\n")
            self._check(begins.strip())
            for row in csv.DictReader(io.StringIO(rest, newline="")):
                if None not in row and None not in row.values() and row["path"] in wanted:
                    self._rows[row["path"]] = row
        return set(self._rows)

    def __enter__(self) -> "Table":
        with self._told():
            self._write_csv(self._whole, list(self._rows.values()), first=MODELS + self._models)
            self._whole.replace(self.partial)
            self._file = self.partial.open("a", newline="", encoding="utf-8")
            self._writer = csv.DictWriter(self._file, COLUMNS)
        return self

    def add(self, row: Row) -> None:
        assert self._file is not None
        with self._told():
            self._writer.writerow(row)
            self._file.flush()
        self._rows[row["path"]] = row

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        try:
            self._file.close()
        except OSError:  # what could not be written has been told
            if error is None:
                raise

    def finish(self, order: Sequence[str]) -> list[Row]:
        """Writes OUT with the rows in that order, and returns them."""
        rows = [self._rows[path] for path in order]
        with self._told():
            if self.out.suffix.lower() == ".csv":
                self._write_csv(self._whole, rows)
            else:
                pyarrow.parquet.write_table(_columns(rows), self._whole)
            self._whole.replace(self.out)
            self.partial.unlink()
        return rows

    def _check(self, begins: str) -> None:
        """Its first line; none at all is a run that was stopped before it wrote any."""
        if begins and not begins.startswith(MODELS):
            raise ScreenError(f"{self.partial} is of no run of this program: delete it, or name another OUT")
        if begins and begins != MODELS + self._models:
            raise ScreenError(
                f"{self.partial} was begun with other models ({begins.removeprefix(MODELS)}, now "
                f"{self._models}): put those back to go on, or delete it to begin anew"
            )

    def _write_csv(self, path: Path, rows: Sequence[Row], first: str = "") -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            if first:
                file.write(first + "\n")
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the system says of the disk, as a sentence."""
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                self._whole.unlink(missing_ok=True)
            if error.errno in FULL or "No space left" in str(error):
                raise ScreenError(
                    f"the disk of {self.out} is full: make room and run the same command again; "
                    f"{len(self._rows)} rows are kept in {self.partial.name}"
                ) from error
            raise ScreenError(f"{self.out} cannot be written: {error.strerror or error}") from error


def _columns(rows: Sequence[Row]) -> Any:
    """Numbers where they are probabilities, text elsewhere; an empty probability is null."""
    numbers = {f"p_{name}" for name in FINDINGS}
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = [row[name] for row in rows]
        if name in numbers:
            columns[name] = pyarrow.array([float(v) if v else None for v in values], pyarrow.float64())
        else:
            columns[name] = pyarrow.array(values, pyarrow.string())
    return pyarrow.table(columns)
