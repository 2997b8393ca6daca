"""Where the process takes its memory from, and when it gives it back."""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterator

#: What ``mallopt`` calls the most places that memory is taken from (malloc.h), and how many there are to be.
M_ARENA_MAX, ARENAS = -8, 1


def keep_memory_together() -> None:
    """glibc takes memory from a place for each thread, up to eight a processor, and what is freed in one
    serves no other: from one place sixty visitors take a fifth less, and wait no longer."""
    if "MALLOC_ARENA_MAX" not in os.environ:
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """While a server is put together no garbage is looked for, of which there is hardly any; and what
    stands at the end stays, so no later collection looks through it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_memory_back() -> None:
    """What was freed in between what is still used glibc keeps: this hands those pages to the system. Whoever
    asks for memory meanwhile waits for it, some milliseconds."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
