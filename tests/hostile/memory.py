"""Megabytes of this process, as Linux counts them."""

import ctypes
import gc
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def is_measured() -> bool:
    return _CLEAR.exists()


def settled() -> float:
    """In use once what is free was given back, by Python and by the C library."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return _read("VmRSS")


def start_peak() -> float:
    """Forgets the highest that was in use; in use now."""
    _CLEAR.write_text("5")
    return _read("VmRSS")


def peak() -> float:
    """The highest in use since ``start_peak``."""
    return _read("VmHWM")


def _read(key: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) / 1024
