"""What an upload may cost, and what is said where it would cost more."""

import io

MAX_BYTES = 30 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 48
#: Pixels on the longest side that are enough to see, and for every network: a picture with twice as many, or
#: three times …, is made that much smaller, each pixel the mean of four, or nine …; a JPEG first of all to
#: the half, quarter or eighth that its decoder can give.
ENOUGH = 1024
MAX_ASPECT = 8
#: What is decoded in Python, or with several times its own size in memory, may have that many pixels.
SLOW_PIXELS = 4096 * 4096
#: How often a parser may ask for the next piece: a DICOM header takes some hundreds or thousands, one of five
#: hundred frames with what is said of each some 100,000.
MAX_READS = 160_000


class ImageError(Exception):
    """A file that gives no picture. ``reason`` is the code that the sentence to the person is made from.

    ``missing``, ``empty``, ``too_large``, ``too_small``, ``odd_shape``, ``unsupported``,
    ``compressed`` (in a way that is not read here) or ``unreadable``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BoundedStream(io.BytesIO):
    """Bytes to parse that end in ``ImageError`` after ``MAX_READS``: no file keeps a parser busy for long."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > MAX_READS:
            raise ImageError("unreadable")
        return super().read(size)


def check_size(width: int, height: int, most: int = MAX_PIXELS) -> None:
    """Raises ``ImageError`` for a picture, known by its header, that is not worth decoding."""
    if width * height > most:
        raise ImageError("too_large")
    if min(width, height) < MIN_SIDE:
        raise ImageError("too_small")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError("odd_shape")
