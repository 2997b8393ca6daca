"""Where the lungs lie on a frontal chest film, roughly: a lung's shape fitted to the picture, no network.

Two outlines, mirror images but for the heart's notch, are moved and stretched until the picture is
darker inside their edges than outside. The shape is the same whatever is in the lungs, so a mask tells
nothing of what it covers, and a white lung is found where the other one says it must be.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: The search runs on a picture of this side.
SIDE = 112
#: What both lungs have in common: from the lowest corner up the chest wall, outward from the inner to
#: the outer edge and down from the tip to the lowest corner, both 0..1.
_WALL = ((0.98, 1.0), (1.0, 0.8), (0.95, 0.55), (0.83, 0.28), (0.6, 0.07), (0.33, 0.0), (0.13, 0.1))
#: The rest: the right lung of the patient, on the left of the picture, and the left one beside the heart.
_RIGHT = ((0.04, 0.3), (0.0, 0.5), (0.02, 0.7), (0.05, 0.85), (0.3, 0.8), (0.6, 0.84), (0.85, 0.93))
_LEFT = ((0.05, 0.3), (0.12, 0.45), (0.3, 0.6), (0.48, 0.78), (0.5, 0.88), (0.65, 0.88), (0.87, 0.95))
#: Lowest, usual and highest of what places a pair of outlines, by eye on films of all three sources, as
#: shares of the side: the column between them, from there to the inner and to the outer edge, the row of
#: the tip and of the lowest corner; and the slant of the chest.
RANGES = np.array(
    [
        (0.40, 0.50, 0.60),
        (0.03, 0.06, 0.11),
        (0.24, 0.36, 0.47),
        (0.02, 0.15, 0.34),
        (0.50, 0.76, 0.97),
        (-0.14, 0.0, 0.14),
    ]
)
#: Below this mean of brightness steps (1 is ``STEP`` grey levels everywhere) the usual place is taken.
LEAST_SCORE = 0.35
#: Grey levels between the samples on both sides of an edge that count in full, and their distance to it.
STEP, REACH = 40.0, 3.5
_DRAWS, _ROUNDS, _KEPT, _NEAR = 1200, 3, 12, 200


@dataclass(frozen=True, slots=True)
class Lungs:
    """The lung on the ``left`` and on the ``right`` of the picture, ``uint8 (S, S)`` 0 or 255, and the
    column between them. ``found`` is false where nothing fitted and the usual place stands in."""

    left: Mask
    right: Mask
    middle: int
    found: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """The two shapes, each by its row of what ``RANGES`` bounds, and the column between them, 0..1."""

    left: Floats
    right: Floats
    middle: float
    found: bool

    def drawn(self, size: int) -> Lungs:
        """On a picture of ``size`` pixels a side."""
        left, right = _mask(self.left, 0, size), _mask(self.right, 1, size)
        return Lungs(left, right, round(self.middle * size), self.found)


def lung_mask(picture: Image) -> Mask:
    """Both lung fields, ``uint8 (S, S)`` 0 or 255, of ``uint8 (S, S, 3)`` RGB."""
    lungs = find_lungs(picture)
    return np.asarray(np.maximum(lungs.left, lungs.right), np.uint8)


def find_lungs(picture: Image) -> Lungs:
    """The same, apart."""
    return place_lungs(picture).drawn(picture.shape[0])


def place_lungs(picture: Image) -> Placement:
    """Where the two shapes go. About 30 ms; depends on the picture alone."""
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    even = _even(grey)
    low, usual, high = RANGES.T
    rng = np.random.default_rng(0)
    draws = np.concatenate([[usual], rng.uniform(low, high, (_DRAWS, len(RANGES)))])
    best, score = _search(even, draws, (0, 1), (high - low) / 8, rng)
    if score < LEAST_SCORE:
        return Placement(usual, usual, float(usual[0]), False)
    spread = (high - low) * (0, 1, 1, 1, 1, 0) / 12
    left, right = (_search(even, best[None], (side,), spread, rng)[0] for side in (0, 1))
    return Placement(left, right, float(best[0]), True)


def _search(
    even: Floats, draws: Floats, sides: tuple[int, ...], spread: Floats, rng: np.random.Generator
) -> tuple[Floats, float]:
    """The best placement of the outlines of ``sides`` near the best of ``draws (N, 6)``, and its score."""
    low, _, high = RANGES.T
    for round_ in range(_ROUNDS):
        top = draws[np.argsort(-_scores(even, draws, sides))[:_KEPT]]
        steps = rng.normal(size=(_NEAR, len(RANGES))) * spread / 2**round_
        near = np.clip(top[rng.integers(0, len(top), _NEAR)] + steps, low, high)
        draws = np.concatenate([top, near])
    scores = _scores(even, draws, sides)
    return draws[np.argmax(scores)], float(scores.max())


def _even(grey: NDArray[np.uint8]) -> Floats:
    """Contrast made even from place to place, ribs fainter, and no black around the body."""
    even = cv2.createCLAHE(3.0, (4, 4)).apply(grey)
    ribless = cv2.morphologyEx(even, cv2.MORPH_OPEN, np.ones((SIDE // 12, 1), np.uint8))
    mixed = 0.3 * even + 0.7 * ribless
    mixed[_outside(grey)] = np.median(mixed)
    return np.asarray(cv2.GaussianBlur(mixed, (0, 0), 1.5))


def _outside(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The black that reaches the picture's edge."""
    black = (cv2.GaussianBlur(grey, (0, 0), 1) < 0.12 * np.quantile(grey, 0.9)).astype(np.uint8)
    framed = cv2.copyMakeBorder(black, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    cv2.floodFill(framed, None, (0, 0), 2)
    return np.asarray(framed[1:-1, 1:-1] == 2)


def _scores(even: Floats, draws: Floats, sides: tuple[int, ...]) -> Floats:
    """How much darker each draw's outlines are inside than outside; larger and more usual ones first."""
    steps = []
    for side in sides:
        points = _place(draws, side)
        along = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
        outward = np.stack([along[..., 1], -along[..., 0]], axis=-1)
        outward *= (1 - 2 * side) / (np.linalg.norm(outward, axis=-1, keepdims=True) + 1e-6)
        step = _look(even, points + REACH * outward) - _look(even, points - REACH * outward)
        steps.append(np.clip(step / STEP, -1, 1).mean(axis=1))
    low, usual, high = RANGES.T
    unusual = (((draws - usual) / (high - low)) ** 2).mean(axis=1)
    area = np.log((draws[:, 4] - draws[:, 3]) * (draws[:, 2] - draws[:, 1]))
    growth = area - np.log((usual[4] - usual[3]) * (usual[2] - usual[1]))
    worth = np.where(growth < 0, 0.3, 0.12) * growth
    return np.asarray(np.mean(steps, axis=0) - 0.3 * unusual + worth)


def _look(even: Floats, points: Floats) -> Floats:
    columns, rows = np.clip(np.rint(points).astype(int), 0, SIDE - 1).transpose(2, 0, 1)
    return np.asarray(even[rows, columns])


def _dense(corners: tuple[tuple[float, float], ...]) -> Floats:
    """A closed line through the corners, three points for each."""
    closed = np.array([*corners, corners[0]])
    return np.concatenate([np.linspace(a, b, 4)[:-1] for a, b in pairwise(closed)])


_OUTLINES = (_dense(_WALL + _RIGHT), _dense(_WALL + _LEFT))


def _place(draws: Floats, side: int) -> Floats:
    """``(N, 6)`` placements to the outline's points ``(N, points, 2)``, x and y in pixels of ``SIDE``."""
    middle, inner, outer, top, bottom, slant = draws.T[:, :, None]
    across, down = _OUTLINES[side].T[:, None, :]
    x = (2 * side - 1) * (inner + across * (outer - inner))
    y = top + down * (bottom - top)
    leaning = x - slant * (y - (top + bottom) / 2)
    return np.asarray(np.stack([middle + leaning, y + slant * leaning], axis=-1) * SIDE)


def _mask(values: Floats, side: int, size: int) -> Mask:
    points = (_place(values[None], side)[0] + 0.5) * size / SIDE - 0.5
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 255)
    smooth = cv2.GaussianBlur(mask, (0, 0), size / 80)
    return np.asarray(np.where(smooth > 127, 255, 0), np.uint8)
