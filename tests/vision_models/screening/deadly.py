"""Engines whose processes die over a file, as they would in a decoder that is broken into."""

import os
import signal
from pathlib import Path
from typing import Any

from vision_models.screening import processes
from vision_models.screening.processes import Processes

_begin = processes._begin


def _dies_always(folder: Path, models: str, name: str) -> None:
    _begin(folder, models)
    _before_reading(name, lambda: True)


def _dies_once(folder: Path, models: str, name: str, mark: Path) -> None:
    """Over ``name``, unless ``mark`` says that one has."""

    def first() -> bool:
        if mark.exists():
            return False
        mark.touch()
        return True

    _begin(folder, models)
    _before_reading(name, first)


def _before_reading(name: str, dies: Any) -> None:
    read = processes.read

    def deadly(item: Any) -> bytes | None:
        if item.path == name and dies():
            os.kill(os.getpid(), signal.SIGKILL)
        return read(item)

    processes.read = deadly


class DeadlyProcesses(Processes):
    """A file called ``name`` ends whoever reads it."""

    def __init__(self, workers: int, name: str) -> None:
        super().__init__(workers)
        self._name = name

    def _pool(self, workers: int) -> Any:
        pool = super()._pool(workers)
        pool._initializer, pool._initargs = _dies_always, (*pool._initargs, self._name)
        return pool


class MortalProcesses(Processes):
    """The first process that reads a file called ``name`` is killed."""

    def __init__(self, workers: int, name: str, mark: Path) -> None:
        super().__init__(workers)
        self._name, self._mark = name, mark

    def _pool(self, workers: int) -> Any:
        pool = super()._pool(workers)
        pool._initializer, pool._initargs = _dies_once, (*pool._initargs, self._name, self._mark)
        return pool
