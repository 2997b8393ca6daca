import pytest

from vision_models.analysis import CLASS_NAMES
from vision_models.card import MODEL_NAMES, load_card
from vision_models.training.recipes import RECIPES


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
