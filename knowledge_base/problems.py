"""What can be wrong with the articles and what is made from them, said so that it can be mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``line`` counts from 1."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        place = Path(*self.path.parts[-3:])
        return f"{place}:{self.line}: {self.sentence}"


class ArticleError(ValueError):
    """The articles cannot be used as they are. The message has one line for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


class StaleIndexError(RuntimeError):
    """What was made from the articles, or with the encoder, is of others than those in use; or is damaged."""
