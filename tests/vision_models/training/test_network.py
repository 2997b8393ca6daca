"""The network from random weights: shapes, what is trained, and the graph that serves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.model
FROZEN = ("stem_", "block0_", "block1_", "block2_")


@pytest.fixture(scope="module")
def network() -> Iterator[Any]:
    """With a region, four classes and three frozen blocks; the norms have seen some pictures."""
    import keras

    from vision_models.training.network import build_network

    keras.utils.set_random_seed(5)
    made = build_network(4, region=True, frozen_blocks=3)
    made.get_layer("logits").set_weights([made.get_layer("logits").get_weights()[0], np.arange(4.0)])
    yield made
    keras.backend.clear_session()


def pixels(side: int, count: int = 2) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (count, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("side", [64, 96])
def test_logits_and_a_region_of_a_quarter_of_the_side(network: Any, side: int) -> None:
    made = {name: np.asarray(output) for name, output in network(pixels(side), training=False).items()}
    assert {name: output.shape for name, output in made.items()} == {
        "logits": (2, 4),
        "region": (2, side // 4, side // 4, 1),
    }
    assert all(output.dtype == np.float32 and np.isfinite(output).all() for output in made.values())


def test_the_region_is_of_its_own_picture(network: Any) -> None:
    """And of its own place: what changes in one corner changes the cells there most."""
    given = pixels(64)
    before = np.asarray(network(given, training=False)["region"])
    given[0, :16, :16] = 255 - given[0, :16, :16]
    change = np.abs(np.asarray(network(given, training=False)["region"]) - before)[..., 0]
    assert change[1].max() < 1e-5
    assert change[0, :4, :4].mean() > change[0, 8:, 8:].mean()


def test_what_is_named_is_read_where_the_region_is(network: Any) -> None:
    """The pooled features are a mean, weighted by the largest share of the region under each of them."""
    import keras

    from vision_models.training.network import ATTENTION_FLOOR

    layers = [network.get_layer(name).output for name in ("features_act", "region", "pooled")]
    look = keras.Model(network.input, layers)
    kernel, bias = network.get_layer("region").get_weights()
    for size in (30.0, 0.0):  # a region here and there, then none at all
        network.get_layer("region").set_weights([size * kernel, bias + (0.0 if size else -60.0)])
        features, region, pooled = (np.asarray(output) for output in look(pixels(96), training=False))
        seen = 1 / (1 + np.exp(-region.reshape(2, 3, 8, 3, 8).max(axis=(2, 4)))) + ATTENTION_FLOOR
        weights = seen / seen.mean(axis=(1, 2), keepdims=True)
        assert np.allclose(pooled, (features * weights[..., None]).mean(axis=(1, 2)), atol=1e-4)
        assert (np.ptp(weights) < 1e-3) == (size == 0)
    network.get_layer("region").set_weights([kernel, bias])


def test_without_a_region_there_is_no_decoder() -> None:
    from vision_models.training.network import build_network

    made = build_network(12)
    assert {name: tuple(output.shape) for name, output in made.output.items()} == {"logits": (None, 12)}
    assert not [layer.name for layer in made.layers if layer.name.startswith("decode")]
    assert all(layer.trainable for layer in made.layers)


def test_frozen_blocks_are_not_trained_and_all_others_are(network: Any) -> None:
    weighty = [layer for layer in network.layers if layer.weights]
    for layer in weighty:
        assert layer.trainable == (not layer.name.startswith(FROZEN)), layer.name
    trained = {weight.path.split("/")[0] for weight in network.trainable_weights}
    assert not [name for name in trained if name.startswith(FROZEN)]
    assert {"block3_expand_conv", "block10_expand_conv", "decode_block2_conv", "logits", "region"} <= trained


def test_a_frozen_norm_keeps_its_statistics_in_training(network: Any) -> None:
    def statistics(name: str) -> np.ndarray:
        return np.asarray(network.get_layer(name).moving_mean).copy()

    before = [statistics(name) for name in ("block2_depth_norm", "block3_depth_norm")]
    weights = network.get_weights()
    network(pixels(64), training=True)
    after = [statistics(name) for name in ("block2_depth_norm", "block3_depth_norm")]
    network.set_weights(weights)
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_what_serves_says_what_was_trained(network: Any) -> None:
    from vision_models.training.network import serving_graph

    graph = serving_graph(network)
    for side in (64, 96):
        served = {name: np.asarray(output) for name, output in graph(pixels(side), training=False).items()}
        trained = network(pixels(side), training=False)
        assert {name: output.shape for name, output in served.items()} == {
            "logits": (2, 4),
            "class_maps": (2, side // 32, side // 32, 4),
            "embedding": (2, 1280),
            "region": (2, side // 4, side // 4),
        }
        assert np.allclose(served["logits"], trained["logits"], atol=1e-5)
        weights, bias = network.get_layer("logits").get_weights()
        assert np.allclose(served["class_maps"].mean(axis=(1, 2)) + bias, served["logits"], atol=1e-4)
        assert np.allclose(served["embedding"] @ weights + bias, served["logits"], atol=1e-4)
        region = 1 / (1 + np.exp(-np.asarray(trained["region"])[..., 0]))
        assert np.allclose(served["region"], region, atol=1e-5)
        assert 0 < served["region"].min() < served["region"].max() < 1


def test_a_class_for_other_diseases_is_served_apart(network: Any) -> None:
    from vision_models.training.network import serving_graph

    served, whole = (
        serving_graph(network, has_other)(pixels(64), training=False) for has_other in (True, False)
    )
    assert served["other"].shape == (2, 1)
    assert served["logits"].shape == (2, 3)
    assert served["class_maps"].shape == (2, 2, 2, 3)
    assert np.allclose(served["logits"], whole["logits"][:, :3])
    assert np.allclose(served["other"], whole["logits"][:, 3:])
    assert np.allclose(served["class_maps"], whole["class_maps"][..., :3])
    assert "other" not in whole


def test_what_serves_without_a_region() -> None:
    from vision_models.training.network import build_network, serving_graph

    assert set(serving_graph(build_network(3)).output) == {"logits", "class_maps", "embedding"}


def test_imagenet_weights_need_their_package(network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from vision_models.training import network as module

    monkeypatch.setattr(module, "IMAGENET_PACKAGE", "no_such_package")
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        module.load_imagenet(network)
