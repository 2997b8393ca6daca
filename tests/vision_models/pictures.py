"""Pictures with a known look, and what is expected of them."""

import numpy as np
import pytest

from vision_models.image_io import ImageError, decode

SIZE = 64


def ramp(low: int = 0, high: int = 255, dtype: type = np.uint8) -> np.ndarray:
    """Rises from left to right, ``(SIZE, SIZE)``."""
    return np.tile(np.linspace(low, high, SIZE), (SIZE, 1)).astype(dtype)


def reason(content: bytes | None) -> str:
    with pytest.raises(ImageError) as caught:
        decode(content)
    return caught.value.reason


def assert_rises(image: np.ndarray) -> None:
    """Left is black, right is white, as ``ramp``; and grey."""
    assert image[:, 0].max() <= 2
    assert image[:, -1].min() >= 253
    assert (np.diff(image[SIZE // 2, :, 0].astype(int)) >= 0).all()
    assert (image == image[..., :1]).all()
