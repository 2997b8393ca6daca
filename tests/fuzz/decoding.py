"""What every file must come to: a clean picture or a known reason, at little cost, in silence, every time."""

import contextlib
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator

import cv2
import numpy as np

from tests.hostile import memory
from tests.hostile.hostile_file import OF_THE_FILE
from tests.hostile.running import Log
from vision_models.image_io import MAX_PIXELS, MIN_SIDE, ImageError, decode

#: As in ``tests.hostile.test_hostile_files``: megabytes for a moment, seconds of the processor, lines of C.
PEAK, WITHIN, LINES = 100, 1.0, 2


def check_decoding(content: bytes, secrets: tuple[str, ...] = ()) -> None:
    """``decode`` gives ``uint8 (H, W, 3)`` within the limits, which OpenCV can use, or an ``ImageError`` with
    a known reason; the same the second time. None of ``secrets`` is in what is raised, logged, warned of or
    written by a decoder in C."""
    log, said = Log(), []
    before = memory.start_peak() if memory.is_measured() else 0.0
    started = time.process_time()
    with log.listening(), warnings.catch_warnings(record=True) as warned, _written(said):
        first = _decoded(content)
    seconds = time.process_time() - started
    assert seconds < WITHIN, f"{seconds:.1f} seconds of the processor"
    if memory.is_measured():
        needed = memory.peak() - before
        assert needed < PEAK, f"{needed:.0f} megabytes"
    assert said[0].count("\n") <= LINES, said[0]
    told = "\n".join((said[0], *log.lines, *(str(warning.message) for warning in warned)))
    if isinstance(first, ImageError):
        assert first.reason in OF_THE_FILE, first.reason
        told += repr(first) + str(first)
    else:
        assert first.dtype == np.uint8, first.dtype
        assert first.ndim == 3, first.shape
        assert first.shape[2] == 3, first.shape
        assert min(first.shape[:2]) >= MIN_SIDE, first.shape
        assert first.shape[0] * first.shape[1] <= MAX_PIXELS, first.shape
        assert cv2.resize(first, (8, 8), interpolation=cv2.INTER_AREA).shape == (8, 8, 3)
    assert not [secret for secret in secrets if secret in told], told
    with log.listening(), _written(said):
        second = _decoded(content)
    assert _told(first) == _told(second), "not the same the second time"


def _decoded(content: bytes) -> np.ndarray | ImageError:
    try:
        return decode(content)
    except ImageError as error:
        return error


def _told(result: np.ndarray | ImageError) -> object:
    return result.reason if isinstance(result, ImageError) else (result.shape, result.tobytes())


@contextlib.contextmanager
def _written(said: list[str]) -> Iterator[None]:
    """Adds to ``said`` what was written to standard output and error, by C too."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for stream, copy in enumerate(kept, start=1):
                os.dup2(copy, stream)
                os.close(copy)
            file.seek(0)
            said.append(file.read().decode(errors="replace"))
