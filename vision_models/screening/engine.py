"""What reads the images of a run, one after the other, in processes, or on a cluster."""

from collections.abc import Generator, Sequence
from typing import Protocol

from vision_models.analyzer import Analyzer
from vision_models.screening.rows import Row, row
from vision_models.screening.source import Item, read


class Engine(Protocol):
    """``models``: the fingerprint of those that it reads with. ``cores``: how many it uses, once it reads."""

    @property
    def models(self) -> str: ...

    @property
    def cores(self) -> int: ...

    def rows(self, items: Sequence[Item]) -> Generator[Row]:
        """A row for each of ``items``, in their order; may be closed before the end. Raises ``ScreenError``
        or ``ModelError``."""
        ...


class InProcess:
    """One image after the other, here."""

    cores = 1

    def __init__(self, analyzer: Analyzer, models: str) -> None:
        self._analyzer = analyzer
        self.models = models

    def rows(self, items: Sequence[Item]) -> Generator[Row]:
        for item in items:
            yield row(item.path, read(item), self._analyzer)
