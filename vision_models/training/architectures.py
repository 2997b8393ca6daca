"""What may be trained: the network that ships, and the two it is compared with."""

from collections.abc import Callable

import keras
from keras import layers

from vision_models.training.network import build_network, load_imagenet


def efficientnet_lite0(class_count: int, region: bool, frozen_blocks: int) -> keras.Model:
    """The network that ships, from ImageNet weights: 3.4 M of them, 3.6 M with the decoder."""
    network = build_network(class_count, region, frozen_blocks)
    load_imagenet(network)
    return network


def efficientnet_lite0_from_scratch(class_count: int, region: bool, _frozen_blocks: int) -> keras.Model:
    """The same without ImageNet; nothing is frozen, since nothing is learnt yet."""
    return build_network(class_count, region, 0)


def small_cnn(class_count: int, _region: bool, _frozen_blocks: int) -> keras.Model:
    """Three convolutions, three poolings, one dense layer: what the student projects began with."""
    x = pixels = keras.Input((None, None, 3), name="pixels")
    x = layers.Rescaling(1 / 255.0)(x)
    for width in (32, 64, 128):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    return keras.Model(pixels, {"logits": layers.Dense(class_count, name="logits")(x)}, name="small_cnn")


def residual_dense(class_count: int, _region: bool, _frozen_blocks: int) -> keras.Model:
    """From scratch, with both kinds of link: each stage adds its entry back (He et al., CVPR 2016) and
    hands every layer to all later ones (Huang et al., CVPR 2017). 1 M weights."""
    x = pixels = keras.Input((None, None, 3), name="pixels")
    x = layers.Rescaling(1 / 128.0, offset=-127 / 128.0)(x)
    x = _convolution(x, 32, kernel=5, stride=2)
    for width in (48, 96, 160, 224):
        x = entry = _convolution(x, width, kernel=1)
        for _ in range(3):
            x = layers.Concatenate()([x, _convolution(x, width // 4)])
        x = layers.Add()([entry, _convolution(x, width, kernel=1)])
        x = layers.MaxPooling2D(2)(x)
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    return keras.Model(pixels, {"logits": layers.Dense(class_count, name="logits")(x)}, name="residual_dense")


def _convolution(x: keras.KerasTensor, width: int, kernel: int = 3, stride: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


#: By the name a recipe gives: functions of class count, region and frozen blocks.
ARCHITECTURES: dict[str, Callable[[int, bool, int], keras.Model]] = {
    build.__name__: build
    for build in (efficientnet_lite0, efficientnet_lite0_from_scratch, small_cnn, residual_dense)
}
