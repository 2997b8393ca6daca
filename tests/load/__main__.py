"""``python -m tests.load load|soak``: a crowd on the real app, and its figures for docs/LOAD.md.

``--minutes`` or ``--visitors`` make it a trial, whose figures are only printed.
"""

import argparse
import asyncio
import sys
from dataclasses import replace

from tests.load import figures, measure
from tests.load.server import running

#: Minutes, and those of them until the memory should be flat: what is kept of a page that was closed goes
#: after ``ui.presence.AWAY``, so that for longer than that there is more of it each minute.
LENGTHS = {"load": (10.0, 7.0), "soak": (60.0, 10.0)}
VISITORS = 60
#: More than ``CONCURRENT_TURNS`` and ``QUEUE_SIZE`` of ``ui/chat.py`` together.
AT_ONCE = 150


def main(arguments: list[str] | None = None) -> int:
    """1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("run", choices=LENGTHS)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--visitors", type=int)
    options = parser.parse_args(arguments)
    minutes, warm_up = LENGTHS[options.run]
    if options.minutes:
        minutes, warm_up = options.minutes, warm_up * options.minutes / minutes
    with running() as server:
        summary = asyncio.run(
            measure.crowd(server, options.visitors or VISITORS, 60 * minutes, 60 * warm_up, tell=_say)
        )
        summary = replace(summary, burst=asyncio.run(measure.burst(server, AT_ONCE)))
    table = figures.as_markdown(summary)
    print(table)
    if not (options.minutes or options.visitors):
        figures.write(options.run, table)
    return 1 if summary.missed() else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
