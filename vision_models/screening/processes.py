"""Images read by processes of this machine, each with its own networks; one that dies takes none along."""

import os
import signal
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

import cv2

from vision_models.analyzer import Analyzer, load_analyzer
from vision_models.card import MODELS, fingerprint_of_all
from vision_models.screening.errors import check_models
from vision_models.screening.rows import Row, crashed_row, row
from vision_models.screening.source import Item, read

#: Images that each process has been given beyond the one it reads.
WAITING = 2


def processors() -> int:
    """Those that this process may use, as far as the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """So many ``workers``, with the models in ``folder``. Raises ``ModelError`` where their cards cannot be
    read."""

    def __init__(self, workers: int, folder: Path = MODELS) -> None:
        self.cores = workers
        self.models = fingerprint_of_all(folder)
        self._folder = folder

    def rows(self, items: Sequence[Item]) -> Generator[Row]:
        left = deque(items)
        while left:
            try:
                yield from self._together(left)
            except BrokenProcessPool:
                for _ in range(min(len(left), self._ahead)):
                    yield self._apart(left.popleft())

    @property
    def _ahead(self) -> int:
        return (1 + WAITING) * self.cores

    def _together(self, left: deque[Item]) -> Generator[Row]:
        """Rows in order; an image is taken from ``left`` once its row is there."""
        pool = self._pool(self.cores)
        try:
            coming: deque[Future[Row]] = deque()
            for item in tuple(left):
                coming.append(pool.submit(_row, item))
                if len(coming) >= self._ahead:
                    made = coming.popleft().result()
                    left.popleft()
                    yield made
            while coming:
                made = coming.popleft().result()
                left.popleft()
                yield made
        finally:
            pool.shutdown(cancel_futures=True)

    def _apart(self, item: Item) -> Row:
        """The row of an image that was on its way when a process died: it, or one beside it, may be why."""
        with self._pool(1) as pool:
            try:
                return pool.submit(_row, item).result()
            except BrokenProcessPool:
                return crashed_row(item.path)

    def _pool(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            workers, get_context("spawn"), initializer=_begin, initargs=(self._folder, self.models)
        )


_folder, _expected = MODELS, ""
_analyzer: Analyzer | None = None


def _begin(folder: Path, expected: str) -> None:
    """Called first in a process of the pool. It ends when the one that made it does, whatever becomes of
    that one; and Ctrl-C is for that one."""
    global _folder, _expected
    _folder, _expected = folder, expected
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)  # threads of its own are in the way of the other processes


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _row(item: Item) -> Row:
    global _analyzer
    if _analyzer is None:  # here and not in ``_begin``, so that what is wrong is told
        check_models(fingerprint_of_all(_folder), _expected, "on this machine")
        _analyzer = load_analyzer(_folder)
    return row(item.path, read(item), _analyzer)
