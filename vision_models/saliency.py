"""The heat map: the network's own evidence for one class, over the picture, and whether it holds."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.analysis import HEALTHY
from vision_models.card import Card

EPSILON = 1e-6
#: Share of the colour laid over the picture where the map is at its highest.
OPACITY = 0.55
#: Share of the picture that the check of a map takes away.
DELETED_SHARE = 0.15
#: What a cell without any region still counts in the map.
REGION_FLOOR = 0.01
#: Within the region of a finding, evidence from this share of its highest value up counts in full.
FULL_FROM = 0.5
_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")


def heat_map(
    class_maps: NDArray[np.float32],
    region: NDArray[np.float32] | None,
    targets: Sequence[int],
    card: Card,
) -> NDArray[np.float32]:
    """The map that is shown for ``targets``: their ``saliency`` for the model of ``card``.

    Where a tumor is says nothing of why a slice looks healthy, so the healthy class of a model that
    outlines findings is not weighted by its region; the lungs always count.
    """
    healthy = any(card.class_names[target] in HEALTHY.values() for target in targets)
    weight = None if card.outlines and healthy else region
    return saliency(class_maps, targets, card.image_size, weight, card.outlines)


def saliency(
    class_maps: NDArray[np.float32],
    targets: Sequence[int],
    size: int,
    region: NDArray[np.float32] | None = None,
    outlines: bool = False,
) -> NDArray[np.float32]:
    """The evidence for ``targets`` beyond what speaks for every class, ``float32 (size, size)``, 0..1.

    ``class_maps (h, w, classes)`` are class activation maps (Zhou et al., CVPR 2016). What they share
    moves no probability, so their mean over the classes is taken away first; then what speaks against
    the target is cut off, and the rest scaled to its highest value. Where the network pools its evidence
    by a ``region (S/4, S/4)``, the map is weighted by it too, at its finer grain. Where the region
    ``outlines`` the finding itself and not an organ, it says better than cells of 32 pixels where in the
    finding the evidence is: these only say which part of it counts.
    """
    centred = class_maps - class_maps.mean(axis=2, keepdims=True)
    evidence = np.maximum(centred[..., list(targets)].mean(axis=2), 0)
    large = cv2.resize(evidence, (size, size), interpolation=cv2.INTER_CUBIC)
    if region is not None:
        if outlines:
            large = np.clip(large / (FULL_FROM * large.max() + EPSILON), 0, 1)
        large = large * (cv2.resize(region, (size, size), interpolation=cv2.INTER_LINEAR) + REGION_FLOOR)
    return np.asarray(np.clip(large / (large.max() + EPSILON), 0, 1), np.float32)


def overlay(picture: NDArray[np.uint8], heat: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The map over the picture, blue (little) to red (much), clear where there is nothing.

    ``picture uint8 (S, S, 3)`` RGB, ``heat (S, S)`` 0..1; returns ``uint8 (S, S, 3)`` RGB.
    """
    colours = cv2.applyColorMap(np.uint8(heat * 255), cv2.COLORMAP_TURBO)[..., ::-1]
    share = (OPACITY * heat)[..., None]
    return np.asarray(picture * (1 - share) + colours * share, np.uint8)


def deleted(picture: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture with what the map marks most blurred away: the map says that this should matter.

    The ``DELETED_SHARE`` of the pixels where ``heat (S, S)`` is highest lose every detail and keep their
    mean brightness, so that no hard edge is seen instead (after Fong and Vedaldi, ICCV 2017).
    """
    threshold = np.quantile(heat, 1 - DELETED_SHARE)
    marked = np.float32((heat >= threshold) & (heat > 0))
    soft = cv2.GaussianBlur(marked, (0, 0), 3)[..., None]
    return np.asarray(picture * (1 - soft) + _blurred(picture) * soft, np.uint8)


def _blurred(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without detail below a twelfth of its side: ``cv2.GaussianBlur``, bit for bit, in less time."""
    kernel = _wide_kernel(picture.shape[0])
    return np.asarray(cv2.sepFilter2D(picture, cv2.CV_32F, kernel, kernel, delta=0.5), np.uint8)


@lru_cache(maxsize=4)
def _wide_kernel(size: int) -> NDArray[np.float32]:
    """What ``cv2.GaussianBlur`` weighs the pixels of bytes by, whole 256ths: read off what it makes of one
    bright line."""
    line = np.zeros((1, 2 * size + 1), np.uint8)
    line[0, size] = 255
    blurred = np.trim_zeros(cv2.GaussianBlur(line, (0, 0), size / 12)[0])
    return np.asarray(blurred, np.float32) / np.float32(256)


def margin(logits: NDArray[np.float32], targets: Sequence[int]) -> float:
    """How far the evidence for ``targets`` is above that for the other classes, in logits."""
    chosen = np.zeros(len(logits), bool)
    chosen[list(targets)] = True
    return float(np.logaddexp.reduce(logits[chosen]) - np.logaddexp.reduce(logits[~chosen]))


def region(heat: NDArray[np.float32]) -> str:
    """Where the map is strongest, on the picture's own left and right: ``upper_left`` … ``lower_right``.

    The centre of mass of what is above half of the maximum, on a grid of three by three.
    """
    rows, columns = np.nonzero(heat >= 0.5 * heat.max())
    size = heat.shape[0]
    row = _ROWS[min(int(3 * rows.mean() / size), 2)]
    column = _COLUMNS[min(int(3 * columns.mean() / size), 2)]
    return f"{row}_{column}"
