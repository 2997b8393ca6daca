"""The exported graph says what the trained one does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import picture
from vision_models.card import load_card, read_weights, update_card
from vision_models.runtime import Network
from vision_models.training.data import class_names
from vision_models.training.recipes import RECIPES, Stage

pytestmark = pytest.mark.model


@pytest.mark.parametrize("model", ["brain_mri", "chest_xray", "gate"])
def test_what_is_exported_is_what_was_trained(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from vision_models.training.export import export
    from vision_models.training.network import build_network
    from vision_models.training.weights import load

    keras.utils.set_random_seed(3)
    small = replace(RECIPES[model], stages=(Stage(32, 1), Stage(64, 1)))
    monkeypatch.setitem(RECIPES, model, small)
    update_card(model, "facts", {"name": model, "version": "1.0.0"}, tmp_path / "models")
    update_card(model, "calibration", {"temperature": 2.0}, tmp_path / "models")
    known = len(class_names(model))
    trained = build_network(known + small.has_other, bool(small.region))
    (tmp_path / "log.csv").write_text("epoch,loss\n0,0.5\n")
    # Two runs whose mean is what was trained: neither alone is.
    runs = tmp_path / "best.weights.h5", tmp_path / "other.weights.h5"
    for path, share in zip(runs, (0.4, 1.6), strict=True):
        run = build_network(known + small.has_other, bool(small.region))
        run.set_weights([share * tensor for tensor in trained.get_weights()])
        run.save_weights(path)

    path = export(model, runs[0], "2.0.0", tmp_path / "models", average=runs[1:])
    card = load_card(model, tmp_path / "models")
    assert (card.model, card.image_size, card.contrast) == (f"{model}-2.0.0", 64, small.contrast)
    assert (card.temperature, card.operating_point) == (1.0, {})  # those of the old weights are gone
    assert card.weights == path
    assert len(read_weights(card)) < 10_000_000
    assert path.with_name("training_log.csv").read_text() == "epoch,loss\n0,0.5\n"
    again = build_network(known + small.has_other, bool(small.region))
    load(again, path.with_name("start.safetensors"))
    for one, other in zip(trained.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-3, atol=1e-4)

    served = Network(card)
    bias = trained.get_layer("logits").get_weights()[1][:known]
    for seed in range(3):
        image = picture(seed=seed)
        output = served(image)
        expected = trained(image[None].astype(np.float32), training=False)
        logits = np.asarray(expected["logits"])[0]
        assert output.logits == pytest.approx(logits[:known], abs=1e-2)
        assert output.other == (pytest.approx(logits[-1], abs=1e-2) if small.has_other else None)
        assert output.class_maps.mean(axis=(0, 1)) + bias == pytest.approx(output.logits, abs=1e-2)
        assert output.embedding.shape == (1280,)
        assert (output.region is not None) == bool(small.region)
        if output.region is not None:
            cells = 1 / (1 + np.exp(-np.asarray(expected["region"])[0, ..., 0]))
            assert output.region.shape == (16, 16)
            assert output.region == pytest.approx(cells, abs=1e-2)
