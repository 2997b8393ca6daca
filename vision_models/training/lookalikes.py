"""Signs of other chest diseases drawn on a normal film, to see whether a network calls them normal.

The packs hold no film labelled with these, so what is measured on them is measured on drawings: made by
eye after what radiologists describe, coarser than the real thing, with no other change in the patient.
Each takes ``uint8 (S, S, 3)`` RGB as ``preprocess.prepare`` gives it without CLAHE, and returns the same;
``lungs`` are those of the picture where they are known already, ``None`` to look for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models.training.lungs import Image, Lungs, Mask, find_lungs

Floats = NDArray[np.float64]

#: Radius of a mass, as a share of the picture's width: about 2 to 4 cm across in an adult.
RADIUS = (0.03, 0.07)
#: The cardiothoracic ratio drawn; up to 0.5 is normal in adults.
RATIO = (0.6, 0.7)


@dataclass(frozen=True, slots=True)
class _Film:
    """A film's brightness, ``float64 (S, S)``, sharp and smooth, with its lungs and one of them, chosen
    at random. ``outward`` is 0 at that lung's inner edge and 1 at the chest wall."""

    grey: Floats
    smooth: Floats
    lungs: Lungs
    lung: Mask
    outward: Floats
    rows: Floats
    columns: Floats

    @property
    def size(self) -> int:
        return len(self.grey)

    @property
    def heart(self) -> float:
        """The brightness of the shadow in the middle."""
        _, top, _, height = cv2.boundingRect(self.lung)
        middle, half = self.lungs.middle, self.size // 20
        return float(np.median(self.smooth[top + height // 2 : top + height, middle - half : middle + half]))

    @property
    def contrast(self) -> float:
        """Grey levels between that and the lung."""
        return float(max(self.heart - np.median(self.smooth[self.lung > 0]), 30.0))


def pleural_effusion(picture: Image, rng: np.random.Generator, lungs: Lungs | None = None) -> Image:
    """Fluid over the lower part of one lung: even and as dense as the belly, its upper edge climbing
    towards the chest wall (the meniscus), the corner between diaphragm and ribs gone."""
    film = _film(picture, rng, lungs)
    left, top, width, height = cv2.boundingRect(film.lung)
    bottom, reach = top + height, round(film.size * 0.06)
    level = top + height * (1 - rng.uniform(0.28, 0.5) - rng.uniform(0.12, 0.22) * film.outward**3)
    depth = film.rows - level
    within = _dilated(_to_middle(film), film.size // 80)
    within = np.maximum.reduce([np.roll(within, shift, axis=0) for shift in range(reach)])
    body = np.clip(film.grey / 8, 0, 1)
    cover = body * _soft(within, film.size / 80) / (1 + np.exp(-depth / (film.size / 110)))
    belly = film.smooth[bottom - height // 8 : bottom + reach, left : left + width]
    density = max(np.quantile(belly, 0.75), film.heart)
    beside = (_dilated(film.lung, film.size // 16) > 0) & (film.outward == 1) & (film.rows > top + height / 2)
    wall = np.median(film.smooth[beside]) if beside.any() else density
    even = density + film.outward**4 * 0.7 * min(wall - density, 0)
    filled = np.maximum(film.grey, even)
    fluid = cv2.GaussianBlur(filled, (0, 0), film.size / 25) + 0.25 * (film.grey - film.smooth)
    thickness = 0.8 + 0.2 * np.clip(depth / (0.2 * height), 0, 1)
    return _with(picture, cover * thickness * (fluid - film.grey))


def mass(picture: Image, rng: np.random.Generator, lungs: Lungs | None = None) -> Image:
    """One round or lobulated opacity within a lung, away from the heart; ribs shine through it."""
    film = _film(picture, rng, lungs)
    radius = rng.uniform(*RADIUS) * film.size
    room = cv2.distanceTransform(film.lung, cv2.DIST_L2, 5)
    room[film.smooth > np.quantile(film.smooth[film.lung > 0], 0.7)] = 0
    places = np.argwhere(room >= min(radius * 0.9, room.max() * 0.7))
    row, column = places[rng.integers(len(places))]
    angle = np.arctan2(film.rows - row, film.columns - column)
    edge = np.full_like(film.grey, radius)
    for waves in range(2, 5):
        edge *= 1 + rng.uniform(0, 0.09) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
    inside = np.clip(1 - (np.hypot(film.rows - row, film.columns - column) / edge) ** 2, 0, 1)
    thickness = cv2.GaussianBlur(inside**0.5, (0, 0), film.size / 170)
    rise = max(film.heart - film.smooth[row, column], 0.8 * film.contrast)
    return _with(picture, rng.uniform(0.6, 0.85) * rise * thickness)


def large_heart(picture: Image, rng: np.random.Generator, lungs: Lungs | None = None) -> Image:
    """The heart's shadow stretched sideways, more to the patient's left, until it fills ``RATIO`` of
    the chest's width; the lungs beside it are pressed together, the spine stays."""
    film = _film(picture, rng, lungs)
    middle, size = film.lungs.middle, film.size
    wall_left, wall_right = chest_walls(film.lungs)
    edge_left, edge_right = heart_edges(picture, film.lungs)
    wanted = max(rng.uniform(*RATIO) * (wall_right - wall_left), 1.15 * (edge_right - edge_left))
    new_right = min(max(0.67 * wanted, edge_right - middle), 0.86 * (wall_right - middle))
    new_left = min(max(wanted - new_right, middle - edge_left), 0.8 * (middle - wall_left))
    spine = min(0.045 * size, 0.6 * (middle - edge_left), 0.6 * (edge_right - middle))
    fixed = (0, wall_left), (middle - spine, middle + spine), (wall_right, size)
    old = [*fixed[0], edge_left, *fixed[1], edge_right, *fixed[2]]
    new = [*fixed[0], middle - new_left, *fixed[1], middle + new_right, *fixed[2]]
    shift = np.interp(film.columns[0], new, old) - film.columns[0]
    shift = cv2.GaussianBlur(shift[None], (0, 0), size / 70)[0]
    _, top, _, height = cv2.boundingRect(np.maximum(film.lungs.left, film.lungs.right))
    down = (film.rows[:, 0] - top) / height
    share = np.exp(-(np.abs((down - 0.74) / np.where(down < 0.74, 0.3, 0.18)) ** 3))
    source = film.columns + share[:, None] * shift[None]
    moved = cv2.remap(picture, source.astype(np.float32), film.rows.astype(np.float32), cv2.INTER_CUBIC)
    return np.asarray(moved, np.uint8)


def pneumothorax(picture: Image, rng: np.random.Generator, lungs: Lungs | None = None) -> Image:
    """Air beside one lung: a dark rim without vessels between the chest wall and a thin pleural line."""
    film = _film(picture, rng, lungs)
    left, top, width, height = cv2.boundingRect(film.lung)
    inner = left if film.outward[0, left] < 0.5 else left + width
    across, down = rng.uniform(0.7, 0.86), rng.uniform(0.8, 0.92)
    matrix = np.array([[across, 0, inner * (1 - across)], [0, down, (top + height) * (1 - down)]])
    collapsed = cv2.warpAffine(film.lung, matrix, film.lung.shape[::-1])
    distance = _distance(collapsed)
    airy = np.clip(2 * (film.heart - film.smooth) / film.contrast, 0, 1)
    hollow = airy * _soft(film.lung, film.size / 110)
    rim = hollow / (1 + np.exp(-distance / (film.size / 300)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (film.size // 45 * 2 - 1,) * 2)
    bare = cv2.GaussianBlur(cv2.morphologyEx(film.grey, cv2.MORPH_OPEN, kernel), (0, 0), film.size / 220)
    air = bare - rng.uniform(0.16, 0.3) * film.contrast
    line = hollow * np.exp(-((distance / (film.size / 230)) ** 2)) * (film.outward > 0.15)
    pressed = hollow - rim
    change = rim * (air - film.grey) + film.contrast * (0.28 * line + 0.08 * pressed)
    return _with(picture, change)


def chest_walls(lungs: Lungs) -> tuple[int, int]:
    """The columns of the outermost lung on either side."""
    columns = np.flatnonzero(np.maximum(lungs.left, lungs.right).any(axis=0))
    return int(columns[0]), int(columns[-1])


def heart_edges(picture: Image, lungs: Lungs) -> tuple[int, int]:
    """The columns where the shadow in the middle ends, in the lower third of the lungs: halfway in
    brightness between it and the lung beside it."""
    size = len(picture)
    _, top, _, height = cv2.boundingRect(np.maximum(lungs.left, lungs.right))
    band = _grey(picture)[round(top + 0.66 * height) : round(top + 0.82 * height)]
    profile = cv2.GaussianBlur(band.mean(axis=0)[None], (0, 0), size / 60)[0]
    heart = profile[lungs.middle - size // 30 : lungs.middle + size // 30].max()
    edges = []
    for wall, step in zip(chest_walls(lungs), (-1, 1), strict=True):
        way = profile[lungs.middle : wall : step]
        least = size // 28
        halfway = (heart + way[least:].min()) / 2
        beyond = np.flatnonzero(way[least:] < halfway)
        edges.append(lungs.middle + step * (least + int(beyond[0]) if len(beyond) else len(way) // 2))
    return edges[0], edges[1]


def _film(picture: Image, rng: np.random.Generator, lungs: Lungs | None) -> _Film:
    grey, lungs = _grey(picture), lungs or find_lungs(picture)
    size = len(grey)
    on_right = rng.random() < 0.5
    lung = lungs.right if on_right else lungs.left
    left, _, width, _ = cv2.boundingRect(lung)
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    across = np.clip((columns - left) / width, 0, 1)
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), size / 40))
    return _Film(grey, smooth, lungs, lung, across if on_right else 1 - across, rows, columns)


def _grey(picture: Image) -> Floats:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float64)


def _with(picture: Image, change: Floats) -> Image:
    return np.asarray(np.clip(np.rint(picture + change[..., None]), 0, 255), np.uint8)


def _to_middle(film: _Film) -> Mask:
    """The chosen lung with what lies between it and the column between the lungs."""
    away = -1 if film.outward[0, -1] == 1 else 1
    filled = np.maximum.accumulate(film.lung[:, ::away], axis=1)[:, ::away]
    beyond = film.columns < film.lungs.middle if away == -1 else film.columns > film.lungs.middle
    return np.asarray(np.where(beyond, film.lung, filled), np.uint8)


def _dilated(mask: Mask, radius: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def _soft(mask: Mask, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(mask / 255.0, (0, 0), sigma))


def _distance(mask: Mask) -> Floats:
    """Pixels to the mask's edge: positive outside, negative inside."""
    outside = cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    return np.asarray(outside - inside, np.float64)


Sign = Callable[[Image, np.random.Generator, Lungs | None], Image]
#: The signs by the name that their figures bear.
LOOKALIKES: Mapping[str, Sign] = {
    "effusion": pleural_effusion,
    "mass": mass,
    "large_heart": large_heart,
    "pneumothorax": pneumothorax,
}
