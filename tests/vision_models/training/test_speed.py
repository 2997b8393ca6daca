"""The time of one picture: of those that are read, on one thread, whatever the first one costs."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.vision_models.fakes import make_card, make_sample
from vision_models.training import speed

READ_FOR = 0.02


class Analyzer:
    """Refuses every other picture, at once, and takes ``READ_FOR`` seconds for the rest."""

    def __init__(self, model: str) -> None:
        self.model, self.seen = model, 0

    def analyze_array(self, _name: str, _image: np.ndarray) -> Any:
        self.seen += 1
        if self.seen % 2:
            return SimpleNamespace(model=None)
        time.sleep(READ_FOR)
        return SimpleNamespace(model=self.model)


def test_the_median_is_of_the_pictures_that_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    card, asked = make_card("brain_mri"), []
    analyzer = Analyzer(card.model)

    def load(_folder: Path, threads: int) -> Analyzer:
        asked.append(threads)
        return analyzer

    monkeypatch.setattr(speed, "load_analyzer", load)
    store: Any = SimpleNamespace(read=lambda _: np.zeros((8, 8, 3), np.uint8))
    samples = [make_sample() for _ in range(100)]
    taken = speed.milliseconds(card, samples, store, Path("models"))
    assert 1000 * READ_FOR <= taken < 3000 * READ_FOR
    assert (asked, analyzer.seen) == ([1], 2 * speed.PICTURES)
