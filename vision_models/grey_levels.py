"""Grey values of any depth to the 256 that a screen shows."""

import numpy as np
from numpy.typing import NDArray

#: The rows and columns that percentiles are taken of are at most that many; of a larger picture, every n-th.
SAMPLED_SIDE = 4096


def window(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """From the 0.5th percentile, black, to the 99.5th, white.

    ``values``: ``float32 (H, W)``, written over. Raises ``IndexError`` where none of them is finite.
    """
    step = -(-max(values.shape) // SAMPLED_SIDE)
    sample = values[::step, ::step]
    low, high = np.percentile(sample[np.isfinite(sample)], (0.5, 99.5))
    return stretch(values, float(low), float(high))


def stretch(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """``low`` and below black, ``high`` and above white. ``values``: ``float32 (H, W)``, written over."""
    np.nan_to_num(values, copy=False)
    values -= np.float32(low)
    values *= np.float32(255 / max(high - low, 1e-6))
    np.clip(values, 0, 255, out=values)
    return np.asarray(values, np.uint8)
