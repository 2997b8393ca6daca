"""What becomes of the table where the disk does not take it; the rest of it is in ``test_screen``."""

import csv
from pathlib import Path

import pytest

from vision_models.screening.errors import ScreenError
from vision_models.screening.rows import COLUMNS, crashed_row
from vision_models.screening.table import Table

FULL = Path("/dev/full")
needs_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")


@needs_a_full_disk
def test_a_disk_that_is_full_at_the_start(tmp_path: Path) -> None:
    table = Table(tmp_path / "out.csv", "m")
    (tmp_path / "out.csv.whole").symlink_to(FULL)
    with pytest.raises(ScreenError, match=r"the disk of .*out\.csv is full: make room and run"), table:
        pass


@needs_a_full_disk
def test_rows_are_kept_where_the_disk_gets_full(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with Table(out, "m") as table:
        table.add(crashed_row("a.png"))
        table.add(crashed_row("b.png"))
        assert table._file is not None
        table._file.close()
        table._file = FULL.open("w")
        table._writer = csv.DictWriter(table._file, COLUMNS)
        with pytest.raises(ScreenError, match=r"2 rows are kept in out\.csv\.partial\.csv"):
            table.add(crashed_row("c.png"))
        table._file = (tmp_path / "elsewhere").open("w")
    assert Table(out, "m").resume({"a.png", "b.png", "c.png"}) == {"a.png", "b.png"}


@needs_a_full_disk
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_no_half_of_a_table_takes_the_place_of_the_last_one(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    out.write_bytes(b"the last run's")
    with Table(out, "m") as table:
        table.add(crashed_row("a.png"))
    (tmp_path / f"{name}.whole").symlink_to(FULL)
    with pytest.raises(ScreenError, match="is full"):
        table.finish(["a.png"])
    assert out.read_bytes() == b"the last run's"
    assert table.partial.is_file()


def test_a_folder_that_nobody_may_write_to(tmp_path: Path) -> None:
    """Where a file is in the way of what it writes, since to root every folder is open."""
    (tmp_path / "out.csv.whole").mkdir()
    said = r"out\.csv cannot be written: Is a directory"
    with pytest.raises(ScreenError, match=said), Table(tmp_path / "out.csv", "m"):
        pass


def test_names_that_hold_the_ends_of_lines(tmp_path: Path) -> None:
    names = ["two\nlines", "a\rb", "c\u2028d", 'quote"d', "x\x1cy"]
    with Table(tmp_path / "out.csv", "m") as table:
        for name in names:
            table.add(crashed_row(name))
    again = Table(tmp_path / "out.csv", "m")
    assert again.resume(set(names)) == set(names)
    with again:
        pass
    assert [row["path"] for row in again.finish(names)] == names
