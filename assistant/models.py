"""What a turn runs on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.conversation import Language
from assistant.rephrasing import Rephraser
from assistant.second_look import SecondLook
from assistant.settings import Settings
from intents.router import Router
from knowledge_base.encoder import Encoder
from knowledge_base.medlineplus import Link
from knowledge_base.retriever import Retriever
from vision_models.analyzer import Analyzer


@dataclass(frozen=True, slots=True)
class Words:
    """What a question in words needs; they only work together. Another encoder has no ``second_look``."""

    encoder: Encoder
    router: Router
    retriever: Retriever
    second_look: SecondLook | None = None


#: A part of ``Models`` that takes its time to load.
Part = Literal["words", "analyzer"]

#: From a term and a language to pages elsewhere; raises ``LookUpError``.
LookUp = Callable[[str, Language], tuple[Link, ...]]


class Models(Protocol):
    """Everything a turn runs on. ``None`` is a part that could not be loaded, or, for ``look_up`` and
    ``rephraser``, that whoever hosts Galeno switched off or did not bring; the rest goes on.

    A part may still be on its way: whoever asks for it waits. ``is_ready`` says so beforehand.
    """

    @property
    def words(self) -> Words | None: ...

    @property
    def analyzer(self) -> Analyzer | None: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def look_up(self) -> LookUp | None: ...

    @property
    def rephraser(self) -> Rephraser | None: ...

    def is_ready(self, part: Part, /) -> bool:
        """Whether ``part`` can be asked for at once, be it ``None``."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """``Models`` that are all there."""

    words: Words | None
    analyzer: Analyzer | None
    settings: Settings
    look_up: LookUp | None = None
    rephraser: Rephraser | None = None

    def is_ready(self, _part: Part, /) -> bool:
        return True
