"""The models while they are being loaded: the page is there first, words are answered next, then pictures."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Lock, Thread
from typing import NamedTuple, TypeVar

from assistant import build
from assistant.models import LookUp, Part, Words
from assistant.rephrasing import Rephraser
from assistant.settings import Settings
from vision_models.analyzer import Analyzer

T = TypeVar("T")


def coming_models(settings: Settings) -> "ComingModels":
    """Models that load once they are told to. Raises ``GalenoError`` as ``build.check_files`` does."""
    build.check_files()
    return ComingModels(
        settings, build.load_words, build.load_eyes, build.load_rephraser, build.look_up_of(settings)
    )


class _Parts(NamedTuple):
    words: Future[Words | None]
    analyzer: Future[Analyzer | None]
    rephraser: Future[Rephraser | None]


class ComingModels:
    """``Models`` whose parts come one after the other, in one thread: more would only take the processor from
    each other. They begin to when ``begin`` is called, or a part is asked for. Answers are rephrased once the
    model for it is there."""

    def __init__(
        self,
        settings: Settings,
        words: Callable[[Settings], Words | None],
        analyzer: Callable[[Settings], Analyzer | None],
        rephraser: Callable[[Settings], Rephraser | None],
        look_up: LookUp | None = None,
    ) -> None:
        self._settings = settings
        self._look_up = look_up
        self._loads = (words, analyzer, rephraser)
        self._lock = Lock()
        self._begun: _Parts | None = None

    def begin(self) -> None:
        """Returns at once."""
        self._parts()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def words(self) -> Words | None:
        return self._parts().words.result()

    @property
    def analyzer(self) -> Analyzer | None:
        return self._parts().analyzer.result()

    @property
    def look_up(self) -> LookUp | None:
        return self._look_up

    @property
    def rephraser(self) -> Rephraser | None:
        return self._parts().rephraser.result() if self._parts().rephraser.done() else None

    def is_ready(self, part: Part) -> bool:
        return (self._parts().words if part == "words" else self._parts().analyzer).done()

    def _parts(self) -> _Parts:
        with self._lock:
            if self._begun is None:
                self._begun = _Parts(Future(), Future(), Future())
                Thread(target=self._load, args=(self._begun,), name="load", daemon=True).start()
            return self._begun

    def _load(self, parts: _Parts) -> None:
        words, analyzer, rephraser = self._loads
        _fulfil(parts.words, partial(words, self._settings))
        _fulfil(parts.analyzer, partial(analyzer, self._settings))
        _fulfil(parts.rephraser, partial(rephraser, self._settings))


def _fulfil(promise: Future[T], load: Callable[[], T]) -> None:
    try:
        promise.set_result(load())
    except BaseException as error:  # whoever asks for the part is told
        promise.set_exception(error)
