"""``python -m tests.bench [--data DIR]``: measures all of ``rows``, then what others run (``engines``) on the
pictures in ``DIR``, where there are some, and writes docs/BENCHMARKS.md and its JSON.

``-k`` measures some of the rows, as pytest understands it, and only prints.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.bench import accuracy, engines, page
from tests.load.figures import ROOT, machine, versions, write

HERE = Path(__file__).parent
PAGE, SAVED = ROOT / "docs" / "BENCHMARKS.md", ROOT / "docs" / "benchmarks.json"
#: What was tried for a row whose reach was missed, by its key.
TRIED = {
    "image": "Beside the passes and the decode, some ten steps of about a millisecond each: bringing the "
    "picture from the decoder, making it smaller twice, CLAHE, the picture to look at, the check of the map. "
    "Tried, and kept: decoding at half size, which the limit beside it has too; a blur in a fifth of the "
    "time; one channel of a grey picture. Tried for nothing: OpenCV in one thread. Fewer than 1,024 pixels "
    "would do for the networks, not for who looks at the picture.",
    "screen": "Files are read, decoded and made smaller as well, which grows with their pixels where the "
    "passes do not: of the same pictures, those of up to 512 pixels take 1.38 times their passes. Tried, and "
    "kept: as many processes as processors, each with its own networks; OpenCV in one thread in them (a "
    "seventh more images a second); one channel of a grey picture (a tenth). Decoding a JPEG of fewer than "
    "2,048 pixels at half size would change what is read.",
}


def main(arguments: list[str] | None = None) -> int:
    """1 where a benchmark failed or a reach was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("-k", dest="some", default="")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args(arguments)
    saved: list[dict[str, Any]] = []
    failed = [path for path in sorted(HERE.glob("bench_*.py")) if not _measure(path, options.some, saved)]
    measured = page.read(saved)
    table = page.as_markdown(measured, TRIED, f"{date.today().isoformat()}, {machine()}, {versions()}.")
    figures = page.accuracy_table(accuracy.before(), accuracy.now())
    print(table)
    if not options.some and not failed:
        write("bench", f"{table}\n{figures}", PAGE)
        SAVED.write_text(json.dumps(_kept(saved), indent=1) + "\n", "utf-8")
        engines.main(["--data", str(options.data)] if options.data and options.data.is_dir() else [])
    return 1 if failed or any(found.missed for found in measured) else 0


def _measure(path: Path, some: str, saved: list[dict[str, Any]]) -> bool:
    """Adds to ``saved`` what a file measures, in a process of its own; whether all of it could be."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "bench.json"
        ended = subprocess.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "pytest",
                    str(path),
                    "-o",
                    "python_files=bench_*.py",
                    "-q",
                    "-k",
                    some,
                ),
                *("--benchmark-only", "--benchmark-quiet", f"--benchmark-json={kept}"),
            ],
            cwd=ROOT,
            check=False,
        )
        if kept.is_file() and kept.stat().st_size:
            saved += json.loads(kept.read_text("utf-8"))["benchmarks"]
    return ended.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _kept(benchmarks: list[dict[str, Any]]) -> dict[str, object]:
    """Of what pytest-benchmark saves: the figures, and nothing that names this machine or its user."""
    return {
        "when": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "benchmarks": [
            {
                "name": benchmark["name"],
                **benchmark["extra_info"],
                **{name: benchmark["stats"][name] for name in ("median", "iqr", "rounds")},
            }
            for benchmark in benchmarks
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
