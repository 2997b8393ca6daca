"""How fast one visitor may ask: as many turns a minute as a person can read, and no more."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

#: Turns in a ``WINDOW`` of seconds.
TURNS, WINDOW = 30, 60.0


class Pace:
    """The moments of a visitor's last turns; nothing else about them."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._moments: deque[float] = deque(maxlen=TURNS)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Pace":
        """``gr.State`` copies its first value for every visitor: each gets one of their own."""
        return Pace(self._now)

    def wait(self) -> int:
        """Seconds until the next turn may come; 0 where it may come now, which then counts."""
        now = self._now()
        if len(self._moments) == TURNS and now - self._moments[0] < WINDOW:
            return max(1, round(WINDOW - (now - self._moments[0])))
        self._moments.append(now)
        return 0
