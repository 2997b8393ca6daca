"""An interruption changes nothing: neither what a run learns, nor how long its patience lasts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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
from vision_models.training.recipes import Recipe, Stage

pytestmark = MARKS


def fit_until_cut(
    module: Any, recipe: Recipe, packs: Path, folder: Path, cut: int, losses: tuple[float, ...] = ()
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(module, recipe, packs, folder, scripted(cut, losses))
    assert progress(folder)["epochs"] == cut


# What is learnt


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe
) -> None:
    """Cut in the first stage, in the first epoch of the second, and in its last; in graphs, as it is run."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(False)
    recipe = replace(tiny, stages=TWO_STAGES, draws=24, batch_size=4)
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    fit(module, recipe, packs, unbroken)
    for cut in (1, 2, 3):
        fit_until_cut(module, recipe, packs, broken, cut)
        assert epochs(broken) == list(range(cut))
    stopped = state(broken)
    fit(module, recipe, packs, broken)
    assert not same(stopped, state(broken))
    assert same(state(unbroken), state(broken))
    assert same(best(unbroken), best(broken))
    assert log(broken) == log(unbroken)
    assert progress(broken) == progress(unbroken)


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_crash_between_the_state_and_its_progress_costs_that_epoch_alone(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    """Epochs counted from 1: in the first nothing is there yet, the second ends a stage."""
    from vision_models.training.checkpoints import Progress

    def crash(reached: Progress, folder: Path) -> None:
        if reached.epochs == epoch:
            raise KeyboardInterrupt
        write(reached, folder)

    recipe, write = replace(tiny, stages=TWO_STAGES, draws=8), Progress.write
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    fit(module, recipe, packs, unbroken)
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            fit(module, recipe, packs, broken)
    assert (broken / f"epoch-{epoch}.keras").is_file()
    assert Progress.read(broken).epochs == epoch - 1
    fit(module, recipe, packs, broken)
    assert same(state(unbroken), state(broken))
    assert same(best(unbroken), best(broken))
    assert log(broken) == log(unbroken)
    assert progress(broken) == progress(unbroken)


def test_an_interruption_before_the_first_epoch_ends_leaves_nothing_to_resume(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(module, tiny, packs, tmp_path, scripted(cut=0), epochs=1)
    assert not (tmp_path / "progress.json").exists()
    assert epochs(fit(module, tiny, packs, tmp_path, epochs=1)) == [0]


def test_a_finished_run_trains_no_more(packs: Path, tmp_path: Path, module: Any, tiny: Recipe) -> None:
    before = state(fit(module, tiny, packs, tmp_path, epochs=1))
    after = state(fit(module, tiny, packs, tmp_path, epochs=1))
    assert same(before, after)
    assert epochs(tmp_path) == [0]


# Patience


@pytest.mark.parametrize("cuts", [(), (3,), (4,)], ids=["never", "between", "within"])
def test_patience_waits_in_the_last_stage_alone_wherever_the_run_is_cut(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, cuts: tuple[int, ...]
) -> None:
    """Every epoch is worse than the one before: three of the first stage, then two that patience allows."""
    losses = tuple(range(8))
    recipe = replace(tiny, stages=(Stage(32, 3), Stage(64, 5)), patience=2, draws=8, batch_size=4)
    for cut in cuts:
        fit_until_cut(module, recipe, packs, tmp_path, cut, losses)
    fit(module, recipe, packs, tmp_path, scripted(losses=losses))
    assert epochs(tmp_path) == [0, 1, 2, 3, 4]
    assert progress(tmp_path) == {"epochs": 5, "best": 0, "waited": 2}


def test_a_run_that_patience_ended_trains_no_more(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe
) -> None:
    recipe = replace(tiny, stages=(Stage(32, 9),), patience=2, draws=8)
    losses = scripted(losses=range(9))
    before = state(fit(module, recipe, packs, tmp_path, losses))
    assert epochs(tmp_path) == [0, 1, 2]
    assert same(before, state(fit(module, recipe, packs, tmp_path, losses)))
    assert epochs(tmp_path) == [0, 1, 2]
