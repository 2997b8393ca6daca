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
        rows: dict[str, dict[str, list[int]]] = {}
        for row, passage in enumerate(self.passages):
            rows.setdefault(passage.topic, {}).setdefault(passage.section, []).append(row)
        self._rows = {
            topic: {section: np.array(found, np.intp) for section, found in sections.items()}
            for topic, sections in rows.items()
        }

    def get(self, passage_id: str) -> Passage | None:
        return self._by_id.get(passage_id)

    def first(self, topic: str, section: str | None) -> Passage | None:
        """The first passage of a section; ``None`` where the topic has no such section."""
        rows = self._rows.get(topic, {}).get(section or "", _NONE)
        return self.passages[rows[0]] if rows.size else None

    def sections(self, topic: str) -> tuple[str, ...]:
        """The sections of a topic, in the order of its passages."""
        return tuple(self._rows.get(topic, {}))

    def rows(self, topic: str, section: str) -> Rows:
        """The rows of a section's passages."""
        return self._rows.get(topic, {}).get(section, _NONE)
