"""What may differ between two hospitals, drawn at random: geometry, tone, and the marks of handling.

Each step takes and returns ``uint8 (H, W, 3)`` RGB. The order is that of the world: the patient
lies differently, the scanner has another tone, the file was saved, cropped and sent. A mask, where
there is one, goes through what moves pixels and through nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]
#: At or below this value a pixel is taken for air around the head, which no sequence makes bright.
AIR = 12


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strong each change may be; a probability is that of the step being taken at all.

    ``rotation`` in degrees either way, ``zoom`` the largest share of the side that is cropped away
    or added, ``aspect`` the largest stretch of one side; ``tone`` and ``handling`` multiply how often the
    steps of each kind are taken; the others are probabilities. ``sequence``:
    the tissues change places in brightness, as between T1, T2 and FLAIR, while air stays black.
    ``shade``: one side darker than the other, as coils and tilted films leave. ``erase``: a
    rectangle hidden, so that no single spot decides. ``photo``: a telephone's picture of a screen.
    """

    rotation: float = 15.0
    zoom: float = 0.25
    aspect: float = 0.2
    flip: float = 0.5
    tone: float = 1.0
    handling: float = 1.0
    invert: float = 0.0
    sequence: float = 0.0
    shade: float = 0.0
    tint: float = 0.0
    grey: float = 0.0
    erase: float = 0.0
    photo: float = 0.0

    def __call__(
        self, image: Image, rng: np.random.Generator, mask: Mask | None = None
    ) -> tuple[Image, Mask | None]:
        """``mask uint8 (H, W)`` 0 or 255 is moved with the picture; ``None`` stays ``None``."""
        image, mask = self._geometry(image, mask, rng)
        tone = [(chance * self.tone, step) for chance, step in _TONE_STEPS]
        # The sequence first: it knows air by its black, which other tones lift.
        for chance, step in ((self.sequence, _sequence), *tone, (self.shade, _shade)):
            if rng.random() < chance:
                image = step(image, rng)
        if rng.random() < self.invert:
            image = np.asarray(255 - image, np.uint8)
        if rng.random() < self.grey:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        handling = [(chance * self.handling, step) for chance, step in _HANDLING_STEPS]
        for chance, step in ((self.tint, _tint), (self.erase, _erase), *handling):
            if rng.random() < chance:
                image = step(image, rng)
        if rng.random() < _BORDER_CHANCE * self.handling:
            image, mask = _border(image, mask, rng)
        if rng.random() < self.photo:
            image, mask = photographed(image, mask, rng)
        return image, mask

    def _geometry(
        self, image: Image, mask: Mask | None, rng: np.random.Generator
    ) -> tuple[Image, Mask | None]:
        """Rotation, zoom, shift, stretch and mirror in one warp, on a canvas of a random shape."""
        height, width = image.shape[:2]
        stretch = np.exp(rng.uniform(-1, 1) * np.log1p(self.aspect))
        canvas_width, canvas_height = round(width * np.sqrt(stretch)), round(height / np.sqrt(stretch))
        scale = 1 + rng.uniform(-self.zoom, self.zoom)
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation))
        mirror = -1.0 if rng.random() < self.flip else 1.0
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = turn @ np.diag([mirror * scale * canvas_width / width, scale * canvas_height / height])
        shift = rng.uniform(-0.06, 0.06, 2) * (canvas_width, canvas_height)
        centre = np.array([canvas_width, canvas_height]) / 2 + shift - linear @ (width / 2, height / 2)
        matrix = np.column_stack([linear, centre])
        canvas = (canvas_width, canvas_height)
        warped = np.asarray(cv2.warpAffine(image, matrix, canvas, flags=cv2.INTER_LINEAR), np.uint8)
        return warped, None if mask is None else np.asarray(cv2.warpAffine(mask, matrix, canvas), np.uint8)


def _gamma(image: Image, rng: np.random.Generator) -> Image:
    table = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.6, 0.6))
    return _look_up(image, table)


def _tone_curve(image: Image, rng: np.random.Generator) -> Image:
    """A random rising curve through five points: another film, another window."""
    steps = rng.dirichlet(np.full(5, 3.0)).cumsum()
    return _look_up(image, 255 * np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, 6), [0, *steps]))


def _contrast(image: Image, rng: np.random.Generator) -> Image:
    gain, offset = np.exp(rng.uniform(-0.4, 0.4)), rng.uniform(-30, 30)
    return _look_up(image, (np.arange(256) - 127.5) * gain + 127.5 + offset)


def _sequence(image: Image, rng: np.random.Generator) -> Image:
    """A random curve that need not rise, over everything but air: another MRI sequence."""
    knots = rng.uniform(25, 255, 5)
    levels = np.arange(256)
    curve = np.interp(levels, np.linspace(AIR, 255, 5), knots)
    return _look_up(image, np.where(levels <= AIR, levels, curve))


def _shade(image: Image, rng: np.random.Generator) -> Image:
    """A smooth field of brightness, from a coarse random grid."""
    height, width = image.shape[:2]
    field = cv2.resize(rng.uniform(-1, 1, (3, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    factor = np.exp(rng.uniform(0.1, 0.45) * field)[..., None]
    return np.asarray(np.clip(image * factor, 0, 255), np.uint8)


def _erase(image: Image, rng: np.random.Generator) -> Image:
    """One rectangle of up to a third of each side in one grey."""
    height, width = image.shape[:2]
    h, w = (int(side) for side in rng.uniform(0.08, 0.33, 2) * (height, width))
    top, left = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    erased = image.copy()
    erased[top : top + h, left : left + w] = int(rng.integers(0, 256))
    return erased


def _blur(image: Image, rng: np.random.Generator) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.6)), np.uint8)


def _noise(image: Image, rng: np.random.Generator) -> Image:
    grain = rng.normal(0, rng.uniform(1, 10), image.shape[:2])[..., None]
    return np.asarray(np.clip(image + grain, 0, 255), np.uint8)


def _low_resolution(image: Image, rng: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    share = rng.uniform(0.4, 0.9)
    small = cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _jpeg(image: Image, rng: np.random.Generator) -> Image:
    quality = int(rng.integers(25, 92))
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _border(image: Image, mask: Mask | None, rng: np.random.Generator) -> tuple[Image, Mask | None]:
    """A frame, black, white or grey, as viewers and screenshots leave."""
    top, bottom, left, right = (int(side) for side in rng.uniform(0, 0.1, 4) * image.shape[0])
    value = float(rng.choice([0.0, 0.0, 255.0, rng.uniform(20, 235)]))
    flat = cv2.BORDER_CONSTANT
    framed = np.asarray(
        cv2.copyMakeBorder(image, top, bottom, left, right, flat, value=[value] * 3), np.uint8
    )
    if mask is None:
        return framed, None
    return framed, np.asarray(cv2.copyMakeBorder(mask, top, bottom, left, right, flat, value=[0]), np.uint8)


def _marker(image: Image, rng: np.random.Generator) -> Image:
    """A letter near an edge, as side markers and burnt-in text are."""
    height, width = image.shape[:2]
    letters = "".join(rng.choice(list("RLAPDI0123456789"), rng.integers(1, 7)))
    x = int(rng.choice([rng.uniform(0.01, 0.15), rng.uniform(0.65, 0.9)]) * width)
    y = int(rng.choice([rng.uniform(0.06, 0.2), rng.uniform(0.8, 0.98)]) * height)
    shade = int(rng.choice([255, 200, 30]))
    marked = image.copy()
    size = rng.uniform(0.3, 0.9) * width / 256
    cv2.putText(marked, letters, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, (shade,) * 3, 1, cv2.LINE_AA)
    return marked


def _tint(image: Image, rng: np.random.Generator) -> Image:
    """The cast of a photographed light box or screen."""
    cast = rng.uniform(0.82, 1.0, 3) * image
    return np.asarray(np.clip(cast, 0, 255), np.uint8)


def photographed(image: Image, mask: Mask | None, rng: np.random.Generator) -> tuple[Image, Mask | None]:
    """Taken by hand from a screen: tilted, with something else around it, a cast, and the screen's grid."""
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + rng.uniform(-0.08, 0.08, (4, 2)) * (width, height)
    tilt = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    around = [float(rng.uniform(0, 120))] * 3
    tilted = cv2.warpPerspective(image, tilt, (width, height), flags=cv2.INTER_LINEAR, borderValue=around)
    across, down = rng.uniform(0.05, 0.45, 2)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    grid = rng.uniform(1, 7) * np.sin(2 * np.pi * (across * columns + down * rows))[..., None]
    image = _tint(np.asarray(np.clip(tilted + grid, 0, 255), np.uint8), rng)
    return image, None if mask is None else np.asarray(
        cv2.warpPerspective(mask, tilt, (width, height)), np.uint8
    )


def _look_up(image: Image, table: NDArray[np.floating]) -> Image:
    return np.asarray(cv2.LUT(image, np.clip(table, 0, 255).astype(np.uint8)), np.uint8)


_Step = Callable[[Image, np.random.Generator], Image]
_TONE_STEPS: tuple[tuple[float, _Step], ...] = ((0.3, _gamma), (0.3, _tone_curve), (0.3, _contrast))
_HANDLING_STEPS: tuple[tuple[float, _Step], ...] = (
    (0.25, _low_resolution),
    (0.25, _blur),
    (0.25, _noise),
    (0.3, _jpeg),
    (0.15, _marker),
)
_BORDER_CHANCE = 0.2
