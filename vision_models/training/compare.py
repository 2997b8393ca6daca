"""Why the shipped network is what it is: other networks and other data, trained small and measured alike.

Each variant trains small, tests on the ``test`` split or on a source it never saw, and leaves one row in
``comparisons.toml`` and its log beside the model's card, which ``report`` shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from vision_models.analysis import CLASS_NAMES, HEALTHY
from vision_models.calibration import softmax
from vision_models.card import MODELS
from vision_models.training.architectures import ARCHITECTURES
from vision_models.training.augment import Augmentation
from vision_models.training.checkpoints import LOG_NAME
from vision_models.training.comparisons import keep_log, write_row
from vision_models.training.data import (
    GATE_CLASSES,
    DataError,
    ImageStore,
    Sample,
    class_names,
    load_samples,
    targets,
)
from vision_models.training.loader import Batches
from vision_models.training.measure import auroc
from vision_models.training.mixing import Mixing
from vision_models.training.recipes import RECIPES, Recipe, Stage
from vision_models.training.train import fit

FOLDS = 3

Change = Callable[[Recipe], Recipe]
Choose = Callable[[Sequence[Sample]], list[Sample]]


@dataclass(frozen=True, slots=True)
class Variant:
    """``change`` makes the recipe from the small one; ``choose`` gives the samples with the split under
    which they teach, choose and test."""

    key: str
    what: str
    change: Change = lambda recipe: recipe
    choose: Choose = list
    full: bool = False
    joint: bool = False


def small(recipe: Recipe) -> Recipe:
    """What a comparison trains: 128 px, four epochs, a third of the draws."""
    return replace(recipe, stages=(Stage(128, 4),), draws=recipe.draws // 3)


def variants(model: str) -> dict[str, Variant]:
    """All variants of ``model`` by key, the shipped choice at the small size first."""
    made = [
        Variant("shipped_small", "the shipped recipe, at this size"),
        Variant("small_cnn", "three convolutions, from scratch", _scratch("small_cnn")),
        Variant("residual_dense", "residual and dense links, from scratch", _scratch("residual_dense")),
        Variant(
            "from_scratch",
            "the shipped network without ImageNet",
            _scratch("efficientnet_lite0_from_scratch"),
        ),
        Variant("all_blocks", "no frozen block", partial(replace, frozen_blocks=0)),
        Variant("plain", "no augmentation but mirroring, no mixing", _plain),
        Variant("no_mixing", "augmentation, no mixing between pictures", _unmixed),
        Variant("no_clahe", "without CLAHE", partial(replace, contrast=False)),
    ]
    if RECIPES[model].region:
        made.append(
            Variant(
                "no_region",
                "without masks or lungs, no mixing",
                partial(replace, region=None, mixing=Mixing(), signs=0.0),
            )
        )
    for source in _SOURCES[model]:
        what = f"trained without {source}, tested on all of it"
        made.append(Variant(f"without_{source}", what, choose=partial(_without, source)))
        made.append(Variant(f"plain_without_{source}", f"plain, {what}", _plain, partial(_without, source)))
    for fold in range(FOLDS):
        what = f"fold {fold + 1} of {FOLDS} by group, without the test split"
        made.append(Variant(f"fold_{fold + 1}", what, choose=partial(_fold, fold)))
    made.append(Variant("joint", "one backbone for gate, chest and brain, no mixing", _unmixed, joint=True))
    if model == "brain_mri":
        what = "trained and tested on the published split, which leaks"
        made.append(Variant("published_split", what, _gentle, _published, full=True))
    return {variant.key: variant for variant in made}


def compare(
    model: str, keys: Sequence[str], data: Path, runs: Path, folder: Path = MODELS
) -> Iterator[Mapping[str, Any]]:
    """Trains and measures one variant after the other; gives the row of each.

    Raises ``DataError`` for a key there is not, before the first begins.
    """
    known = variants(model)
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise DataError(f"{model} has no variant {unknown[0]!r}; there are {', '.join(known)}")
    samples = load_samples(model, data)
    store = ImageStore(data, samples)
    for key in keys:
        run = runs / "compare" / model / key
        row = _run(model, known[key], samples, store, run)
        keep_log(key, run / LOG_NAME, folder / model)
        write_row(row, folder / model, list(known))
        yield row


def _run(
    model: str, variant: Variant, samples: Sequence[Sample], store: ImageStore, run: Path
) -> dict[str, Any]:
    recipe = variant.change(RECIPES[model] if variant.full else small(RECIPES[model]))
    names, own = class_names(model), variant.choose(samples)
    taught, taught_names = _joint(store.folder) if variant.joint else (own, names)
    held = ImageStore(store.folder, taught) if variant.joint else store
    best = fit(recipe, taught_names, taught, held, run)
    network = ARCHITECTURES[recipe.architecture](
        len(taught_names) + recipe.has_other, bool(recipe.region), recipe.frozen_blocks
    )
    network.load_weights(best)
    columns = [taught_names.index(name) for name in names]
    figures = measure(network, columns, recipe, names, own, store, HEALTHY[model])
    keras.backend.clear_session()
    epochs = len((run / LOG_NAME).read_text(encoding="utf-8").splitlines()) - 1
    facts = {"key": variant.key, "what": variant.what, "pixels": recipe.image_size, "epochs": epochs}
    return facts | figures


def measure(
    network: keras.Model,
    columns: Sequence[int],
    recipe: Recipe,
    names: Sequence[str],
    samples: Sequence[Sample],
    store: ImageStore,
    healthy: str,
) -> dict[str, Any]:
    """The figures of one trained variant on its test samples; ``columns`` are the logits of ``names``."""
    tested = [sample for sample in samples if sample.split == "test"]
    batches = Batches(tested, names, store, recipe, training=False)
    outputs = [network.predict_on_batch(batches[index][0]) for index in range(len(batches))]
    probabilities = softmax(np.concatenate([output["logits"] for output in outputs])[:, list(columns)])
    truth = targets(tested, names)
    top = probabilities.argmax(axis=1)
    column = list(names).index(healthy)
    ill, called_ill = truth[:, column] == 0, top != column
    right = truth[np.arange(len(top)), top] == 1
    row: dict[str, Any] = {
        "weights": int(network.count_params()),
        "images": len(tested),
        "accuracy": _share(right),
        "sensitivity": _share(called_ill[ill]),
        "specificity": _share(~called_ill[~ill]),
        "auroc": round(auroc(1 - probabilities[:, column], ill), 4) if ill.any() and not ill.all() else "",
    }
    for source in sorted({sample.source for sample in tested}):
        rows = np.array([sample.source == source for sample in tested])
        row[f"accuracy_{source}"] = _share(right[rows])
    return row


#: Sources that can be left out whole: every class of theirs is in another source too.
_SOURCES = {"brain_mri": ("lgg_flair",), "chest_xray": ("nih_chestxray14",)}


def _scratch(name: str) -> Change:
    """What begins with nothing gets more epochs to learn in, and no more than mirrored pictures."""
    return lambda recipe: replace(
        _plain(recipe), architecture=name, region=None, stages=(Stage(recipe.image_size, 10),)
    )


def _unmixed(recipe: Recipe) -> Recipe:
    return replace(recipe, mixing=Mixing(), signs=0.0)


def _joint(data: Path) -> tuple[list[Sample], tuple[str, ...]]:
    """Everything there is, with the classes of both modalities and the kinds that are no scan."""
    names = CLASS_NAMES["chest_xray"] + CLASS_NAMES["brain_mri"] + GATE_CLASSES[2:]
    others = [sample for sample in load_samples("gate", data) if sample.pack == "not_a_scan"]
    return load_samples("chest_xray", data) + load_samples("brain_mri", data) + others, names


def _plain(recipe: Recipe) -> Recipe:
    still = Augmentation(rotation=0, zoom=0, aspect=0, tone=0, handling=0)
    return replace(recipe, augmentation=still, mixing=Mixing(), signs=0.0)


def _gentle(recipe: Recipe) -> Recipe:
    """For a test set that looks like the training set, breadth only costs, and eight epochs are enough."""
    still = Augmentation(handling=0.3)
    return replace(recipe, stages=(Stage(224, 8),), augmentation=still, mixing=Mixing())


def _published(samples: Sequence[Sample]) -> list[Sample]:
    """The published training and test images; one in twenty of the former chooses."""
    named = [sample for sample in samples if sample.published_split]
    chosen = np.random.default_rng(0).random(len(named)) < 0.05
    return [
        replace(s, split="test" if s.published_split == "testing" else "validation" if c else "train")
        for s, c in zip(named, chosen, strict=True)
    ]


def _without(source: str, samples: Sequence[Sample]) -> list[Sample]:
    """Everything of ``source`` tests; of the others, the test split is left out."""
    theirs = [replace(sample, split="test") for sample in samples if sample.source == source]
    return theirs + [s for s in samples if s.source != source and s.split != "test"]


def _fold(fold: int, samples: Sequence[Sample]) -> list[Sample]:
    """The fold tests; of the rest, one group in ten chooses; the test split stays out of it."""
    rest = [sample for sample in samples if sample.split != "test"]
    groups = [sample.group for sample in rest]
    strata = [sample.stratum for sample in rest]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    _, tested = list(splitter.split(np.zeros(len(rest)), strata, groups))[fold]
    held = set(tested.tolist())
    chosen = _tenth(sorted({groups[i] for i in range(len(rest)) if i not in held}))
    return [
        replace(s, split="test" if i in held else "validation" if s.group in chosen else "train")
        for i, s in enumerate(rest)
    ]


def _tenth(groups: Sequence[str]) -> set[str]:
    rng = np.random.default_rng(0)
    return set(rng.permutation(np.array(groups))[: max(1, len(groups) // 10)].tolist())


def _share(flags: NDArray[np.bool_]) -> float | str:
    return round(float(flags.mean()), 4) if len(flags) else ""
