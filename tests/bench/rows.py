"""What is measured and what it should reach. Pure: ``docs/BENCHMARKS.md`` is made of these, in this order."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """``reach`` for the measured value, in ``unit``; ``ratio`` for its share of the bare limit ``beside`` it,
    ``None`` where there is none."""

    key: str
    title: str
    unit: Literal["s", "ms", "MB", "/s", "x"]
    reach: float
    better: Literal["less", "more"] = "less"
    beside: str = ""
    ratio: float | None = None

    def times(self, value: float, bare: float) -> float:
        """How many times what is bare it takes."""
        return value / bare if self.better == "less" else bare / value

    def missed(self, value: float, bare: float | None = None) -> str:
        """By how much the reach was missed, in words; empty where it was not."""
        missed = []
        over = value - self.reach if self.better == "less" else self.reach - value
        if over > 0:
            missed.append(f"{over:.3g} {self.unit} {'too much' if self.better == 'less' else 'too few'}")
        if self.ratio is not None and bare and self.times(value, bare) > self.ratio:
            missed.append(f"{self.times(value, bare):.2f} x, not {self.ratio} x")
        return ", ".join(missed)


ROWS = (
    Row("page", "`python app.py` until the page answers", "s", 4.0),
    Row("first_text", "first text answer, from process start", "s", 6.0),
    Row("first_reading", "first reading, from process start", "s", 7.0),
    Row("memory", "resident memory after a text and an image turn", "MB", 900.0),
    Row("text", "text turn, median", "ms", 20.0, beside="the encoder alone", ratio=1.6),
    Row("text_slow", "text turn, p95", "ms", 40.0),
    Row("emergency", "emergency answer", "ms", 5.0),
    Row(
        "image",
        "image turn, a JPEG of 2048 x 2048",
        "ms",
        150.0,
        beside="its passes and the decode",
        ratio=1.5,
    ),
    Row("screen", "`screen`, images of 224 to 1024 pixels", "/s", 45.0, "more", "the passes made", 1.4),
    Row("passages", "text turn with 100,000 passages, against the 295", "x", 2.0),
    Row(
        "visitors",
        "answers a second to 60 visitors at once, against the most to 1, 4 or 16",
        "x",
        1.0,
        "more",
    ),
    Row("words", "first words after the send", "ms", 100.0),
)
