"""What is compared with the shipped network, and that a variant is trained, measured and written down."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vision_models.fakes import make_sample
from vision_models.analysis import CLASS_NAMES
from vision_models.training.comparisons import read_rows
from vision_models.training.data import DataError, Sample, load_samples
from vision_models.training.recipes import RECIPES, Recipe

pytestmark = pytest.mark.model
MODELS = ("brain_mri", "chest_xray")


@pytest.fixture(scope="module")
def module() -> Iterator[Any]:
    import keras

    from vision_models.training import compare

    yield compare
    keras.backend.clear_session()


def many(model: str, sources: Sequence[str], seed: int = 0) -> list[Sample]:
    """Samples of every class and source, up to three a group, a tenth of the groups for testing."""
    rng = np.random.default_rng(seed)
    samples = []
    for source in sources:
        for label in CLASS_NAMES[model]:
            for group in range(24):
                split = "test" if group % 10 == 0 else "validation" if group % 10 == 1 else "train"
                samples += [
                    make_sample(
                        (label,),
                        file=f"{source}/{label}/{group}/{number}.png",
                        pack=model,
                        source=source,
                        split=split,
                        group=f"{source}:{label}:{group}",
                        stratum=f"{source}:{label}",
                        published_split=rng.choice(["testing", "training", ""]),
                    )
                    for number in range(rng.integers(1, 4))
                ]
    return samples


SOURCES = {
    "brain_mri": ("nickparvar", "lgg_flair"),
    "chest_xray": ("kermany", "nih_chestxray14", "covid19_radiography"),
}


def files(samples: Sequence[Sample], split: str | None = None) -> set[str]:
    return {sample.file for sample in samples if split in (None, sample.split)}


@pytest.mark.parametrize("model", MODELS)
def test_a_source_held_out_only_tests(module: Any, model: str) -> None:
    samples = many(model, SOURCES[model])
    held = [key for key in module.variants(model) if key.startswith("without_")]
    assert held
    for key in held:
        source = key.removeprefix("without_")
        chosen = module.variants(model)[key].choose(samples)
        theirs = {sample.file for sample in samples if sample.source == source}
        assert files(chosen, "test") == theirs
        assert not theirs & (files(chosen, "train") | files(chosen, "validation"))
        # Of the others, what trained and chose still does, and what tested has no part in it.
        for split in ("train", "validation"):
            others = [sample for sample in samples if sample.source != source]
            assert files(chosen, split) == files(others, split)


@pytest.mark.parametrize("model", MODELS)
def test_folds_are_apart_cover_all_but_the_test_split_and_keep_groups_whole(module: Any, model: str) -> None:
    samples = many(model, SOURCES[model])
    folds = [module.variants(model)[f"fold_{fold + 1}"].choose(samples) for fold in range(module.FOLDS)]
    tested = [files(chosen, "test") for chosen in folds]
    assert sum(map(len, tested)) == len(set.union(*tested))
    assert set.union(*tested) == files(samples) - files(samples, "test")
    for chosen in folds:
        assert files(chosen) == files(samples) - files(samples, "test")
        sides: dict[str, set[str]] = {}
        for sample in chosen:
            sides.setdefault(sample.group, set()).add(sample.split)
        assert all(len(split) == 1 for split in sides.values())
        shares = {split: len(files(chosen, split)) / len(chosen) for split in ("train", "validation", "test")}
        assert shares["test"] == pytest.approx(1 / module.FOLDS, abs=0.05)
        assert 0.03 < shares["validation"] < 0.15
        assert {s.labels for s in chosen if s.split == "test"} == {s.labels for s in samples}


def test_folds_are_the_same_each_time(module: Any) -> None:
    samples = many("brain_mri", SOURCES["brain_mri"])
    fold = module.variants("brain_mri")["fold_2"].choose
    assert fold(samples) == fold(samples)


def test_the_published_split_is_the_published_one(module: Any) -> None:
    samples = many("brain_mri", SOURCES["brain_mri"])
    variant = module.variants("brain_mri")["published_split"]
    chosen = variant.choose(samples)
    published = {"testing": set[str](), "training": set[str](), "": set[str]()}
    for sample in samples:
        published[sample.published_split].add(sample.file)
    assert files(chosen, "test") == published["testing"]
    assert files(chosen, "train") | files(chosen, "validation") == published["training"]
    assert not files(chosen) & published[""]
    assert 0 < len(files(chosen, "validation")) < 0.15 * len(published["training"])
    assert variant.full
    assert "published_split" not in module.variants("chest_xray")


@pytest.mark.data
def test_each_variant_of_the_packs_can_be_trained_and_tested(module: Any, shared_data: Path) -> None:
    for model in MODELS:
        samples = load_samples(model, shared_data)
        for variant in module.variants(model).values():
            chosen = variant.choose(samples)
            for split in ("train", "validation", "test"):
                assert files(chosen, split), f"{model} {variant.key} {split}"
            taught = {sample.labels for sample in chosen if sample.split == "train"}
            healthy = (CLASS_NAMES[model][0],)
            assert healthy in taught, f"{model} {variant.key}"
            assert taught != {healthy}, f"{model} {variant.key}"
            if "without_" not in variant.key:  # a class may come from one source alone
                assert {(name,) for name in CLASS_NAMES[model]} <= taught, f"{model} {variant.key}"


@pytest.mark.parametrize("model", MODELS)
def test_each_variant_changes_what_it_says(module: Any, model: str) -> None:
    known, shipped = module.variants(model), module.small(RECIPES[model])
    assert next(iter(known)) == "shipped_small"
    assert all(key == variant.key for key, variant in known.items())
    assert known["shipped_small"].change(shipped) == shipped
    assert known["small_cnn"].change(shipped).architecture == "small_cnn"
    assert known["residual_dense"].change(shipped).architecture == "residual_dense"
    assert known["from_scratch"].change(shipped).stages[-1].epochs > shipped.stages[-1].epochs
    assert known["from_scratch"].change(shipped).architecture == "efficientnet_lite0_from_scratch"
    assert known["all_blocks"].change(shipped).frozen_blocks == 0
    assert not known["no_clahe"].change(shipped).contrast
    assert known["no_region"].change(shipped).region is None
    for key in ("no_mixing", "plain", "no_region", "small_cnn", "residual_dense", "from_scratch"):
        mixing = known[key].change(shipped).mixing
        assert not known[key].change(shipped).has_other, key
        assert not any(getattr(mixing, name) for name in mixing.__slots__), key
    assert known["no_mixing"].change(shipped).augmentation == shipped.augmentation
    still = known["plain"].change(shipped).augmentation
    assert (still.rotation, still.zoom, still.tone, still.handling) == (0, 0, 0, 0)


def test_a_comparison_is_small(module: Any) -> None:
    recipe = module.small(RECIPES["brain_mri"])
    assert recipe.image_size < RECIPES["brain_mri"].image_size
    assert recipe.draws == RECIPES["brain_mri"].draws // 3
    assert recipe.image_size % 32 == 0  # the decoder doubles what the backbone halved


def _tiny(class_count: int, region: bool, _frozen_blocks: int, side: int = 4) -> Any:
    """In place of EfficientNet: seconds instead of minutes, with the same outputs."""
    import keras
    from keras import layers

    pixels = keras.Input((None, None, 3), name="pixels")
    x = layers.Conv2D(8, 5, strides=side, padding="same")(layers.Rescaling(1 / 128.0, offset=-1.0)(pixels))
    x = layers.ReLU()(x)
    outputs = {"logits": layers.Dense(class_count, name="logits")(layers.GlobalAveragePooling2D()(x))}
    if region:
        outputs["region"] = layers.Conv2D(1, 1, name="region")(x)
    return keras.Model(pixels, outputs)


Compare = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def compare(
    module: Any,
    packs: Path,
    tmp_path: Path,
    small: Recipe,
    small_brain: Recipe,
    monkeypatch: pytest.MonkeyPatch,
) -> Compare:
    """``compare`` on the tiny packs, with tiny recipes and the tiny network in the place of the shipped."""
    monkeypatch.setitem(module.ARCHITECTURES, "efficientnet_lite0", _tiny)
    monkeypatch.setitem(RECIPES, "chest_xray", small)
    monkeypatch.setitem(RECIPES, "brain_mri", small_brain)
    monkeypatch.setattr(module, "small", lambda recipe: replace(recipe, stages=recipe.stages[:1]))
    places = {"data": packs, "runs": tmp_path / "runs", "folder": tmp_path / "models"}
    return lambda model, *keys: list(module.compare(model, keys, **places))


@pytest.mark.parametrize("model", MODELS)
def test_a_variant_from_training_to_its_row(
    compare: Compare, tmp_path: Path, model: str, small: Recipe
) -> None:
    [row] = compare(model, "shipped_small")
    assert (row["key"], row["images"]) == ("shipped_small", 4)
    assert row["weights"] > 0
    for name in ("accuracy", "sensitivity", "specificity", "auroc"):
        assert 0 <= row[name] <= 1, name
    [source] = [name for name in row if name.startswith("accuracy_")]
    assert row[source] == row["accuracy"]
    assert read_rows(tmp_path / "models" / model) == [row]
    log = tmp_path / "models" / model / "comparisons" / "shipped_small.csv"
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1 + small.stages[0].epochs


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("key", ["small_cnn", "residual_dense", "no_region", "joint"])
def test_other_networks_and_tasks_run_too(compare: Compare, model: str, key: str) -> None:
    [row] = compare(model, key)
    assert row["key"] == key
    assert 0 <= row["accuracy"] <= 1
    assert row["images"] == 4


def test_a_source_without_a_healthy_film_has_no_area(compare: Compare, tmp_path: Path) -> None:
    [row] = compare("chest_xray", "without_nih_chestxray14")
    assert row["images"] == 1
    assert (row["specificity"], row["auroc"]) == ("", "")
    assert row["accuracy_nih_chestxray14"] == row["accuracy"] in (0.0, 1.0)
    assert read_rows(tmp_path / "models" / "chest_xray") == [row]


def test_an_unknown_variant_is_refused_with_what_there_is(compare: Compare, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no variant 'cnn'; there are shipped_small, small_cnn"):
        compare("brain_mri", "small_cnn", "cnn")
    assert not (tmp_path / "runs").exists()
