"""A run on a few tiny pictures: its stages, what it starts from, what it writes, and bad data."""

import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision_models.fakes import brain_rows, encoded, picture, write_pack
from tests.vision_models.training.tiny_runs import (
    MARKS,
    TWO_STAGES,
    best,
    epochs,
    fit,
    log,
    progress,
    same,
    scripted,
    state,
)
from vision_models.training.data import DataError, Sample, class_names
from vision_models.training.recipes import RECIPES, Recipe, Stage

pytestmark = MARKS


def test_one_epoch_of_the_real_network(
    packs: Path, tmp_path: Path, module: Any, small_brain: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision_models.training.network import build_network

    monkeypatch.setitem(module.ARCHITECTURES, "efficientnet_lite0", build_network)
    monkeypatch.setitem(RECIPES, "brain_mri", replace(small_brain, draws=8, batch_size=4))
    path = module.train("brain_mri", packs, tmp_path / "runs", epochs=1)
    assert path == tmp_path / "runs" / "brain_mri" / "best.weights.h5"
    [row] = log(path.parent)
    assert progress(path.parent) == {"epochs": 1, "best": float(row["val_loss"]), "waited": 0}
    measured = {"loss", "logits_loss", "region_loss", "logits_in_set", "region_dice"}
    assert measured | {f"val_{figure}" for figure in measured} <= row.keys()
    assert np.isfinite([float(value) for value in row.values()]).all()
    build_network(4, region=True).load_weights(path)


Seen = list[tuple[bool, int, int]]


@pytest.fixture
def seen(module: Any, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Of each ``Batches`` that a run makes: whether they teach, their first epoch and their picture size."""
    made_so_far: Seen = []
    batches = module.Batches

    def recorded(*given: Any, training: bool, **options: Any) -> Any:
        made = batches(*given, training=training, **options)
        made_so_far.append((training, options.get("first_epoch", 0), made[0][0].shape[1]))
        return made

    monkeypatch.setattr(module, "Batches", recorded)
    return made_so_far


def test_a_run_goes_through_its_stages(
    packs: Path, tmp_path: Path, module: Any, recipe: Recipe, seen: Seen
) -> None:
    fit(module, replace(recipe, architecture="tiny", stages=TWO_STAGES), packs, tmp_path)
    assert seen == [(False, 0, 64), (True, 0, 32), (True, 2, 64)]
    assert epochs(tmp_path) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("total", "stages"),
    [
        (1, [(0, 1, 7)]),
        (3, [(0, 2, None), (2, 3, 7)]),
        (5, [(0, 2, None), (2, 5, 7)]),
        (6, [(0, 2, None), (2, 5, None), (5, 6, 7)]),
        (9, [(0, 2, None), (2, 5, None), (5, 9, 7)]),
    ],
)
def test_where_the_stages_end_and_that_only_the_last_has_patience(
    module: Any, small: Recipe, total: int, stages: list[tuple[int, int, int | None]]
) -> None:
    recipe = replace(small, stages=(Stage(32, 2), Stage(64, 3), Stage(96, 1)), patience=7)
    assert [stage for stage in module._stages(recipe, total) if stage[0] < stage[1]] == stages


@pytest.mark.parametrize(("losses", "chosen", "waited"), [((3, 1, 2, 4), 1, 2), ((3, 2, 4, 1), 3, 0)])
def test_the_best_of_both_stages_is_kept(
    packs: Path,
    tmp_path: Path,
    module: Any,
    tiny: Recipe,
    losses: tuple[float, ...],
    chosen: int,
    waited: int,
) -> None:
    seen: list[Any] = []
    recipe = replace(tiny, stages=TWO_STAGES, draws=8)
    fit(module, recipe, packs, tmp_path, scripted(losses=losses, seen=seen))
    assert same(best(tmp_path), seen[chosen])
    assert progress(tmp_path) == {"epochs": 4, "best": 1, "waited": waited}


def test_neither_the_test_split_nor_the_validation_split_teaches(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[bool, set[str]] = {}
    batches = module.Batches

    def recorded(samples: list[Sample], *given: Any, training: bool, **options: Any) -> Any:
        seen.setdefault(training, set()).update(sample.split for sample in samples)
        return batches(samples, *given, training=training, **options)

    monkeypatch.setattr(module, "Batches", recorded)
    fit(module, tiny, packs, tmp_path, epochs=1)
    assert seen == {True: {"train"}, False: {"validation"}}


def test_a_run_may_start_from_another_ones_weights(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe
) -> None:
    learnt = fit(module, tiny, packs, tmp_path / "learnt", epochs=1)
    still = replace(tiny, learning_rate=0.0)
    fresh = fit(module, still, packs, tmp_path / "fresh", epochs=1)
    started = fit(module, still, packs, tmp_path / "started", epochs=1, start=learnt / "best.weights.h5")
    first, second, third = (state(folder, statistics=False) for folder in (learnt, fresh, started))
    assert same(first, third)
    assert not same(first, second)


def test_going_on_is_gentler(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    compiled = module._compiled

    def recorded(recipe: Recipe, *given: Any) -> Any:
        rates.append(recipe.learning_rate)
        return compiled(recipe, *given)

    monkeypatch.setattr(module, "_compiled", recorded)
    learnt = fit(module, tiny, packs, tmp_path / "learnt", epochs=1)
    fit(module, tiny, packs, tmp_path / "on", epochs=1, start=learnt / "best.weights.h5")
    assert rates == [tiny.learning_rate, pytest.approx(tiny.learning_rate / 3)]


def test_going_on_needs_no_small_pictures(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, seen: Seen
) -> None:
    recipe = replace(tiny, stages=TWO_STAGES, draws=8)
    learnt = fit(module, recipe, packs, tmp_path / "learnt")
    seen.clear()
    fit(module, recipe, packs, tmp_path / "on", start=learnt / "best.weights.h5")
    assert seen == [(False, 0, 64), (True, 0, 64)]
    assert epochs(tmp_path / "on") == list(range(TWO_STAGES[-1].epochs))


def test_a_run_starts_from_no_weights_that_are_not_there(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe
) -> None:
    with pytest.raises(DataError, match=r"lost\.weights\.h5 is missing"):
        fit(module, tiny, packs, tmp_path, start=tmp_path / "lost.weights.h5")


def test_other_classes_are_a_run_of_their_own(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "brain_mri", tiny)
    reverse = class_names("brain_mri")[::-1]
    path = module.train("brain_mri", packs, tmp_path, epochs=1, classes=reverse)
    assert path.parent == tmp_path / "-".join(("brain_mri", *reverse))
    with pytest.raises(DataError, match="'no_tumor'; known labels: glioma"):
        module.train("brain_mri", packs, tmp_path, epochs=1, classes=("glioma",))


# Bad data


def _no_csv(packs: Path) -> None:
    (packs / "brain_mri.csv").unlink()


def _no_tar(packs: Path) -> None:
    (packs / "brain_mri.tar").unlink()


def _cut_tar(packs: Path) -> None:
    whole = (packs / "brain_mri.tar").read_bytes()
    (packs / "brain_mri.tar").write_bytes(whole[: len(whole) // 2])


def _no_mask(packs: Path) -> None:
    table = packs / "brain_mri.csv"
    table.write_text(table.read_text().replace("masks/", "lost/"))


def _no_glioma(packs: Path) -> None:
    table = packs / "brain_mri.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join(row for row in rows if ",glioma," not in row or ",train," not in row))


def _put(packs: Path, name: str, content: bytes) -> None:
    """In place of the file of that name."""
    with tarfile.open(packs / "brain_mri.tar") as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        images = {file: stream.read() for file, stream in files.items() if stream is not None}
    assert name in images
    write_pack(packs, "brain_mri", brain_rows(), images | {name: content})


def _no_image(packs: Path) -> None:
    _put(packs, "pituitary_tumor/2.png", b"nonsense")  # the last that validates


def _mask_of_another_size(packs: Path) -> None:
    _put(packs, "masks/glioma/0.png", encoded(picture(height=71, width=60)))  # the picture has 72 rows


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_csv, r"brain_mri\.csv is missing"),
        (_no_tar, r"brain_mri\.tar is missing"),
        (_cut_tar, r"brain_mri\.tar|not in the tar"),
        (_no_mask, r"not in the tar, the first is lost/"),
        (_no_image, r"pituitary_tumor/2\.png in brain_mri\.tar is not an image"),
        (_mask_of_another_size, r"masks/glioma/0\.png is not of the size of its picture glioma/0\.png"),
        (_no_glioma, r"no training image of class 'glioma'"),
    ],
)
def test_bad_data_stops_before_any_network(
    packs: Path,
    tmp_path: Path,
    module: Any,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    message: str,
) -> None:
    spoil(packs)
    monkeypatch.setitem(module.ARCHITECTURES, RECIPES["brain_mri"].architecture, pytest.fail)
    with pytest.raises(DataError, match=message):
        module.train("brain_mri", packs, tmp_path / "runs")
