"""``python -m tests.bench.engines [--data DIR]``: what others run a network and an encoder on, with how often
each is right; written to docs/BENCHMARKS.md. Each engine has the weights that ship and a process of its own:
what one takes of the processor or keeps in memory is not another's.

``DIR`` holds the pictures; without it only encoders are measured, and nothing is written.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import encoders, networks
from tests.bench.found import Found
from tests.load.figures import ROOT, machine, write

PAGE = ROOT / "docs" / "BENCHMARKS.md"
WITHOUT = "needs `pip install -r requirements-train.txt`"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.engines", description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        of_texts = options.one in encoders.ENGINES
        found = encoders.measured(options.one) if of_texts else networks.measured(options.one, options.data)
        print(json.dumps(asdict(found)))
        return 0
    tables = [machine(), _table(encoders.ENGINES, "a question", "first passage that answers, MRR", [])]
    if options.data:
        told = f"right of {networks.PICTURES}"
        tables.insert(1, _table(networks.ENGINES, "a picture", told, ["--data", str(options.data)]))
        write("engines", "\n\n".join(tables) + "\n", PAGE)
    return 0


def _table(engines: Sequence[str], one: str, right: str, more: Sequence[str]) -> str:
    """Prints each line as it is measured."""
    lines = [f"| engine | ms {one} | times what ships | {right} | MB |", "|---|---|---|---|---|"]
    base = 0.0
    for name in engines:
        found = _measured(name, more)
        if found is None:
            lines.append(f"| {name} | {WITHOUT} | | | |")
        else:
            base = base or found.milliseconds
            times = found.milliseconds / base
            memory = "" if found.memory is None else f"{found.memory:.0f}"
            lines.append(f"| {name} | {found.milliseconds:.1f} | {times:.2f} | {found.right} | {memory} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _measured(name: str, more: Sequence[str]) -> Found | None:
    """``None`` where it needs a package that is not here."""
    backend = "torch" if name.startswith("ONNX") else "tensorflow"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.engines", "--one", name, *more],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        if "ModuleNotFoundError" in ended.stderr:
            return None
        raise SystemExit(f"{name}:\n{ended.stderr[-3000:]}")
    return Found(**json.loads(ended.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
