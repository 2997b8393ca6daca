"""What an engine is measured by."""

import os
from dataclasses import dataclass

from tests.load import server


@dataclass(frozen=True, slots=True)
class Found:
    """``milliseconds`` for one, the median; how often it is ``right``, in words; and the resident ``memory``
    of its process, in MB, or ``None`` where that process made the graph too, with more than it is run by."""

    milliseconds: float
    right: str
    memory: float | None


def resident() -> float:
    """Of this process, in MB."""
    return server.resident(os.getpid()) * 2**20 / 1e6
