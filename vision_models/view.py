"""What a person is shown of a reading, apart from the arrays that the networks work on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models import outline, preprocess, saliency
from vision_models.analysis import Analysis

JPEG_QUALITY = 88
#: How far, in pixels, a drawn edge may be from the mask's own.
SMOOTHING = 0.6


def encode_view(image: NDArray[np.uint8], longest: int) -> bytes:
    """The picture padded to a square of at most ``longest`` pixels, as a JPEG with pixels and nothing else.

    ``image``: ``uint8 (H, W, 3)`` RGB. Never enlarged; a grey picture is encoded with one channel.
    """
    image = preprocess.smaller(image, max(image.shape[:2]) / longest)
    return encode_jpeg(preprocess.square_pad(image))


def encode_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """``uint8 (H, W, 3)`` RGB as a JPEG; with one channel where the picture is grey."""
    pixels = picture[..., 0] if preprocess.is_grey(picture) else picture[..., ::-1]
    return _encode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def overlay(analysis: Analysis) -> NDArray[np.uint8] | None:
    """Map and outline over the picture, as far as there are any: ``uint8 (S, S, 3)`` RGB."""
    if analysis.picture is None or (analysis.saliency is None and analysis.outline is None):
        return None
    drawn = analysis.picture
    if analysis.saliency is not None:
        drawn = saliency.overlay(drawn, analysis.saliency)
    return drawn if analysis.outline is None else outline.draw(drawn, analysis.outline)


def heat_layer(heat: NDArray[np.float16]) -> bytes:
    """The heat map as a PNG to lay over a picture: clear where there is nothing, opaque at its highest.

    ``heat``: ``float16 (S, S)``, 0..1. At an opacity of ``saliency.OPACITY`` it is ``saliency.overlay``.
    """
    levels = np.uint8(heat * 255)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_TURBO)
    return _encode(".png", np.dstack([colours, levels]), [cv2.IMWRITE_PNG_COMPRESSION, 6])


def outline_path(mask: NDArray[np.uint8]) -> str:
    """The edge of ``mask (S, S)``, 0 or 255, as the ``d`` of an SVG path in a view box of S by S."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    parts = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, SMOOTHING, closed=True).reshape(-1, 2) + 0.5
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(parts)


def _encode(extension: str, pixels: NDArray[np.uint8], options: list[int]) -> bytes:
    encoded, data = cv2.imencode(extension, pixels, options)
    assert encoded, f"OpenCV could not encode {pixels.dtype} {pixels.shape} as {extension}"
    return data.tobytes()
