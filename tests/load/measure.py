"""A crowd on a server, measured: who came, how long they waited, and what the server took."""

import asyncio
import os
import time
from collections.abc import Callable

from tests.load.crowd import READING, Crowd
from tests.load.figures import Burst, Summary
from tests.load.server import Server, Watch, busy_seconds, processor_seconds


async def crowd(
    server: Server,
    visitors: int,
    seconds: float,
    warm_up: float,
    ramp: float = 20.0,
    reading: tuple[float, float] = READING,
    tell: Callable[[str], None] | None = None,
) -> Summary:
    """``tell`` hears a line each minute."""
    people, watch = Crowd(server.url, server.layout, reading), Watch(server.pid)
    began = time.monotonic()
    before = _spent(server)
    beside = [asyncio.create_task(watch.run())]
    if tell is not None:
        beside.append(asyncio.create_task(_report(people, watch, tell)))
    try:
        await people.come(visitors, seconds, ramp)
    finally:
        for task in beside:
            task.cancel()
    took = time.monotonic() - began
    galeno, own, all_of_it = ((now - then) / took for now, then in zip(_spent(server), before, strict=True))
    return Summary(
        visitors=visitors,
        seconds=seconds,
        warm_up=warm_up,
        visits=people.visits,
        records=people.records,
        told=people.told,
        memory=watch.memory,
        server=galeno,
        people=own,
        others=max(0.0, all_of_it - galeno - own),
        errors=server.errors(),
        left=len(server.leftovers()),
    )


async def burst(server: Server, visitors: int) -> Burst:
    """More than fit in at once; then one visitor more."""
    people = Crowd(server.url, server.layout)
    await people.burst(visitors)
    answered = [record for record in people.records if not record.fault]
    after = Crowd(server.url, server.layout)
    await after.burst(1)
    (last,) = after.records
    return Burst(
        sent=visitors,
        refused=len(people.told),
        told=people.told[0] if people.told else "",
        answered=len(answered),
        seconds=max((record.at for record in people.records), default=0.0),
        after=float("inf") if last.fault else last.whole,
    )


def _spent(server: Server) -> tuple[float, float, float]:
    """Processor time of Galeno, of the visitors, and of everything on this machine."""
    return processor_seconds(server.pid), processor_seconds(os.getpid()), busy_seconds()


async def _report(people: Crowd, watch: Watch, tell: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(60)
        faults = sum(bool(record.fault) for record in people.records)
        at, memory = watch.memory[-1]
        tell(f"{at / 60:.0f} min: {len(people.records)} done, {faults} faults, {memory:.0f} MiB")
