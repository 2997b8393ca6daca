import os
from pathlib import Path

import pytest

from tests.vision_models.screening.bucket import bucket
from vision_models.image_io import MAX_BYTES
from vision_models.screening.errors import ScreenError
from vision_models.screening.source import Item, check_visible, find, read, visible_folder, without_keys

ODD = ("films and more/a #1.png", "100%.png", "ñandú 胸.png", "a+b&c?.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    for name in (*ODD, "b/2.png", "b/10.dcm", "labels.csv", ".hidden/a.png", ".DS_Store"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def test_a_folder_and_its_address_hold_the_same(folder: Path) -> None:
    here, there = find(str(folder), set()), find(folder.as_uri(), set())
    assert {item.path for item in here} == {item.path for item in there} == {*ODD, "b/2.png", "b/10.dcm"}
    for item in (*here, *there):
        assert read(item) == item.path.encode()


def test_the_order_is_the_same_each_time(folder: Path) -> None:
    paths = [item.path for item in find(folder.as_uri(), set())]
    assert paths == [item.path for item in find(folder.as_uri(), set())]
    assert paths.index("b/10.dcm") < paths.index("b/2.png")


@pytest.mark.parametrize("given", [str, Path.as_uri])
def test_what_the_run_writes_is_no_image(folder: Path, given: object) -> None:
    own = folder / "out.parquet"
    own.write_bytes(b"x")
    assert callable(given)
    assert "out.parquet" not in {item.path for item in find(given(folder), {own.resolve()})}


def test_a_list_names_files_beside_it_elsewhere_and_in_a_store(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "far.png").write_bytes(b"far")
    address = (folder / ODD[0]).as_uri()
    lines = ["# films of a day", "b/2.png", "", f"  {tmp_path / 'far.png'} ", address, "b/2.png", "gone.png"]
    listed = folder / "day.txt"
    listed.write_text("\n".join(lines), encoding="utf-8")
    items = find(str(listed), set())
    assert [item.path for item in items] == ["b/2.png", str(tmp_path / "far.png"), address, "gone.png"]
    assert [read(item) for item in items] == [b"b/2.png", b"far", ODD[0].encode(), None]


def test_a_list_of_windows_is_read_too(folder: Path) -> None:
    listed = folder / "day.TXT"
    listed.write_bytes("\ufeffb/2.png\r\nñandú 胸.png\r\n".encode())
    assert [read(item) for item in find(str(listed), set())] == [b"b/2.png", "ñandú 胸.png".encode()]


def test_names_in_another_encoding_in_a_list(folder: Path) -> None:
    (folder / os.fsdecode(b"radiograf\xeda.png")).write_bytes(b"old")
    (folder / "day.txt").write_bytes(b"radiograf\xeda.png\n")
    (item,) = find(str(folder / "day.txt"), set())
    assert (item.path, read(item)) == ("radiograf\\xeda.png", b"old")


def test_of_a_large_file_no_more_than_needed_is_read(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1000)
    (item,) = find(tmp_path.as_uri(), set())
    content = read(item)
    assert content is not None
    assert len(content) == MAX_BYTES + 1


def test_a_file_that_went_away_is_none(folder: Path) -> None:
    items = find(folder.as_uri(), set())
    (folder / "100%.png").unlink()
    assert [read(item) for item in items if item.path == "100%.png"] == [None]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere", "nowhere is not a folder: name one that holds images, a .txt list or an address"),
        ("nowhere.txt", "nowhere.txt is not a folder"),
        ("file:///nowhere/at/all", "file:///nowhere/at/all does not exist"),
        ("elsewhere://bucket/films", "elsewhere://bucket/films is no address that pyarrow reads"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(given: str, said: str) -> None:
    with pytest.raises(ScreenError, match="^" + said.replace(".", r"\.")) as raised:
        find(given, set())
    assert "\n" not in str(raised.value)


def test_a_bucket_is_listed_and_read() -> None:
    objects = {
        "2026/a b.png": b"1",
        "2026/ward/\N{LATIN SMALL LETTER E WITH ACUTE}#%.png": b"2",
        "2026/labels.csv": b"",
        "2026/.h/a.png": b"3",
        "other.png": b"4",
    }
    with bucket(objects) as address:
        whole, year = find(address, set()), find(address.replace("films?", "films/2026?"), set())
        assert [item.path for item in whole] == ["2026/a b.png", "2026/ward/é#%.png", "other.png"]
        assert [item.path for item in year] == ["a b.png", "ward/é#%.png"]
        assert [read(item) for item in year] == [b"1", b"2"]
        del objects["2026/a b.png"]
        assert read(year[0]) is None


def test_a_list_of_what_is_in_a_bucket_shows_no_keys(tmp_path: Path) -> None:
    with bucket({"2026/a b.png": b"1"}) as address:
        (tmp_path / "day.txt").write_text(address.replace("films?", "films/2026/a%20b.png?"))
        (item,) = find(str(tmp_path / "day.txt"), set())
        assert (item.path, read(item)) == ("s3://films/2026/a%20b.png", b"1")


def test_a_store_that_is_gone_stops_the_run_and_is_no_missing_file() -> None:
    address = "s3://id:key@films?scheme=http&endpoint_override=127.0.0.1:9&region=eu"
    with pytest.raises(ScreenError, match="s3://films does not answer: run the same command again to go on"):
        read(Item("a.png", "films/a.png", address))


def test_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "day.txt").write_text("# nothing\n\n")
    with pytest.raises(ScreenError, match="there is no image in the list"):
        find(str(tmp_path / "day.txt"), set())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("s3://id:secret@bucket/films?region=eu", "s3://bucket/films"),
        ("s3://bucket/films", "s3://bucket/films"),
        ("/data/films?", "/data/films?"),
    ],
)
def test_keys_are_not_shown(given: str, shown: str) -> None:
    assert without_keys(given) == shown


def test_a_machine_that_does_not_see_the_folder(folder: Path) -> None:
    seen = visible_folder(find(str(folder), set()))
    check_visible(seen, "on the machine a")
    check_visible(visible_folder(find(folder.as_uri(), set())), "on the machine a")
    with pytest.raises(ScreenError, match=r"on the machine b there is no .*elsewhere"):
        check_visible(seen + "/elsewhere", "on the machine b")
