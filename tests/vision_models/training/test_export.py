"""The exported graph says what the trained one does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import picture
from vision_models.card import load_card, read_weights
from vision_models.runtime import Network
from vision_models.training.recipes import RECIPES

pytestmark = pytest.mark.model


def test_what_is_exported_is_what_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    from vision_models.training.export import export
    from vision_models.training.network import build_network

    keras.utils.set_random_seed(3)
    monkeypatch.setitem(RECIPES, "brain_mri", replace(RECIPES["brain_mri"], image_size=64))
    trained = build_network(4, 64)
    weights = tmp_path / "best.weights.h5"
    trained.save_weights(weights)

    path = export("brain_mri", weights, "2.0.0", tmp_path / "models")
    card = load_card("brain_mri", tmp_path / "models")
    assert (card.model, card.image_size, card.contrast) == ("brain_mri-2.0.0", 64, True)
    assert card.weights == path
    assert len(read_weights(card)) < 10_000_000

    served = Network(card)
    bias = trained.get_layer("logits").get_weights()[1]
    for seed in range(3):
        image = picture(seed=seed)
        output = served(image)
        expected = np.asarray(trained(image[None].astype(np.float32), training=False))[0]
        assert output.logits == pytest.approx(expected, abs=1e-2)
        assert output.class_maps.mean(axis=(0, 1)) + bias == pytest.approx(output.logits, abs=1e-2)
        assert output.embedding.shape == (1280,)
