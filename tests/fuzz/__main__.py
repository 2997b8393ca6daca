"""``python -m tests.fuzz --minutes 10``: every property on examples that nobody has seen, for so long.

1 where something was found: its smallest counterexample, and how to see it again, are printed.
"""

import argparse
import logging
import random
import sys
import time
import traceback

from tests.fuzz.profile import SOAK
from tests.fuzz.properties import PROPERTIES, Property


def main(arguments: list[str] | None = None) -> int:
    names = [one.name for one in PROPERTIES]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for all properties together")
    parser.add_argument("--only", choices=names, help="one property alone")
    parser.add_argument("--seed", type=int, help="one round with this seed, to see a finding again")
    options = parser.parse_args(arguments)
    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # what is logged is checked, and not for the terminal
    chosen = [one for one in PROPERTIES if options.only in (None, one.name)]
    share = 60 * options.minutes / len(chosen)
    return max([_run(one, 0.0 if options.seed is not None else share, options.seed) for one in chosen])


def _run(one: Property, seconds: float, number: int | None) -> int:
    """Rounds until the time is over, at least one; 1 where something was found."""
    until, seen = time.monotonic() + seconds, 0
    while True:
        chosen = random.randrange(2**32) if number is None else number
        try:
            seen += one.hold(SOAK, chosen)
        except Exception as error:
            print(f"{one.name}: FOUND after {seen} examples and those of this round")
            print("".join(traceback.format_exception_only(error)).rstrip())
            print(f"see it again: python -m tests.fuzz --only {one.name} --seed {chosen}", flush=True)
            return 1
        if time.monotonic() >= until:
            print(f"{one.name}: {seen} examples, nothing found", flush=True)
            return 0


if __name__ == "__main__":
    sys.exit(main())
