"""The region that the network learnt to draw: its outline over the picture, and its share of the slice."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: At or below this value a pixel is air around the head, whatever the scanner.
AIR = 15
#: Specks smaller than this share of the picture are not drawn.
SMALLEST = 0.001
COLOUR, EDGE = (255, 236, 120), (20, 20, 20)


def outline(region: NDArray[np.float32], size: int, threshold: float) -> NDArray[np.uint8]:
    """From the probability of each cell, ``float32 (h, w)``, to a mask ``uint8 (size, size)``, 0 or 255.

    Holes are filled and specks left out.
    """
    large = cv2.resize(region, (size, size), interpolation=cv2.INTER_LINEAR)
    contours, _ = cv2.findContours(np.uint8(large >= threshold), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros((size, size), np.uint8)
    for contour in contours:
        part = cv2.drawContours(np.zeros_like(mask), [contour], -1, 255, cv2.FILLED)
        if (part > 0).sum() >= SMALLEST * mask.size:
            mask |= np.asarray(part, np.uint8)
    return mask


def share_of_slice(mask: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float:
    """How much of the head seen in this slice the mask covers, 0..1: no scale, so no millimetres.

    The head is the largest bright thing in ``picture (S, S, 3)``, filled; the whole picture where that
    is next to nothing.
    """
    red, green, blue = np.moveaxis(picture, 2, 0)
    bright = np.uint8(np.maximum(np.maximum(red, green), blue) > AIR)
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    head = np.zeros_like(mask)
    if contours:
        cv2.drawContours(head, [max(contours, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    area = (head > 0).sum()
    if area < 0.1 * head.size:
        return float((mask > 0).mean())
    return float(((mask > 0) & (head > 0)).sum() / area)


def draw(picture: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask's edge over ``picture (S, S, 3)`` RGB, light on dark so that it shows on any grey."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn = picture.copy()
    cv2.drawContours(drawn, contours, -1, EDGE, 3, cv2.LINE_AA)
    cv2.drawContours(drawn, contours, -1, COLOUR, 1, cv2.LINE_AA)
    return drawn
