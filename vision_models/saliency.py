"""The heat map: the network's own evidence for one class, over the picture."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

EPSILON = 1e-6
#: Share of the colour laid over the picture where the map is at its highest.
OPACITY = 0.55
_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")


def saliency(class_maps: NDArray[np.float32], targets: Sequence[int], size: int) -> NDArray[np.float32]:
    """The evidence for ``targets`` beyond what speaks for every class, ``float32 (size, size)``, 0..1.

    ``class_maps (h, w, classes)`` are class activation maps (Zhou et al., CVPR 2016). What they share
    moves no probability, so their mean over the classes is taken away first; then what speaks against
    the target is cut off, and the rest scaled to its highest value.
    """
    centred = class_maps - class_maps.mean(axis=2, keepdims=True)
    evidence = np.maximum(centred[..., list(targets)].mean(axis=2), 0)
    large = cv2.resize(evidence, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large / (large.max() + EPSILON), 0, 1), np.float32)


def overlay(picture: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The map over the picture, blue (little) to red (much), clear where there is nothing.

    ``picture uint8 (S, S, 3)`` RGB, ``heat float32 (S, S)`` 0..1; returns ``uint8 (S, S, 3)`` RGB.
    """
    colours = cv2.applyColorMap(np.uint8(heat * 255), cv2.COLORMAP_TURBO)[..., ::-1]
    share = (OPACITY * heat)[..., None]
    return np.asarray(picture * (1 - share) + colours * share, np.uint8)


def region(heat: NDArray[np.float32]) -> str:
    """Where the map is strongest, on the picture's own left and right: ``upper_left`` … ``lower_right``.

    The centre of mass of what is above half of the maximum, on a grid of three by three.
    """
    rows, columns = np.nonzero(heat >= 0.5 * heat.max())
    size = heat.shape[0]
    row = _ROWS[min(int(3 * rows.mean() / size), 2)]
    column = _COLUMNS[min(int(3 * columns.mean() / size), 2)]
    return f"{row}_{column}"
