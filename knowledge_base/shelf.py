"""The passages of one language, found by name, topic and section without looking through them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge_base.schema import Passage

Rows = npt.NDArray[np.intp]

_NONE: Rows = np.zeros(0, np.intp)


class Shelf:
    """``passages`` in a fixed order; the place of each in it is its row."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = tuple(passages)
        self._by_id = {passage.passage_id: passage for passage in self.passages}
        rows: dict[tuple[str | None, str | None], list[int]] = {}
        for row, passage in enumerate(self.passages):
            topic, section = passage.topic, passage.section
            for place in ((topic, section), (topic, None), (None, section)):
                rows.setdefault(place, []).append(row)
        self._rows = {place: np.array(found, np.intp) for place, found in rows.items()}

    def get(self, passage_id: str) -> Passage | None:
        return self._by_id.get(passage_id)

    def first(self, topic: str, section: str | None) -> Passage | None:
        """The first passage of a section; ``None`` where the topic has no such section."""
        rows = self._rows.get((topic, section), _NONE) if section else _NONE
        return self.passages[rows[0]] if rows.size else None

    def sections(self, topic: str) -> tuple[str, ...]:
        """The sections of a topic, in the order of its passages."""
        return tuple(section for of, section in self._rows if of == topic and section)

    def rows(self, topic: str | None, section: str | None) -> Rows:
        """The rows of the passages of a section of a topic; of a topic or a section where the other is
        ``None``."""
        return self._rows.get((topic, section), _NONE)
