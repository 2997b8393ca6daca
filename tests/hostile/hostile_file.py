"""One hostile file: how it is called, what is in it, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: ``refused``: there is no picture in it. ``read``: there is, and only the gate may refuse what it shows.
#: ``either``: the bytes may give a picture or not; what counts is that it costs little.
Expected = Literal["refused", "read", "either"]

#: Reasons that come before the gate has seen anything.
OF_THE_FILE = frozenset(
    ("missing", "empty", "too_large", "too_small", "odd_shape", "unsupported", "compressed", "unreadable")
)


@dataclass(frozen=True, slots=True)
class HostileFile:
    """``name`` is the file's name as it is sent, ``reasons`` those that a refusal may have, beside the gate's
    where it is not ``refused``. ``make`` gives its bytes anew each time, so that none of them stay."""

    label: str
    name: str
    make: Callable[[], bytes]
    expected: Expected
    why: str
    reasons: tuple[str, ...] = ()


def refused(label: str, make: Callable[[], bytes], why: str, *reasons: str, name: str = "") -> HostileFile:
    return HostileFile(label, name or f"{label}.png", make, "refused", why, reasons)


def read(label: str, make: Callable[[], bytes], why: str, name: str = "") -> HostileFile:
    return HostileFile(label, name or f"{label}.png", make, "read", why)


def either(label: str, make: Callable[[], bytes], why: str, *reasons: str, name: str = "") -> HostileFile:
    return HostileFile(label, name or f"{label}.png", make, "either", why, reasons or ("unreadable",))
