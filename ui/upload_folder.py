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
from collections.abc import MutableMapping
from pathlib import Path

logger = logging.getLogger(__name__)

#: The folders of ours begin so; what follows is the number of the process.
PREFIX = "galeno-"

#: Seconds: how often the folder is swept, and how old a file in it may be.
EVERY, OLDEST = 300, 900


def prepare(environment: MutableMapping[str, str] = os.environ) -> Path:
    """Makes the folder, tells Gradio of it, empties it, and begins to sweep it.

    ``GRADIO_TEMP_DIR`` names it; without that it is one of this process's own, and those that killed
    processes left behind are removed.
    """
    named = environment.get("GRADIO_TEMP_DIR")
    parent = Path(tempfile.gettempdir())
    folder = Path(named) if named else parent / f"{PREFIX}{os.getpid()}"
    if not named:
        remove_left_behind(parent)
        environment["GRADIO_TEMP_DIR"] = str(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(folder, oldest=0)
    threading.Thread(target=_sweep_on, args=(folder,), daemon=True, name="sweep").start()
    return folder


def sweep(folder: Path, oldest: float = OLDEST) -> int:
    """Deletes the files older than so many seconds, and folders that are empty then; says how many files."""
    limit, swept = time.time() - oldest, 0
    for place, _, names in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            old = Path(place) != folder and Path(place).lstat().st_mtime <= limit
            for name in names:
                path = Path(place, name)
                if path.lstat().st_mtime <= limit:
                    path.unlink()
                    swept += 1
            if old:  # a new one may be waiting for its file
                Path(place).rmdir()
    return swept


def remove_left_behind(parent: Path) -> None:
    """Removes the folders of processes that are no more."""
    for folder in parent.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX)
        if number.isdecimal() and not _runs(int(number)) and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _sweep_on(folder: Path) -> None:
    while True:
        time.sleep(EVERY)
        if swept := sweep(folder):
            logger.info("%d uploads that nobody sent were deleted", swept)
