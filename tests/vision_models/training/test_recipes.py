from dataclasses import replace

import pytest

from vision_models.analysis import CLASS_NAMES
from vision_models.card import MODEL_NAMES, load_card
from vision_models.training.recipes import RECIPES, Recipe, Stage


def test_every_model_has_a_recipe() -> None:
    assert set(RECIPES) == set(MODEL_NAMES)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_shipped_card_is_of_this_recipe(name: str) -> None:
    card = load_card(name)
    assert (card.image_size, card.contrast) == (RECIPES[name].image_size, RECIPES[name].contrast)


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_boosted_strata_name_classes_of_the_model(name: str) -> None:
    for stratum in RECIPES[name].boost:
        _, labels = stratum.split(":")
        assert set(labels.split("|")) <= set(CLASS_NAMES[name])


def test_the_size_of_an_epoch_is_that_of_its_stage(small: Recipe) -> None:
    recipe = replace(small, stages=(Stage(160, 2), Stage(192, 1), Stage(224, 3)))
    assert [recipe.size_at(epoch) for epoch in range(8)] == [160, 160, 192, 224, 224, 224, 224, 224]
    assert recipe.image_size == 224
    assert recipe.epochs == 6


@pytest.mark.parametrize("name", RECIPES)
def test_every_stage_has_epochs_and_a_size_that_the_decoder_can_halve_five_times(name: str) -> None:
    for stage in RECIPES[name].stages:
        assert stage.epochs > 0
        assert stage.image_size % 32 == 0


@pytest.mark.parametrize("name", RECIPES)
def test_mixing_that_needs_masks_is_for_a_recipe_that_reads_them(name: str) -> None:
    mixing = RECIPES[name].mixing
    if mixing.transplant or mixing.crop_out or mixing.recolour:
        assert RECIPES[name].region == "finding"


def test_a_class_beyond_those_of_the_card_is_for_signs(small: Recipe) -> None:
    assert replace(small, signs=0.2).has_other
    assert not replace(small, signs=0.0).has_other


@pytest.mark.model
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_an_architecture(name: str) -> None:
    from vision_models.training.architectures import ARCHITECTURES

    assert RECIPES[name].architecture in ARCHITECTURES
