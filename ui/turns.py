"""One turn beside the page: it runs in a thread of its own, and its steps are told as they happen."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Event, Semaphore
from typing import Protocol

from assistant.conversation import Conversation, Reply, Step, Turn

Outcome = tuple[Reply, Conversation]


class Answer(Protocol):
    """``assistant.respond.respond`` with its models bound, or a fake of it."""

    def __call__(
        self, turn: Turn, conversation: Conversation, on_step: Callable[[Step], None] | None = None
    ) -> Outcome: ...


#: Seconds between two looks at whether the turn should stop, while nothing happens.
LOOK_UP = 0.1

#: Seconds without a sign of life after which a turn is given up.
PATIENCE = 60.0


class TurnStoppedError(Exception):
    """The person did not want to wait for the reply."""


class TurnTooSlowError(Exception):
    """Nothing was heard of the turn for too long."""


def never() -> bool:
    return False


def run_turn(
    answer: Answer,
    turn: Turn,
    conversation: Conversation,
    stop: Callable[[], bool] = never,
    patience: float = PATIENCE,
    working: Semaphore | None = None,
) -> Iterator[Step | Outcome]:
    """Yields each step as it happens, and last the reply with the new conversation.

    ``working`` has the places of those that may work at once; this one waits for a place, and gives it back
    before it yields the reply, which takes its time to be shown.

    What ``answer`` raises is raised here, ``TurnStoppedError`` once ``stop`` says so, ``TurnTooSlowError``
    where no step was told for ``patience`` seconds: the thread then ends at its next step, if it has one.
    """
    steps: SimpleQueue[Step | None] = SimpleQueue()
    over = Event()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn")

    def tell(step: Step) -> None:
        if over.is_set() or stop():
            raise TurnStoppedError
        steps.put(step)

    def finish(_: Future[Outcome]) -> None:
        steps.put(None)

    try:
        with _place(working, stop):
            future = pool.submit(answer, turn, conversation, on_step=tell)
            future.add_done_callback(finish)
            heard = time.monotonic()
            while True:
                if stop():
                    raise TurnStoppedError
                try:
                    step = steps.get(timeout=LOOK_UP)
                except Empty:
                    if time.monotonic() - heard > patience:
                        raise TurnTooSlowError from None
                    continue
                if step is None:
                    break
                yield step
                heard = time.monotonic()
            outcome = future.result()
        yield outcome
    finally:
        over.set()
        pool.shutdown(wait=False)


@contextmanager
def _place(working: Semaphore | None, stop: Callable[[], bool]) -> Iterator[None]:
    """Among those that may work at once; ``TurnStoppedError`` where ``stop`` says so before there is one."""
    if working is None:
        yield
        return
    while not working.acquire(timeout=LOOK_UP):
        if stop():
            raise TurnStoppedError
    try:
        yield
    finally:
        working.release()
