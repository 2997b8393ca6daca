"""The folder that uploads lie in until their turn has read them: private, and empty of what nobody sent.

Gradio sweeps only the files that it remembers: not those of a connection that broke, nor those of a process
that was killed. So the folder is emptied when Galeno begins, and what is old in it goes while Galeno runs.
"""

import contextlib
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

#: The folders of ours begin so; then comes the number of the process, and what nobody can know before.
PREFIX = "galeno-"

#: No folder that there can be: nothing is written where nothing can be.
NOWHERE = "/dev/null/galeno"

#: Seconds: how often the folder is swept, and how long a file may lie in it.
EVERY, OLDEST = 300, 900


def prepare(environment: MutableMapping[str, str] = os.environ) -> Path | None:
    """Makes the folder, tells Gradio of it, empties it, and begins to sweep it.

    It is this process's own, in the folder that ``GRADIO_TEMP_DIR`` names or in the one for temporary files;
    those that killed processes left there are removed, and nothing else. ``None`` where nothing can be
    written there: Galeno goes on without files, and the log says what to do.
    """
    parent = Path(environment.get("GRADIO_TEMP_DIR") or _temporary())
    remove_left_behind(parent)
    environment["GRADIO_TEMP_DIR"] = NOWHERE
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        logger.error(
            "no file can be taken, questions in words can: %s cannot be written (%s). "
            "Set GRADIO_TEMP_DIR to a folder that can, and start again",
            parent,
            error.strerror,
        )
        _let_gradio_start()
        return None
    environment["GRADIO_TEMP_DIR"] = str(folder)
    threading.Thread(target=_sweep_on, args=(folder,), daemon=True, name="sweep").start()
    return folder


class Sweeper:
    """Deletes what has lain in ``folder`` for ``oldest`` seconds, on a watch that nobody sets: the times of
    the files themselves mean nothing once the clock was set back or forward."""

    def __init__(
        self, folder: Path, oldest: float = OLDEST, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._oldest = oldest
        self._now = now
        self._first_seen: dict[Path, float] = {}

    def sweep(self) -> int:
        """Deletes the files seen first so long ago, and folders that are empty then; says how many files."""
        now, swept = self._now(), 0
        there: dict[Path, float] = {}

        def is_old(path: Path) -> bool:
            there[path] = self._first_seen.get(path, now)
            return now - there[path] >= self._oldest

        for place, _, names in os.walk(self._folder, topdown=False):
            for path in (Path(place, name) for name in names):
                if is_old(path):
                    with contextlib.suppress(OSError):
                        path.unlink()
                        swept += 1
            if Path(place) != self._folder and is_old(Path(place)):  # a new one may be waiting for its file
                with contextlib.suppress(OSError):
                    Path(place).rmdir()
        self._first_seen = there
        return swept


def remove_left_behind(parent: Path) -> None:
    """Removes the folders of processes that are no more. One of this number is of another before this one:
    in a container each has the same."""
    for folder in parent.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdecimal() and not _is_another(int(number)) and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


class _OptionalFolder(type(Path())):  # type: ignore[misc]
    """A path whose folder need not come to be."""

    def mkdir(self, *arguments: Any, **options: Any) -> None:
        with contextlib.suppress(OSError):
            super().mkdir(*arguments, **options)


def _let_gradio_start() -> None:
    """Gradio makes a folder at the start, for a workshop that Galeno has not, and would end without it."""
    from gradio import routes

    routes.Path = _OptionalFolder


def _temporary() -> str:
    """Where temporary files go; on a disk where none can be written, where they would. Gradio asks for it
    too, and would end there."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = "/tmp"
        return tempfile.tempdir


def _is_another(process: int) -> bool:
    """Whether it runs, and is not this one."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _sweep_on(folder: Path) -> None:
    sweeper = Sweeper(folder)
    while True:
        if swept := sweeper.sweep():
            logger.info("%d uploads that nobody sent were deleted", swept)
        time.sleep(EVERY)
