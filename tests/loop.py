"""Coroutines in a test: Playwright's loop runs in the main thread, so theirs needs one of its own."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def finish(coroutine: Coroutine[object, object, Result]) -> Result:
    """What comes of it; what it raises is raised here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
