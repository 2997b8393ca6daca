"""What two pictures lend each other, so that no source can be told from a disease.

In the packs a class comes from a few sources. A tumor copied into a healthy head, a tumor left
outside the crop, and the tone of one hospital on the film of another break that tie in training.
All pictures are ``uint8 (H, W, 3)`` RGB, all masks ``uint8 (H, W)``, 0 or 255.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.training.augment import AIR, Image, Mask


@dataclass(frozen=True, slots=True)
class Mixing:
    """Probabilities. ``borrow_tone``: the histogram of another picture. ``graft``: a healthy film receives
    one or both lungs of a diseased one, from any source, and may then be either. For samples that have a
    mask or are healthy: ``transplant`` copies a region in from elsewhere (into a healthy picture, a diseased
    region makes it diseased, a healthy one does not), ``crop_out`` cuts the picture so that its region
    lies outside, ``recolour`` makes the region lighter or darker, ``strip`` takes the skull away.
    """

    borrow_tone: float = 0.0
    graft: float = 0.0
    transplant: float = 0.0
    crop_out: float = 0.0
    recolour: float = 0.0
    strip: float = 0.0


def borrow_tone(image: Image, other: Image, share: float) -> Image:
    """Moves the picture's histogram by ``share`` of the way to that of ``other`` (of any shape)."""
    levels = np.arange(256)
    own, theirs = (_cumulative(picture) for picture in (image, other))
    matched = np.interp(own, theirs, levels)
    table = np.clip(share * matched + (1 - share) * levels, 0, 255)
    return np.asarray(cv2.LUT(image, table.astype(np.uint8)), np.uint8)


def graft(host: Image, donor: Image, rng: np.random.Generator) -> Image:
    """The chest of ``host`` with one or both lungs of ``donor``, at the same place and in the host's tone.

    Frame, shoulders, markers and scanner stay the host's: what is said of the disease must come from the
    lungs.
    """
    height, width = host.shape[:2]
    donor = cv2.resize(donor, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        donor = donor[:, ::-1]
    left, right = _LUNGS[int(rng.integers(len(_LUNGS)))]
    x0, x1 = (int(width * (side + rng.uniform(-0.04, 0.04))) for side in (left, right))
    y0, y1 = (int(height * (side + rng.uniform(-0.05, 0.05))) for side in (0.13, 0.85))
    window = np.zeros((height, width), np.float32)
    window[max(y0, 0) : y1, max(x0, 0) : x1] = 1.0
    share = cv2.GaussianBlur(window, (0, 0), 0.04 * width)[..., None]
    return np.asarray(host * (1 - share) + borrow_tone(donor, host, 1.0) * share, np.uint8)


def transplant(
    host: Image, donor: Image, region: Mask, rng: np.random.Generator
) -> tuple[Image, Mask] | None:
    """Copies ``region`` of ``donor`` to a random place inside the head of ``host``, turned and scaled.

    The copy takes the brightness around its new place, so that what shows is the region and not the
    other scanner. Returns the picture and where the copy lies, or ``None`` where it found no room.
    """
    height, width = host.shape[:2]
    donor = cv2.resize(donor, (width, height), interpolation=cv2.INTER_AREA)
    region = cv2.resize(region, (width, height), interpolation=cv2.INTER_NEAREST)
    place = _place(host, rng)
    if place is None or not region.any():
        return None
    rows, columns = np.nonzero(region)
    matrix = cv2.getRotationMatrix2D(
        (float(columns.mean()), float(rows.mean())), rng.uniform(0, 360), rng.uniform(0.6, 1.4)
    )
    matrix[:, 2] += (place[1] - columns.mean(), place[0] - rows.mean())
    moved = cv2.warpAffine(donor, matrix, (width, height))
    landed = cv2.warpAffine(region, matrix, (width, height), flags=cv2.INTER_NEAREST)
    landed[_head(host) == 0] = 0
    if (landed > 0).sum() < 0.002 * landed.size:
        return None
    around = (cv2.dilate(landed, _DISC) > 0) & (landed == 0)
    if not around.any():
        return None
    theirs, ours = moved[around].astype(np.float32), host[around].astype(np.float32)
    gain = np.clip((ours.std() + 4) / (theirs.std() + 4), 0.5, 2.0)
    matched = (moved - theirs.mean()) * gain + ours.mean()
    share = cv2.GaussianBlur(landed, (0, 0), rng.uniform(0.8, 2.5))[..., None] / 255.0
    return np.asarray(np.clip(host * (1 - share) + matched * share, 0, 255), np.uint8), landed


def crop_out(image: Image, region: Mask) -> Image | None:
    """The largest of four crops beside the region with a margin to it; ``None`` where none is left
    that shows enough of the head."""
    height = region.shape[0]
    rows, columns = np.nonzero(region)
    if not len(rows):
        return None
    margin = int(0.06 * height)
    top, bottom = rows.min() - margin, rows.max() + 1 + margin
    left, right = columns.min() - margin, columns.max() + 1 + margin
    crops = [image[: max(top, 0)], image[bottom:], image[:, : max(left, 0)], image[:, right:]]
    crop = max(crops, key=lambda part: part.shape[0] * part.shape[1])
    if min(crop.shape[:2]) < 0.4 * height or (crop > 3 * AIR).mean() < 0.35:
        return None
    return np.ascontiguousarray(crop)


def recolour(image: Image, region: Mask, rng: np.random.Generator) -> Image:
    """Makes the region lighter or darker with a soft edge: enhancing or not, bright or dark."""
    share = cv2.GaussianBlur(region, (0, 0), 1.5)[..., None] / 255.0
    factor = np.exp(rng.uniform(-0.6, 0.5))
    return np.asarray(np.clip(image * (1 + share * (factor - 1)), 0, 255), np.uint8)


def strip(image: Image, region: Mask, rng: np.random.Generator) -> tuple[Image, Mask] | None:
    """The brain alone on black, roughly, as research collections come; ``None`` where no head is seen, or
    where more than a fifth of the region would go with the skull."""
    inner = cv2.GaussianBlur(_head(image), (0, 0), 4)
    kept = np.where(inner > rng.integers(128, 250), np.uint8(255), np.uint8(0))
    if (kept > 0).mean() < 0.1:
        return None
    left = np.asarray(cv2.bitwise_and(region, kept), np.uint8)
    if (left > 0).sum() < 0.8 * (region > 0).sum():
        return None
    return np.asarray(cv2.bitwise_and(image, image, mask=kept), np.uint8), left


def _cumulative(image: Image) -> NDArray[np.float64]:
    counts = np.bincount(image[..., 1].ravel(), minlength=256) + 1e-3
    return np.asarray(counts.cumsum() / counts.sum())


def _head(image: Image) -> Mask:
    """Roughly where the head is: what is not air, closed and without its rim."""
    bright = np.uint8(image[..., 1] > 2 * AIR) * 255
    filled = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, _LARGE_DISC)
    return np.asarray(cv2.erode(filled, _LARGE_DISC, borderType=cv2.BORDER_CONSTANT, borderValue=0), np.uint8)


def _place(host: Image, rng: np.random.Generator) -> tuple[int, int] | None:
    inside = np.flatnonzero(_head(host))
    if len(inside) < 0.1 * host.shape[0] * host.shape[1]:
        return None
    row, column = divmod(int(rng.choice(inside)), host.shape[1])
    return row, column


#: Left and right edge of one lung, the other, or both, as shares of the width.
_LUNGS = ((0.08, 0.5), (0.5, 0.92), (0.08, 0.92), (0.08, 0.92))
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
_LARGE_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))
