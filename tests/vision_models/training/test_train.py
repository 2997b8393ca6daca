"""Training on a few tiny pictures: what it writes, and that an interruption changes nothing."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision_models.training.data import DataError, ImageStore, Sample, class_names, load_samples
from vision_models.training.recipes import RECIPES, Recipe, Stage

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]
UNKNOWN = -1.0
#: Two epochs of each size, so that a run can be cut inside a stage and where one ends.
TWO_STAGES = (Stage(32, 2), Stage(64, 2))


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``vision_models.training.train``, with a network named ``tiny`` that learns in seconds.

    TensorFlow runs step by step: for so few steps, tracing a graph takes far longer than they do.
    """
    import keras
    import tensorflow as tf

    from vision_models.training import train

    monkeypatch.setitem(train.ARCHITECTURES, "tiny", _tiny_network)
    tf.config.run_functions_eagerly(True)
    yield train
    tf.config.run_functions_eagerly(False)
    keras.backend.clear_session()


@pytest.fixture
def tiny(small_brain: Recipe) -> Recipe:
    """With regions and all that mixes pictures."""
    return replace(small_brain, architecture="tiny", learning_rate=0.01)


def _tiny_network(class_count: int, region: bool, frozen_blocks: int) -> Any:
    import keras
    from keras import layers

    pixels = keras.Input((None, None, 3))
    x = layers.Conv2D(6, 1, trainable=not frozen_blocks)(layers.Rescaling(1 / 128.0, offset=-1.0)(pixels))
    x = layers.Conv2D(8, 4, strides=4, use_bias=False)(x)
    cells = layers.ReLU()(layers.BatchNormalization()(x))
    pooled = layers.GlobalAveragePooling2D()(cells)
    outputs = {"logits": layers.Dense(class_count, name="logits")(pooled)}
    if region:
        outputs["region"] = layers.Conv2D(1, 1, name="region")(cells)
    return keras.Model(pixels, outputs)


def fit(module: Any, recipe: Recipe, packs: Path, folder: Path, **options: Any) -> Path:
    model = "brain_mri" if recipe.region == "finding" else "chest_xray"
    samples = load_samples(model, packs)
    best = module.fit(recipe, class_names(model), samples, packs, folder, **options)
    assert best == folder / "best.weights.h5"
    return folder


def weights(folder: Path, statistics: bool = True) -> list[np.ndarray]:
    """What the last epoch left: what was learnt and, with ``statistics``, those and the optimizer's."""
    import keras

    from vision_models.training import train

    known = {name: getattr(train, name) for name in ("set_cross_entropy", "region_loss", "in_set", "dice")}
    saved = keras.models.load_model(folder / "last.keras", custom_objects=known)
    kept = (*saved.weights, *saved.optimizer.variables) if statistics else saved.trainable_weights
    return [np.asarray(value) for value in kept]


def log(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def epochs(folder: Path) -> list[int]:
    return [int(row["epoch"]) for row in log(folder)]


def with_callbacks(module: Any, monkeypatch: pytest.MonkeyPatch, *first: Any) -> None:
    """The run's own callbacks, and ``first`` before them."""
    own = module._callbacks
    monkeypatch.setattr(module, "_callbacks", lambda *given: [*first, *own(*given)])


def pulling_the_plug(epoch: int) -> Any:
    """In the middle of an epoch, counted from 0."""
    import keras

    now = [0]

    def before_batch(batch: int, logs: object = None) -> None:
        if now[0] == epoch and batch == 1:
            raise KeyboardInterrupt

    def before_epoch(at: int, logs: object = None) -> None:
        now[0] = at

    return keras.callbacks.LambdaCallback(on_epoch_begin=before_epoch, on_train_batch_begin=before_batch)


def validation_losses(*losses: float, weights: list[Any] | None = None) -> Any:
    """In place of what the epochs measured; ``weights`` receives those of each epoch."""
    import keras

    class Losses(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            logs["val_loss"] = losses[epoch]
            if weights is not None:
                weights.append(self.model.get_weights())

    return Losses()


# A run


def test_one_epoch_of_the_real_network(
    packs: Path, tmp_path: Path, module: Any, small_brain: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision_models.training.network import build_network

    monkeypatch.setitem(module.ARCHITECTURES, "efficientnet_lite0", build_network)
    monkeypatch.setitem(RECIPES, "brain_mri", replace(small_brain, draws=8, batch_size=4))
    best = module.train("brain_mri", packs, tmp_path / "runs", epochs=1)
    assert best == tmp_path / "runs" / "brain_mri" / "best.weights.h5"
    assert best.is_file()
    assert json.loads((best.parent / "progress.json").read_text())["epochs"] == 1
    [row] = log(best.parent)
    measured = {"loss", "logits_loss", "region_loss", "logits_in_set", "region_dice"}
    assert measured | {f"val_{figure}" for figure in measured} <= row.keys()
    assert np.isfinite([float(value) for value in row.values()]).all()
    build_network(4, region=True).load_weights(best)


def test_a_run_goes_through_its_stages(
    packs: Path, tmp_path: Path, module: Any, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    batches = module.Batches

    def recorded(*given: Any, training: bool, **options: Any) -> Any:
        made = batches(*given, training=training, **options)
        seen.append((training, options.get("first_epoch", 0), made[0][0].shape[1]))
        return made

    monkeypatch.setattr(module, "Batches", recorded)
    fit(module, replace(recipe, architecture="tiny", stages=TWO_STAGES), packs, tmp_path)
    assert seen == [(False, 0, 64), (True, 0, 32), (True, 2, 64)]
    assert epochs(tmp_path) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("total", "ends"), [(1, [1, 1, 1]), (3, [2, 3, 3]), (5, [2, 5, 5]), (6, [2, 5, 6]), (9, [2, 5, 9])]
)
def test_where_the_stages_end(module: Any, small: Recipe, total: int, ends: list[int]) -> None:
    recipe = replace(small, stages=(Stage(32, 2), Stage(64, 3), Stage(96, 1)))
    assert module._stage_ends(recipe, total) == ends


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
    first, second, third = (weights(folder, statistics=False) for folder in (learnt, fresh, started))
    assert all(np.array_equal(one, other) for one, other in zip(first, third, strict=True))
    assert not all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


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
    best = module.train("brain_mri", packs, tmp_path, epochs=1, classes=reverse)
    assert best.parent == tmp_path / "-".join(("brain_mri", *reverse))
    with pytest.raises(DataError, match="'no_tumor'; known labels: glioma"):
        module.train("brain_mri", packs, tmp_path, epochs=1, classes=("glioma",))


# Interruptions


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut in the first stage, in the first epoch of the second, and in its last; in graphs, as it is run."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(False)
    recipe = replace(tiny, stages=TWO_STAGES, draws=24, batch_size=4)
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    fit(module, recipe, packs, unbroken)
    for epoch in (1, 2, 3):
        with monkeypatch.context() as patch:
            with_callbacks(module, patch, pulling_the_plug(epoch))
            with pytest.raises(KeyboardInterrupt):
                fit(module, recipe, packs, broken)
        assert epochs(broken) == list(range(epoch))
    stopped = weights(broken)
    resumed = weights(fit(module, recipe, packs, broken))
    assert not all(np.allclose(one, other, atol=1e-4) for one, other in zip(stopped, resumed, strict=True))
    for one, other in zip(weights(unbroken), resumed, strict=True):
        assert np.array_equal(one, other)
    assert log(broken) == log(unbroken)
    assert (broken / "progress.json").read_text() == (unbroken / "progress.json").read_text()


def test_an_interruption_before_the_first_epoch_ends_leaves_nothing_to_resume(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        with_callbacks(module, patch, pulling_the_plug(0))
        with pytest.raises(KeyboardInterrupt):
            fit(module, tiny, packs, tmp_path, epochs=1)
    assert epochs(fit(module, tiny, packs, tmp_path, epochs=1)) == [0]


def test_a_worse_epoch_after_resuming_does_not_replace_the_best(tmp_path: Path, module: Any) -> None:
    (tmp_path / "progress.json").write_text(json.dumps({"epochs": 1, "best": 0.1}))
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n0,0.2,0.1\n")
    best = tmp_path / "best.weights.h5"
    best.write_bytes(b"the best so far")
    checkpoint = module._callbacks(tmp_path, 1, 5)[0]
    checkpoint.set_model(_tiny_network(4, False, 0))
    checkpoint.on_epoch_end(1, {"loss": 0.2, "val_loss": 5.0})
    assert best.read_bytes() == b"the best so far"
    checkpoint.on_epoch_end(2, {"loss": 0.2, "val_loss": 0.05})
    assert best.read_bytes() != b"the best so far"


@pytest.mark.parametrize(("losses", "best"), [((3, 1, 2, 4), 1), ((3, 2, 4, 1), 3)])
def test_the_best_of_both_stages_is_kept(
    packs: Path,
    tmp_path: Path,
    module: Any,
    tiny: Recipe,
    monkeypatch: pytest.MonkeyPatch,
    losses: tuple[float, ...],
    best: int,
) -> None:
    kept: list[Any] = []
    with_callbacks(module, monkeypatch, validation_losses(*losses, weights=kept))
    fit(module, replace(tiny, stages=TWO_STAGES, draws=8), packs, tmp_path)
    network = _tiny_network(4, True, 0)
    network.load_weights(tmp_path / "best.weights.h5")
    for one, other in zip(network.get_weights(), kept[best], strict=True):
        assert np.array_equal(one, other)
    assert json.loads((tmp_path / "progress.json").read_text()) == {"epochs": 4, "best": 1}


def test_patience_ends_the_last_stage_and_no_other(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_callbacks(module, monkeypatch, validation_losses(*range(9)))
    recipe = replace(tiny, stages=(Stage(32, 4), Stage(64, 5)), patience=2, draws=8)
    assert epochs(fit(module, recipe, packs, tmp_path)) == [0, 1, 2, 3, 4, 5, 6]


def test_a_finished_run_trains_no_more(packs: Path, tmp_path: Path, module: Any, tiny: Recipe) -> None:
    before = weights(fit(module, tiny, packs, tmp_path, epochs=1))
    after = weights(fit(module, tiny, packs, tmp_path, epochs=1))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert epochs(tmp_path) == [0]


@pytest.mark.xfail(strict=True, reason="how long patience has waited is not written down")
def test_a_run_that_patience_ended_trains_no_more(
    packs: Path, tmp_path: Path, module: Any, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_callbacks(module, monkeypatch, validation_losses(*range(9)))
    recipe = replace(tiny, stages=(Stage(32, 9),), patience=2, draws=8)
    assert epochs(fit(module, recipe, packs, tmp_path)) == [0, 1, 2]
    assert epochs(fit(module, recipe, packs, tmp_path)) == [0, 1, 2]


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


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_csv, r"brain_mri\.csv is missing"),
        (_no_tar, r"brain_mri\.tar is missing"),
        (_cut_tar, r"brain_mri\.tar|not in the tar"),
        (_no_mask, r"not in the tar, the first is lost/"),
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


@pytest.mark.xfail(strict=True, reason="pictures are decoded as they are drawn; TensorFlow wraps the error")
def test_a_picture_that_cannot_be_decoded_is_bad_data_whenever_it_is_drawn(
    packs: Path, tmp_path: Path, module: Any, small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, count = ImageStore.read, [0]

    def spoilt(store: ImageStore, sample: Sample) -> Any:
        count[0] += 1
        if count[0] > 40:
            raise DataError("a.png in chest_xray.tar is not an image that can be decoded")
        return read(store, sample)

    monkeypatch.setattr(ImageStore, "read", spoilt)
    recipe = replace(small, architecture="tiny", draws=64, batch_size=4)
    with pytest.raises(DataError):
        fit(module, recipe, packs, tmp_path, epochs=1)


# Losses and metrics


def test_the_loss_counts_a_set_as_one_truth(module: Any) -> None:
    logits = np.log(np.array([[0.1, 0.3, 0.4, 0.2]], np.float32))
    one, either = np.array([[0, 1, 0, 0]], np.float32), np.array([[0, 1, 1, 0]], np.float32)
    assert float(module.set_cross_entropy(one, logits)[0]) == pytest.approx(-np.log(0.3), rel=1e-5)
    assert float(module.set_cross_entropy(either, logits)[0]) == pytest.approx(-np.log(0.7), rel=1e-5)


def test_the_metric_counts_any_of_the_set(module: Any) -> None:
    import keras

    logits = keras.ops.convert_to_tensor(np.array([[0, 1, 3, 0], [5, 1, 3, 0]], np.float32))
    truth = np.array([[0, 1, 1, 0], [0, 1, 1, 0]], np.float32)
    assert np.asarray(module.in_set(truth, logits)).tolist() == [1, 0]


def region(*cells: float) -> np.ndarray:
    return np.array(cells, np.float32).reshape(1, -1, 1, 1)


def test_a_perfect_region_has_a_dice_of_1_and_no_loss(module: Any) -> None:
    truth, sure = region(1, 0, 0, 1, 1), region(40, -40, -40, 40, 40)
    assert float(module.dice(truth, sure)) == pytest.approx(1, abs=1e-5)
    assert float(module.region_loss(truth, sure)) == pytest.approx(0, abs=1e-5)
    assert float(module.dice(truth, -sure)) == pytest.approx(1 / 6, abs=1e-5)
    assert float(module.region_loss(truth, -sure)) > 10
    nothing = np.zeros_like(truth)
    assert float(module.dice(nothing, nothing - 40)) == pytest.approx(1, abs=1e-5)


def test_the_region_loss_in_figures(module: Any) -> None:
    truth, said = region(1, 0.5, 0), region(0, 0, 0)
    cross_entropy = 3 * np.log(2) / (3 + 1)
    dice = (2 * 0.75 + 1) / (1.5 + 1.5 + 1)
    assert float(module.dice(truth, said)) == pytest.approx(dice, rel=1e-5)
    assert float(module.region_loss(truth, said)) == pytest.approx(cross_entropy + 1 - dice, rel=1e-5)


@pytest.mark.parametrize("measure", ["region_loss", "dice"])
def test_cells_that_nobody_drew_count_for_nothing(module: Any, measure: str) -> None:
    measured = getattr(module, measure)
    known = float(measured(region(1, 0), region(2, -1)))
    for said in (-30.0, 0.0, 30.0):
        unknown = measured(region(1, 0, UNKNOWN, UNKNOWN), region(2, -1, said, said))
        assert float(unknown) == pytest.approx(known, rel=1e-6)
    assert float(module.region_loss(region(UNKNOWN, UNKNOWN), region(5, -5))) == 0


def test_the_mark_for_unknown_is_the_loaders(module: Any) -> None:
    from vision_models.training import loader

    assert loader.UNKNOWN == UNKNOWN
