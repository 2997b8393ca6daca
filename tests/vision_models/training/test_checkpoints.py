"""What an epoch leaves behind, and that no crash leaves less than the epoch before had."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision_models.training.tiny_runs import MARKS, best, progress, tiny_network

pytestmark = MARKS


@pytest.fixture
def network() -> Any:
    return tiny_network()


def end_epochs(
    network: Any, folder: Path, losses: Sequence[float], patience: int | None = None
) -> list[bool]:
    """Goes on from the progress in ``folder``, with weights that are all the number of the epoch, counted
    from 1. Returns whether each epoch ended the fit."""
    from vision_models.training.checkpoints import Checkpoints, Progress

    checkpoints = Checkpoints(folder, Progress.read(folder), patience)
    checkpoints.set_model(network)
    ended = []
    for loss in losses:
        number = checkpoints.progress.epochs + 1
        network.set_weights([np.full_like(weight, number) for weight in network.get_weights()])
        network.stop_training = False
        checkpoints.on_epoch_end(number - 1, {"val_loss": loss})
        ended.append(network.stop_training)
    return ended


def number_of(weights: Sequence[np.ndarray]) -> int:
    """The epoch that they are of."""
    [number] = set(np.concatenate([weight.ravel() for weight in weights]).tolist())
    return int(number)


def saved_number(path: Path) -> int:
    import keras

    return number_of(keras.models.load_model(path).get_weights())


# Progress


def test_a_new_run_has_no_epoch_behind_it(tmp_path: Path) -> None:
    from vision_models.training.checkpoints import Progress

    assert Progress.read(tmp_path) == Progress(epochs=0, best=None, waited=0)


def test_progress_is_read_as_it_was_written(tmp_path: Path) -> None:
    from vision_models.training.checkpoints import Progress

    for written in (Progress(3, 0.1 + 0.2, 2), Progress(4, 0.25, 0)):
        written.write(tmp_path)
        assert Progress.read(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


@pytest.mark.parametrize(
    ("before", "loss", "after"),
    [
        ((0, None, 0), 2.0, (1, 2.0, 0)),
        ((4, 2.0, 3), 1.5, (5, 1.5, 0)),
        ((4, 2.0, 3), 2.5, (5, 2.0, 4)),
        ((4, 2.0, 0), 2.0, (5, 2.0, 1)),
        ((0, None, 0), math.nan, (1, None, 1)),
    ],
    ids=["the first", "a better", "a worse", "no better", "no number"],
)
def test_one_epoch_more(before: Any, loss: float, after: Any) -> None:
    from vision_models.training.checkpoints import Progress

    assert Progress(*before).after(loss) == Progress(*after)


# The end of an epoch


@pytest.mark.parametrize(
    "pieces", [[(3, 1, 2, 1, 4)], [(3,), (1,), (2, 1), (4,)]], ids=["unbroken", "resumed"]
)
def test_the_best_weights_are_those_of_the_first_lowest_loss(
    network: Any, tmp_path: Path, pieces: list[tuple[float, ...]]
) -> None:
    for losses in pieces:
        end_epochs(network, tmp_path, losses)
    assert number_of(best(tmp_path)) == 2
    assert progress(tmp_path) == {"epochs": 5, "best": 1, "waited": 3}


def test_one_state_is_left_and_it_is_the_last_epochs(network: Any, tmp_path: Path) -> None:
    for number, loss in enumerate((3, 1, 2), start=1):
        end_epochs(network, tmp_path, [loss])
        assert [path.name for path in tmp_path.glob("*.keras")] == [f"epoch-{number}.keras"]
        assert saved_number(tmp_path / f"epoch-{number}.keras") == number
        assert progress(tmp_path)["epochs"] == number


@pytest.mark.parametrize(
    ("losses", "patience", "ended"),
    [
        ((1, 2, 3), 2, [False, False, True]),
        ((1, 1, 1), 2, [False, False, True]),
        ((3, 4, 2, 5, 6), 2, [False, False, False, False, True]),
        ((1, 2), 1, [False, True]),
        ((1, 2, 3, 4), None, [False] * 4),
    ],
)
def test_patience_ends_the_fit_even_if_each_epoch_was_resumed(
    network: Any, tmp_path: Path, losses: tuple[float, ...], patience: int | None, ended: list[bool]
) -> None:
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    unbroken.mkdir()
    broken.mkdir()
    assert end_epochs(network, unbroken, losses, patience) == ended
    assert [end_epochs(network, broken, [loss], patience)[0] for loss in losses] == ended


# Crashes


def _in_the_best_weights(patch: pytest.MonkeyPatch) -> None:
    import keras

    patch.setattr(keras.Model, "save_weights", _half_a_file)


def _in_the_state(patch: pytest.MonkeyPatch) -> None:
    import keras

    patch.setattr(keras.Model, "save", _half_a_file)


def _in_the_progress(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "write_text", lambda path, text: _half_a_file(None, path))


def _before_the_progress_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "replace", _nothing)


def _before_the_old_state_goes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "unlink", _nothing)


def _half_a_file(_: Any, path: Path) -> None:
    path.write_bytes(b'{"epochs": ')
    raise KeyboardInterrupt


def _nothing(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def crash_in_the_second_epoch(network: Any, folder: Path, crash: Any) -> None:
    """At its end, which is better than the first's."""
    end_epochs(network, folder, [2])
    with pytest.MonkeyPatch.context() as patch:
        crash(patch)
        with pytest.raises(KeyboardInterrupt):
            end_epochs(network, folder, [1])


#: Before the epoch counts.
EARLY = [_in_the_best_weights, _in_the_state, _in_the_progress, _before_the_progress_counts]


@pytest.mark.parametrize(
    ("crash", "kept"), [*((crash, 1) for crash in EARLY), (_before_the_old_state_goes, 2)]
)
def test_after_a_crash_the_state_that_progress_names_is_whole(
    network: Any, tmp_path: Path, crash: Any, kept: int
) -> None:
    crash_in_the_second_epoch(network, tmp_path, crash)
    assert progress(tmp_path) == {"epochs": kept, "best": 3 - kept, "waited": 0}
    assert saved_number(tmp_path / f"epoch-{kept}.keras") == kept


@pytest.mark.parametrize("crash", EARLY)
def test_the_epoch_done_anew_mends_what_a_crash_left(network: Any, tmp_path: Path, crash: Any) -> None:
    crash_in_the_second_epoch(network, tmp_path, crash)
    end_epochs(network, tmp_path, [1])
    assert number_of(best(tmp_path)) == 2
    assert progress(tmp_path) == {"epochs": 2, "best": 1, "waited": 0}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"best.weights.h5", "epoch-2.keras", "progress.json"}
    assert saved_number(tmp_path / "epoch-2.keras") == 2


def test_a_state_that_a_crash_left_over_goes_with_the_next_epoch(network: Any, tmp_path: Path) -> None:
    crash_in_the_second_epoch(network, tmp_path, _before_the_old_state_goes)
    assert len(list(tmp_path.glob("*.keras"))) == 2
    end_epochs(network, tmp_path, [4])
    assert [path.name for path in tmp_path.glob("*.keras")] == ["epoch-3.keras"]
