import csv
import hashlib
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from tests.vision_models.fakes import BRIGHT, DARK, MIDDLING, FakeAnalyzer, dicom, encoded, picture
from vision_models import image_io
from vision_models.screen import Run, screen
from vision_models.screening.engine import InProcess
from vision_models.screening.errors import ScreenError
from vision_models.screening.rows import COLUMNS

DESIGN = (
    *("path", "sha256", "verdict", "reason", "finding"),
    *("p_normal", "p_bacterial_pneumonia", "p_viral_pneumonia", "p_covid19"),
    *("p_no_tumor", "p_glioma", "p_meningioma", "p_pituitary_tumor"),
    *("prediction_set", "abstained", "error", "model"),
)
CHEST, BRAIN, PHOTO = (encoded(picture(mean)) for mean in (MIDDLING, DARK, BRIGHT))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "ward" / "b").mkdir(parents=True)
    (folder / "a.png").write_bytes(CHEST)
    (folder / "ward" / "slice.PNG").write_bytes(BRAIN)
    (folder / "ward" / "b" / "cat.png").write_bytes(PHOTO)
    return folder


MODELS = "0123456789abcdef"
#: The first line of a table that is not yet whole.
BEGINS = f"# models {MODELS}\n".encode()


def run(folder: Path, out: Path, analyzer: FakeAnalyzer, models: str = MODELS) -> Run:
    return screen(folder, out, InProcess(analyzer, models))


def counts(made: Run) -> tuple[int, int]:
    return made.rows, made.errors


def rows_of(out: Path) -> list[dict[str, str]]:
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_path(out: Path) -> dict[str, dict[str, str]]:
    return {row["path"]: row for row in rows_of(out)}


def test_the_columns_are_those_of_the_design(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    assert COLUMNS == DESIGN
    run(folder, tmp_path / "out.csv", analyzer)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(DESIGN)


def test_one_row_an_image(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    assert counts(run(folder, tmp_path / "out.csv", analyzer)) == (3, 0)
    rows = by_path(tmp_path / "out.csv")
    assert list(rows) == ["a.png", "ward/slice.PNG", "ward/b/cat.png"]
    assert rows["a.png"] == dict.fromkeys(DESIGN, "") | {
        "path": "a.png",
        "sha256": hashlib.sha256(CHEST).hexdigest(),
        "verdict": "chest_xray",
        "finding": "bacterial_pneumonia",
        "p_normal": "0.050000",
        "p_bacterial_pneumonia": "0.900000",
        "p_viral_pneumonia": "0.040000",
        "p_covid19": "0.010000",
        "prediction_set": "bacterial_pneumonia",
        "abstained": "false",
        "model": "chest_xray-0.0.0",
    }
    brain = rows["ward/slice.PNG"]
    assert (brain["verdict"], brain["finding"], brain["p_glioma"]) == ("brain_mri", "glioma", "0.900000")
    assert brain["p_normal"] == ""


def test_a_refused_picture_has_a_reason_and_no_error(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer
) -> None:
    run(folder, tmp_path / "out.csv", analyzer)
    row = by_path(tmp_path / "out.csv")["ward/b/cat.png"]
    given = {name for name, value in row.items() if value}
    assert given == {"path", "sha256", "verdict", "reason"}
    assert (row["verdict"], row["reason"]) == ("rejected", "photo")


def test_several_findings_are_joined_and_abstention_is_a_word(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer
) -> None:
    analyzer.networks["chest_xray"]._answer = lambda _: {"normal": 0.45, "covid19": 0.55}
    run(folder, tmp_path / "out.csv", analyzer)
    row = by_path(tmp_path / "out.csv")["a.png"]
    assert (row["prediction_set"], row["abstained"]) == ("covid19|normal", "true")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "empty"),
        (b"nonsense", "unreadable"),
        (CHEST[: len(CHEST) // 2], "unreadable"),
        (b"%PDF-1.7", "unsupported"),
        (encoded(picture(height=1, width=1)), "too_small"),
    ],
)
def test_a_broken_file_is_a_row_and_the_run_goes_on(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, content: bytes, error: str
) -> None:
    (folder / "Broken.jpg").write_bytes(content)
    assert counts(run(folder, tmp_path / "out.csv", analyzer)) == (4, 1)
    row = by_path(tmp_path / "out.csv")["Broken.jpg"]
    assert (row["error"], row["verdict"], row["reason"]) == (error, "", "")
    assert row["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_link_to_nowhere_is_a_row(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    (folder / "link.png").symlink_to(tmp_path / "gone.png")
    assert counts(run(folder, tmp_path / "out.csv", analyzer)) == (4, 1)
    row = by_path(tmp_path / "out.csv")["link.png"]
    assert (row["error"], row["sha256"]) == ("missing", "")


def test_a_file_too_large_has_its_own_hash_or_none(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_io, "MAX_BYTES", len(CHEST) + 100)
    content = CHEST + bytes(1000)
    (folder / "large.png").write_bytes(content)
    run(folder, tmp_path / "out.csv", analyzer)
    row = by_path(tmp_path / "out.csv")["large.png"]
    assert row["error"] == "too_large"
    assert row["sha256"] in ("", hashlib.sha256(content).hexdigest())


def test_files_that_are_no_image_by_their_name_are_passed_over(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer
) -> None:
    for name in ("labels.csv", "NOTES.TXT", "README.md", "meta.json"):
        (folder / name).write_bytes(CHEST)
    assert counts(run(folder, tmp_path / "out.csv", analyzer)) == (3, 0)


@pytest.mark.parametrize("name", ["film.dcm.jpg", "film.docx", "film", "film.DCM", "film.tiff"])
def test_a_picture_is_known_by_its_content(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, name: str
) -> None:
    (folder / name).write_bytes(dicom(picture(MIDDLING)[..., 0]))
    run(folder, tmp_path / "out.csv", analyzer)
    assert by_path(tmp_path / "out.csv")[name]["verdict"] == "chest_xray"


def test_parquet_has_the_same_columns_with_numbers(
    folder: Path, tmp_path: Path, analyzer: FakeAnalyzer
) -> None:
    (folder / "broken.png").write_bytes(b"x")
    out = tmp_path / "out.PARQUET"
    assert counts(run(folder, out, analyzer)) == (4, 1)
    table = pyarrow.parquet.read_table(out)
    assert tuple(table.column_names) == DESIGN
    rows = {row["path"]: row for row in table.to_pylist()}
    assert rows["a.png"]["p_bacterial_pneumonia"] == pytest.approx(0.9)
    assert rows["a.png"]["p_glioma"] is None
    assert (rows["broken.png"]["error"], rows["broken.png"]["verdict"]) == ("unreadable", "")


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_the_table_inside_the_folder_is_no_image(folder: Path, analyzer: FakeAnalyzer, name: str) -> None:
    run(folder, folder / name, analyzer)
    assert counts(run(folder, folder / name, analyzer)) == (3, 0)
    assert sorted(p.name for p in folder.iterdir()) == ["a.png", name, f"{name}.report.html", "ward"]


@pytest.mark.parametrize("name", ['commas, and "quotes".png', "ñandú 胸.png", "=1+1.png"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_odd_names(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, name: str, form: str) -> None:
    (folder / name).write_bytes(CHEST)
    out = tmp_path / f"out.{form}"
    assert counts(run(folder, out, analyzer)) == (4, 0)
    paths = [
        r["path"] for r in (pyarrow.parquet.read_table(out).to_pylist() if form != "csv" else rows_of(out))
    ]
    assert name in paths


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_name_of_two_lines(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, form: str) -> None:
    (folder / "two\nlines.png").write_bytes(CHEST)
    assert counts(run(folder, tmp_path / f"out.{form}", analyzer)) == (4, 0)


def test_a_name_in_another_encoding(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    (folder / os.fsdecode(b"radiograf\xeda.png")).write_bytes(CHEST)
    assert counts(run(folder, tmp_path / "out.csv", analyzer)) == (4, 0)


# Picking up


def stop_after(analyzer: FakeAnalyzer, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read = analyzer.find
    done = []

    def find(name: str, content: bytes | None) -> object:
        if len(done) == count:
            raise KeyboardInterrupt
        done.append(name)
        return read(name, content)

    monkeypatch.setattr(analyzer, "find", find)


def partial_of(out: Path) -> Path:
    return out.with_name(out.name + ".partial.csv")


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_stopped_run_picks_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, count: int
) -> None:
    out, whole = tmp_path / f"out.{form}", tmp_path / f"whole.{form}"
    run(folder, whole, FakeAnalyzer())
    stopped = FakeAnalyzer()
    stop_after(stopped, count, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run(folder, out, stopped)
    assert not out.exists()
    again = FakeAnalyzer()
    assert counts(run(folder, out, again)) == (3, 0)
    assert len(again.gate_network.seen) == 3 - count
    assert out.read_bytes() == whole.read_bytes()
    assert not partial_of(out).exists()


def test_a_run_stopped_before_its_first_row_picks_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = FakeAnalyzer()
    stop_after(stopped, 0, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / "out.csv", stopped)
    assert counts(run(folder, tmp_path / "out.csv", FakeAnalyzer())) == (3, 0)


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_last_row_cut_short_is_made_again(folder: Path, tmp_path: Path, cut: int) -> None:
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run(folder, whole, FakeAnalyzer())
    content = whole.read_bytes()
    partial_of(out).write_bytes(BEGINS + content[:-cut])
    again = FakeAnalyzer()
    assert counts(run(folder, out, again)) == (3, 0)
    assert len(again.gate_network.seen) == 1
    assert out.read_bytes() == content


def test_rows_of_files_that_are_gone_are_dropped(folder: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    run(folder, whole, FakeAnalyzer())
    partial_of(out).write_bytes(BEGINS + whole.read_bytes())
    (folder / "a.png").unlink()
    assert counts(run(folder, out, FakeAnalyzer())) == (2, 0)
    assert "a.png" not in by_path(out)


def test_a_finished_run_starts_anew(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out.csv", FakeAnalyzer())
    (folder / "a.png").write_bytes(BRAIN)
    run(folder, tmp_path / "out.csv", FakeAnalyzer())
    assert by_path(tmp_path / "out.csv")["a.png"]["verdict"] == "brain_mri"


def test_rows_are_in_order_also_where_files_came_later(folder: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    run(folder, whole, FakeAnalyzer())
    (folder / "0.png").write_bytes(BRAIN)
    partial_of(out).write_bytes(BEGINS + whole.read_bytes())
    again = FakeAnalyzer()
    assert counts(run(folder, out, again)) == (4, 0)
    assert [row["path"] for row in rows_of(out)] == ["0.png", "a.png", "ward/slice.PNG", "ward/b/cat.png"]
    assert len(again.gate_network.seen) == 1


def test_a_run_does_not_go_on_with_other_models(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, stopped = tmp_path / "out.csv", FakeAnalyzer()
    stop_after(stopped, 1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run(folder, out, stopped)
    kept = partial_of(out).read_bytes()
    with pytest.raises(ScreenError, match=r"begun with other models \(0123456789abcdef, now other\)"):
        run(folder, out, FakeAnalyzer(), models="other")
    assert partial_of(out).read_bytes() == kept
    assert counts(run(folder, out, FakeAnalyzer())) == (3, 0)


def test_a_file_of_that_name_which_is_no_table_stays(folder: Path, tmp_path: Path) -> None:
    partial_of(tmp_path / "out.csv").write_text("my own notes\n")
    with pytest.raises(ScreenError, match="is of no run of this program"):
        run(folder, tmp_path / "out.csv", FakeAnalyzer())
    assert partial_of(tmp_path / "out.csv").read_text() == "my own notes\n"


# What cannot start


@pytest.mark.parametrize("names", [(), ("notes.txt", "labels.csv"), (".hidden.png",)])
def test_a_folder_without_images(tmp_path: Path, analyzer: FakeAnalyzer, names: tuple[str, ...]) -> None:
    (tmp_path / "images").mkdir()
    for name in names:
        (tmp_path / "images" / name).write_bytes(CHEST)
    with pytest.raises(ScreenError, match="there is no image in the folder"):
        run(tmp_path / "images", tmp_path / "out.csv", analyzer)
    assert list(tmp_path.iterdir()) == [tmp_path / "images"]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "csv", "out.csv.gz"])
def test_a_table_of_another_kind(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer, name: str) -> None:
    with pytest.raises(ScreenError, match=r"must end in \.csv or \.parquet"):
        run(folder, tmp_path / name, analyzer)
    assert analyzer.gate_network.seen == []


def test_a_folder_that_is_not_there(tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    with pytest.raises(ScreenError, match="gone is not a folder"):
        run(tmp_path / "gone", tmp_path / "out.csv", analyzer)
    (tmp_path / "a.png").write_bytes(CHEST)
    with pytest.raises(ScreenError, match="is not a folder"):
        run(tmp_path / "a.png", tmp_path / "out.csv", analyzer)


def test_a_table_in_a_folder_that_is_not_there(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    with pytest.raises(ScreenError, match="gone does not exist"):
        run(folder, tmp_path / "gone" / "out.csv", analyzer)


def test_a_table_that_is_a_folder(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(ScreenError, match=r"out\.csv"):
        run(folder, tmp_path / "out.csv", analyzer)


def test_pictures_are_not_changed(folder: Path, tmp_path: Path, analyzer: FakeAnalyzer) -> None:
    run(folder, tmp_path / "out.csv", analyzer)
    assert (folder / "a.png").read_bytes() == CHEST
    assert np.array_equal(image_io.decode(CHEST), picture(MIDDLING))
