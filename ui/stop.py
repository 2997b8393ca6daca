"""The one thing of a visitor that two events share while a turn runs: the wish that it should end.

Gradio's own ``cancels`` drops the running handler and runs the other at the same moment, so that the page is
left with whichever spoke last. Here the turn itself hears the wish and says its last word.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any


class Stop:
    """Asks a visitor's running turn to end. At most one turn runs at a time."""

    def __init__(self) -> None:
        self._asked = Event()
        self._idle = Event()
        self._idle.set()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Stop":
        """``gr.State`` copies its first value for every visitor: each gets one of their own."""
        return Stop()

    @property
    def running(self) -> bool:
        return not self._idle.is_set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Around a turn, however it ends."""
        self._asked.clear()
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()

    def ask(self) -> None:
        self._asked.set()

    def asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Until the turn has ended, or so long."""
        self._idle.wait(seconds)
