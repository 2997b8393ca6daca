"""Adding to a pack that is there, and leaving it whole whatever happens."""

import csv
import gzip
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision_models.training.own_images import (
    own_chest,
    read_rows,
    refusal,
    run,
    write_images,
)
from vision_models.training import writers
from vision_models.training.data import ImageStore, load_samples
from vision_models.training.prepare import Order, prepare


def test_more_images_join_a_pack(packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, held = read_rows(packs), load_samples("chest_xray", packs)
    bytes_before = ImageStore(packs, held).read(held[0])
    assert run("chest_xray", own_chest(tmp_path / "own"), packs) == 0
    assert f"100 images, added to {len(before)}: " in capsys.readouterr().out
    after = read_rows(packs)
    assert [{name: row[name] for name in before[0]} for row in after[: len(before)]] == before
    samples = load_samples("chest_xray", packs)
    assert len(samples) == len(before) + 100
    store = ImageStore(packs, samples)
    assert np.array_equal(store.read(samples[0]), bytes_before)
    assert store.read(samples[-1]).shape == (80, 64, 3)


def test_new_look_alikes_join_the_side_of_the_old(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("chest_xray", own_chest(tmp_path / "own"), out, "--seed", 1) == 0
    old = {Path(row["file"]).stem: row for row in read_rows(out)}
    assert run("chest_xray", own_chest(tmp_path / "own"), out, "--seed", 2, "--name", "again") == 0
    for row in read_rows(out)[100:]:
        assert row["source"] == "again"
        assert row["split"] == old[Path(row["file"]).stem]["split"]
    assert {row["split"] for row in old.values()} == {"train", "validation", "test"}


def test_what_looks_like_both_sides_stays_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run("chest_xray", own_chest(tmp_path / "own"), out) == 0
    rows = read_rows(out)
    normal = [row for row in rows if row["finding"] == "normal"]
    copy = tmp_path / "copy" / "normal"
    write_images(copy, [int(Path(normal[0]["file"]).stem), *range(900, 920)])
    # The pack itself has the picture on two sides: whatever the new one joins, it would be wrong.
    double = normal[0] | {"file": "other.jpg", "group": "other"}
    double["split"] = "test" if normal[0]["split"] != "test" else "train"
    with (out / "chest_xray.csv").open("a", newline="") as file:
        csv.DictWriter(file, list(rows[0])).writerow(double)
    with tarfile.open(out / "chest_xray.tar") as archive:
        content = archive.extractfile(normal[0]["file"]).read()
    (tmp_path / "other.jpg").write_bytes(content)
    with tarfile.open(out / "chest_xray.tar", "a") as archive:
        archive.add(tmp_path / "other.jpg", "other.jpg")
    capsys.readouterr()
    write_images(tmp_path / "other" / "normal", [950, 951])
    assert run("chest_xray", tmp_path / "other", out) == 0
    assert "left out" not in capsys.readouterr().out
    assert run("chest_xray", tmp_path / "copy", out) == 0
    printed = capsys.readouterr().out
    assert "left out: 1 like images on two sides of the split" in printed
    assert "20 images, added to 103" in printed


def test_the_same_images_twice_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = own_chest(tmp_path / "own"), tmp_path / "out"
    assert run("chest_xray", source, out) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    refused = refusal(capsys, "chest_xray", source, out)
    assert "already holds own/normal/0.jpg: give these images another --name" in refused
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("last", ["chest_xray.tar.partial", "chest_xray.csv.partial"])
def test_an_interruption_leaves_the_old_pack(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Pulls the plug as ``last`` is about to take its place; then the same order goes through."""
    before, replace = read_rows(packs), Path.replace

    def stop(self: Path, target: Any) -> Path:
        if self.name == last:
            raise KeyboardInterrupt
        return replace(self, target)

    source = own_chest(tmp_path / "own")
    with monkeypatch.context() as patch:
        patch.setattr(writers.Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            prepare(Order("chest_xray", source, packs))
    assert read_rows(packs) == before
    ImageStore(packs, load_samples("chest_xray", packs))
    assert prepare(Order("chest_xray", source, packs)).before == len(before)
    ImageStore(packs, load_samples("chest_xray", packs))


@pytest.mark.parametrize("keep", [0, 700])
def test_a_pack_whose_tar_is_cut_short_is_left_alone(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: int
) -> None:
    path = packs / "chest_xray.tar"
    path.write_bytes(path.read_bytes()[:keep])
    source = own_chest(tmp_path / "own", 3)
    assert "chest_xray." in refusal(capsys, "chest_xray", source, packs)
    assert path.stat().st_size == keep


def test_a_compressed_tar_cannot_be_added_to(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = packs / "chest_xray.tar"
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert "is it compressed?" in refusal(capsys, "chest_xray", own_chest(tmp_path / "own", 3), packs)
