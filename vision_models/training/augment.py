"""What may differ between two hospitals, drawn at random: geometry, tone, and the marks of handling.

Each step takes and returns ``uint8 (H, W, 3)`` RGB. The order is that of the world: the patient
lies differently, the scanner has another tone, the file was saved, cropped and sent.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strong each change may be; a probability is that of the step being taken at all.

    ``rotation`` in degrees either way, ``zoom`` the largest share of the side that is cropped away
    or added, ``aspect`` the largest stretch of one side, ``invert`` and ``tint`` probabilities.
    """

    rotation: float = 15.0
    zoom: float = 0.25
    aspect: float = 0.2
    flip: float = 0.5
    invert: float = 0.0
    tint: float = 0.0
    grey: float = 0.0

    def __call__(self, image: Image, rng: np.random.Generator) -> Image:
        image = self._geometry(image, rng)
        for chance, step in _TONE_STEPS:
            if rng.random() < chance:
                image = step(image, rng)
        if rng.random() < self.invert:
            image = np.asarray(255 - image, np.uint8)
        if rng.random() < self.grey:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if rng.random() < self.tint:
            image = _tint(image, rng)
        for chance, step in _HANDLING_STEPS:
            if rng.random() < chance:
                image = step(image, rng)
        return image

    def _geometry(self, image: Image, rng: np.random.Generator) -> Image:
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
        return np.asarray(
            cv2.warpAffine(image, matrix, (canvas_width, canvas_height), flags=cv2.INTER_LINEAR), np.uint8
        )


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


def _blur(image: Image, rng: np.random.Generator) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.6)), np.uint8)


def _noise(image: Image, rng: np.random.Generator) -> Image:
    grain = rng.normal(0, rng.uniform(2, 14), image.shape[:2])[..., None]
    return np.asarray(np.clip(image + grain, 0, 255), np.uint8)


def _low_resolution(image: Image, rng: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    share = rng.uniform(0.35, 0.9)
    small = cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _jpeg(image: Image, rng: np.random.Generator) -> Image:
    quality = int(rng.integers(25, 92))
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _border(image: Image, rng: np.random.Generator) -> Image:
    """A frame, black, white or grey, as viewers and screenshots leave."""
    top, bottom, left, right = (int(side) for side in rng.uniform(0, 0.1, 4) * image.shape[0])
    value = float(rng.choice([0.0, 0.0, 255.0, rng.uniform(20, 235)]))
    framed = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=[value] * 3)
    return np.asarray(framed, np.uint8)


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


def _look_up(image: Image, table: NDArray[np.floating]) -> Image:
    return np.asarray(cv2.LUT(image, np.clip(table, 0, 255).astype(np.uint8)), np.uint8)


_Step = Callable[[Image, np.random.Generator], Image]
_TONE_STEPS: tuple[tuple[float, _Step], ...] = ((0.4, _gamma), (0.4, _tone_curve), (0.4, _contrast))
_HANDLING_STEPS: tuple[tuple[float, _Step], ...] = (
    (0.25, _low_resolution),
    (0.25, _blur),
    (0.25, _noise),
    (0.3, _jpeg),
    (0.15, _marker),
    (0.2, _border),
)
