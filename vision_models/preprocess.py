"""From any picture to the network's input: the same functions in training and in serving."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.image_limits import ENOUGH

CLAHE_CLIP_LIMIT = 2.0
CLAHE_TILES = (8, 8)


def prepare(image: NDArray[np.uint8], size: int, contrast: bool) -> NDArray[np.uint8]:
    """Square padding, resize, and CLAHE where ``contrast`` is true.

    ``image``: ``uint8 (H, W, 3)`` RGB, any shape. Returns ``uint8 (size, size, 3)`` RGB.
    Raises ``ValueError`` for any other array.
    """
    squared = np.ascontiguousarray(resize(square_pad(bounded(image)), size))
    return enhance(squared) if contrast else squared


def in_three(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``uint8 (H, W)`` as ``(H, W, 3)`` RGB: one channel seen three times, so it cannot be written to. What
    is done to it below is done once."""
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))


def bounded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Under twice ``ENOUGH`` on a side: a larger picture by a whole factor smaller, its pixels the means of
    squares. The others as they are."""
    return smaller(image, max(image.shape[:2]) // ENOUGH)


def smaller(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """So many times smaller on each side, its pixels the means of what they cover; itself up to a factor
    of 1."""
    if factor <= 1:
        return image
    height, width = (max(1, round(side / factor)) for side in image.shape[:2])
    return _changed(image, lambda part: cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA))


def square_pad(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Adds black bars on the short sides, half on each, so that nothing is squashed. A square is itself."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"expected uint8 (H, W, 3) RGB, got {image.dtype} {image.shape}")
    height, width = image.shape[:2]
    side = max(height, width)
    if height == width:
        return image
    top, left = (side - height) // 2, (side - width) // 2
    bars = (top, side - height - top, left, side - width - left)
    return _changed(image, lambda part: cv2.copyMakeBorder(part, *bars, cv2.BORDER_CONSTANT, value=(0, 0, 0)))


def is_grey(image: NDArray[np.uint8]) -> bool:
    """Whether the three channels of ``uint8 (H, W, 3)`` are one and the same."""
    red, green, blue = np.moveaxis(image, 2, 0)
    return image.strides[2] == 0 or bool(np.array_equal(red, green) and np.array_equal(green, blue))


def resize(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """To ``size`` by ``size``: area averaging when shrinking, bilinear when growing."""
    method = cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_LINEAR
    return _changed(image, lambda part: cv2.resize(part, (size, size), interpolation=method))


def enhance(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Contrast-limited adaptive histogram equalisation of the lightness; colours stay.

    Source: Zuiderveld, Graphics Gems IV (1994); OpenCV's implementation.
    """
    equaliser = cv2.createCLAHE(CLAHE_CLIP_LIMIT, CLAHE_TILES)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = equaliser.apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _changed(image: NDArray[np.uint8], change: Callable[[NDArray[np.uint8]], Any]) -> NDArray[np.uint8]:
    """``change`` of all of ``image``; of a picture that ``in_three`` made, of its one channel."""
    if image.strides[2]:
        return np.asarray(change(image), np.uint8)
    return in_three(np.asarray(change(image[..., 0]), np.uint8))
