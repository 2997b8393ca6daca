"""What came of a crowd beside its goals, in words and as the table of ``docs/LOAD.md``."""

import os
import platform
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tests.load.crowd import Kind, Record

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "LOAD.md"

#: Seconds from sending to the end of the answer that 95 of 100 turns may take.
SLOWEST: dict[Kind, float] = {"text": 1.5, "image": 6.0}
#: Share of the memory after warming up that may be added until the end.
GROWTH = 0.05
#: Shares of the time after warming up over which the memory at its beginning and at its end is taken.
ENDS = 0.1
KINDS: tuple[tuple[Kind, str], ...] = (
    ("page", "opening the page"),
    ("upload", "uploading a picture"),
    ("text", "a text"),
    ("image", "a picture"),
)


@dataclass(frozen=True, slots=True)
class Burst:
    """``sent`` at once, ``refused`` answers to that, ``told`` in which words, ``answered`` in the end within
    ``seconds``, and ``after``: the seconds of a text right after it."""

    sent: int
    refused: int
    told: str
    answered: int
    seconds: float
    after: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One run. ``memory`` as (second, MiB); ``server``, ``people`` and ``others`` (what else ran on the
    machine) are processors in use, on average; ``errors`` are lines of the server's log, ``left`` uploads
    that were not deleted."""

    visitors: int
    seconds: float
    warm_up: float
    visits: int
    records: Sequence[Record]
    told: Sequence[str]
    memory: Sequence[tuple[float, float]]
    server: float
    people: float
    others: float
    errors: Sequence[str]
    left: int
    burst: Burst | None = None

    def times(self, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
        """Seconds until the first words, and until the end."""
        done = [record for record in self.records if record.kind == kind and not record.fault]
        return np.array([record.first for record in done]), np.array([record.whole for record in done])

    def faults(self) -> list[tuple[str, int]]:
        return Counter(record.fault for record in self.records if record.fault).most_common()

    def warm(self) -> tuple[float, float, float]:
        """MiB at the beginning and at the end of what follows the warm-up, and MiB an hour between them."""
        kept = [(at, size) for at, size in self.memory if self.warm_up <= at <= self.seconds]
        seconds, sizes = np.array(kept).T
        ends = max(1, round(ENDS * len(sizes)))
        slope = np.polyfit(seconds, sizes, 1)[0] if len(sizes) > 1 else 0.0
        return float(np.median(sizes[:ends])), float(np.median(sizes[-ends:])), float(3600 * slope)

    def missed(self) -> list[str]:
        """A sentence for each goal that was missed."""
        return self.amiss() + self.late()

    def amiss(self) -> list[str]:
        """The goals that a slow machine is no excuse for."""
        said = [f"{count} times: {fault}" for fault, count in self.faults()]
        if self.told:
            said.append(f"{len(self.told)} refusals where there should be room: {self.told[0]}")
        begin, end, _ = self.warm()
        if end > begin * (1 + GROWTH):
            grown = f"{end / begin - 1:.1%}, from {begin:.0f} to {end:.0f} MiB"
            said.append(f"memory grew by {grown}; the goal is {GROWTH:.0%}")
        if self.errors:
            said.append(f"{len(self.errors)} errors in the log, the first: {self.errors[0]}")
        if self.left:
            said.append(f"{self.left} uploads were left behind")
        if self.burst is not None and not self.burst.refused:
            said.append(f"nobody was refused of {self.burst.sent} at once, so that was not tried")
        if self.burst is not None and self.burst.answered < self.burst.sent:
            lost = self.burst.sent - self.burst.answered
            said.append(f"{lost} of a burst of {self.burst.sent} were never answered")
        return said

    def late(self) -> list[str]:
        """The goals in seconds."""
        said = []
        for kind, slowest in SLOWEST.items():
            whole = self.times(kind)[1]
            reached = float(np.percentile(whole, 95)) if len(whole) else np.inf
            if reached > slowest:
                said.append(f"p95 of {kind} is {reached:.2f} s; the goal is {slowest} s")
        if self.burst is not None and self.burst.after > SLOWEST["text"]:
            said.append(f"after the burst a text took {self.burst.after:.2f} s")
        return said


def as_markdown(summary: Summary) -> str:
    """The run in Markdown: what ran where, times, the rest beside the goals."""
    begin, end, slope = summary.warm()
    lines = [
        f"{date.today().isoformat()}, {machine()}, {versions()}. {summary.visitors} visitors at a time for "
        f"{summary.seconds / 60:.0f} minutes, {summary.visits} in all.",
        "",
        "| seconds | how many | first words, p50 | p95 | end, p50 | p95 | slowest | goal, p95 |",
        "|---|---|---|---|---|---|---|---|",
        *(_times(summary, kind, words) for kind, words in KINDS),
        "",
        "| | measured | goal |",
        "|---|---|---|",
        f"| errors, mix-ups, wrong answers | {sum(count for _, count in summary.faults())} | 0 |",
        f"| told to wait | {len(summary.told)} | 0 |",
        f"| errors in the log | {len(summary.errors)} | 0 |",
        f"| memory after {summary.warm_up / 60:.0f} minutes, and at the end | {begin:.0f} MiB, {end:.0f} MiB "
        f"({end / begin - 1:+.1%}; {slope:+.0f} MiB an hour) | under {GROWTH:+.0%} |",
        f"| processors in use: Galeno, the visitors beside it, anything else | {summary.server:.2f}, "
        f"{summary.people:.2f}, {summary.others:.2f} | |",
    ]
    if summary.burst is not None:
        burst = summary.burst
        lines += [
            "",
            f"Then {burst.sent} messages at the same moment: the server refused {burst.refused} times "
            f"(“{burst.told}”), and after trying again {burst.answered} were answered within "
            f"{burst.seconds:.0f} s. A text after it took {burst.after:.2f} s.",
        ]
    missed = summary.missed()
    lines += [
        "",
        "Every goal was met." if not missed else "Missed:",
        *(f"- {sentence}" for sentence in missed),
    ]
    return "\n".join(lines) + "\n"


def _times(summary: Summary, kind: Kind, words: str) -> str:
    first, whole = summary.times(kind)
    if not len(whole):
        return f"| {words} | 0 | | | | | | |"
    of_first = (
        [f"{seconds:.2f}" for seconds in np.percentile(first, [50, 95])] if kind in SLOWEST else ["", ""]
    )
    of_whole = [f"{seconds:.2f}" for seconds in np.percentile(whole, [50, 95, 100])]
    goal = f"{SLOWEST[kind]}" if kind in SLOWEST else ""
    return f"| {words} | {len(whole)} | {' | '.join([*of_first, *of_whole, goal])} |"


def machine() -> str:
    """How many processors there are, and which."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = names[0].partition(":")[2].strip() if names else platform.processor()
    return f"{os.cpu_count()} cores ({name})"


def versions() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"Galeno {project['version']}, gradio {version('gradio')}, Python {platform.python_version()}"


def write(name: str, table: str, page: Path = PAGE) -> None:
    """Puts ``table`` between the marks of ``name``. Raises ``ValueError`` where they are missing."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: written by `make {name}` -->", f"<!-- end of {name} -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(
            f"{page} has no line {begin!r} followed by {end!r}: put them where the figures belong"
        )
    page.write_text(f"{head}{begin}\n\n{table}\n{end}{tail}", encoding="utf-8")
