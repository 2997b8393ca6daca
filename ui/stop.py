"""The one thing of a visitor that two events share while a turn runs: the wish that it should end.

Gradio's own ``cancels`` drops the running handler and runs the other at the same moment, so that the page is
left with whichever spoke last. Here the turn itself hears the wish and says its last word.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any


class Stop:
    """Asks a visitor's running turn to end, and lets one turn run at a time."""

    def __init__(self) -> None:
        self._asked = Event()
        self._turn = Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Stop":
        """``gr.State`` copies its first value for every visitor: each gets one of their own."""
        return Stop()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Around a turn, however it ends; false where another one runs, and this one must not."""
        if not self._turn.acquire(blocking=False):
            yield False
            return
        self._asked.clear()
        try:
            yield True
        finally:
            self._turn.release()

    def ask(self) -> None:
        self._asked.set()

    def asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Until the turn has ended, or so long."""
        if self._turn.acquire(timeout=seconds):
            self._turn.release()
