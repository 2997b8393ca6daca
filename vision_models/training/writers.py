"""Where prepared images go: into a pack, a csv beside a tar, or into folders. All of it, or nothing."""

import csv
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from vision_models.training.data import DataError

COLUMNS = ("file", "source", "finding", "age_group", "split", "group", "published_split")
NEEDED = {"file", "source", "finding", "split", "group"}
SPLITS = ("train", "validation", "test")

Row = dict[str, str]


class Writer(Protocol):
    """Takes images one by one, and shows them all when ``finish`` is given their rows; left without,
    it leaves what was there before. ``rows``: those that were there."""

    rows: Sequence[Row]

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def pictures(self) -> Iterator[tuple[Row, bytes]]: ...
    def add(self, file: str, content: bytes) -> None: ...
    def finish(self, rows: Sequence[Row]) -> Path: ...


class PackWriter:
    """``OUT/<pack>.csv`` and ``OUT/<pack>.tar``; images are added to a pack that is there.

    The tar is written as a copy and takes its place before the csv does: stopped in between, the old
    csv stands beside a tar with files that it does not name, which is a whole pack.
    """

    def __init__(self, out: Path, pack: str) -> None:
        self._csv, self._tar = out / f"{pack}.csv", out / f"{pack}.tar"
        if self._csv.is_file() != self._tar.is_file():
            raise DataError(f"{out} holds only one of {pack}.csv and {pack}.tar: a pack is both")
        self.rows: Sequence[Row]
        self._columns, self.rows = _read(self._csv) if self._csv.is_file() else ((), [])
        self._taken = {row[name] for row in self.rows for name in ("file", "mask") if row.get(name)}
        self._extra = ("mask",) if pack == "brain_mri" else ()
        self._partial = self._tar.with_name(f"{pack}.tar.partial")
        _make(out)
        self._partial.unlink(missing_ok=True)
        self._archive = self._opened()

    def _opened(self) -> tarfile.TarFile:
        if not self._tar.is_file():
            return tarfile.open(self._partial, "w")
        try:
            with tarfile.open(self._tar) as archive:  # to its end: one that was cut short shows only there
                held = set(archive.getnames())
        except (tarfile.TarError, EOFError) as error:
            raise DataError(f"{self._tar} is not a whole tar archive: put a whole one there first") from error
        if lost := self._taken - held:
            raise DataError(f"{len(lost)} files named in {self._csv} are not in the tar")
        shutil.copyfile(self._tar, self._partial)
        try:
            return tarfile.open(self._partial, "a")
        except tarfile.TarError as error:
            self._partial.unlink()
            raise DataError(f"{self._tar} cannot be added to: is it compressed?") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()
        self._partial.unlink(missing_ok=True)

    def pictures(self) -> Iterator[tuple[Row, bytes]]:
        """The rows that were there, each with its encoded image; in the order of the tar."""
        if not self.rows:
            return
        rows = {row["file"]: row for row in self.rows}
        with tarfile.open(self._tar) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in rows else None
                if content is not None:
                    yield rows[member.name], content.read()

    def add(self, file: str, content: bytes) -> None:
        """Raises ``DataError`` for a name that the pack already holds."""
        if file in self._taken:
            raise DataError(f"{self._csv} already holds {file}: give these images another --name")
        self._taken.add(file)
        member = tarfile.TarInfo(file)
        member.size = len(content)
        self._archive.addfile(member, BytesIO(content))

    def finish(self, rows: Sequence[Row]) -> Path:
        """Shows the pack with ``rows`` after those that were there; returns the csv's path."""
        self._archive.close()
        own = (*COLUMNS, *self._extra)
        columns = (*self._columns, *(name for name in own if name not in self._columns))
        partial = self._csv.with_name(f"{self._csv.name}.partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows([*self.rows, *rows])
        self._partial.replace(self._tar)
        partial.replace(self._csv)
        return self._csv


class FolderWriter:
    """``OUT/<split>/<class>/<file>``. It adds to nothing: a folder does not say who is in it."""

    rows: Sequence[Row] = ()

    def __init__(self, out: Path) -> None:
        there = [split for split in SPLITS if (out / split).exists()]
        if there:
            raise DataError(f"{out} already holds {there[0]}: with --folders, OUT must be new")
        self._out, self._partial = out, out / ".partial"
        _make(out)
        shutil.rmtree(self._partial, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)

    def pictures(self) -> Iterator[tuple[Row, bytes]]:
        """None: nothing was there."""
        return iter(())

    def add(self, file: str, content: bytes) -> None:
        path = self._partial / "unsorted" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def finish(self, rows: Sequence[Row]) -> Path:
        """Sorts the images by the split and class of ``rows``; returns OUT."""
        for row in rows:
            target = self._partial / row["split"] / row["finding"] / Path(row["file"]).name
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._partial / "unsorted" / row["file"]).replace(target)
        for split in SPLITS:
            if (self._partial / split).is_dir():
                (self._partial / split).replace(self._out / split)
        return self._out


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out} cannot be made a folder: {error.strerror}") from error


def _read(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, restval="")
        columns = tuple(reader.fieldnames or ())
        if missing := NEEDED - set(columns):
            raise DataError(f"{path} has no column {', '.join(sorted(missing))}")
        return columns, list(reader)
