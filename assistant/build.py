"""The composition root: the only place where real models are made."""

import logging
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import triage
from assistant.errors import GalenoError
from assistant.language_model import load_language_model
from assistant.messages import check_messages
from assistant.models import LoadedModels, LookUp, Words
from assistant.rephrasing import Rephraser
from assistant.second_look import SecondLook, load_second_look
from assistant.settings import Settings
from intents.router import load_router
from knowledge_base import medlineplus, mentions, spelling, stopwords
from knowledge_base.encoder import load_encoder
from knowledge_base.retriever import load_retriever
from knowledge_base.schema import LANGUAGES
from vision_models.analyzer import Analyzer, load_analyzer

if TYPE_CHECKING:
    from assistant.remote import Remote

logger = logging.getLogger(__name__)

#: Pixels of the longest side of the pictures that a conversation shows.
VIEW_SIZE = 1024


def build_models(settings: Settings) -> LoadedModels:
    """Loads everything; a part whose files are missing or damaged is left out, and the log says which.

    Raises ``GalenoError`` as ``check_files`` does.
    """
    check_files()
    return LoadedModels(
        load_words(settings), load_eyes(settings), settings, look_up_of(settings), load_rephraser(settings)
    )


def check_files() -> None:
    """Raises ``GalenoError`` where something is missing or damaged that no turn goes without: the sentences,
    the emergency floor, the names of topics."""
    check_messages()
    _require(triage.CARD, triage.load_table)
    _require(mentions.NAMES, lambda: mentions.mentioned_topics(""))
    _require(mentions.CUES, lambda: mentions.mentioned_sections(""))
    _require(stopwords.STOPWORDS, lambda: [stopwords.stopwords(language) for language in LANGUAGES])
    _require(spelling.COMMON_WORDS, lambda: spelling.is_word(""))


def _require(path: Path, read: Callable[[], object]) -> None:
    """Reads a file that every turn needs, of words and of pictures."""
    try:
        read()
    except Exception as error:  # a damaged file raises whatever its own library raises
        raise GalenoError(f"{path} cannot be used ({_reason(error)}): restore it from git") from error


def look_up_of(settings: Settings) -> LookUp | None:
    if settings.look_up == "off":
        return None
    service = medlineplus.SERVICE if settings.look_up == "on" else settings.look_up
    return partial(medlineplus.look_up, service=service)


def load_rephraser(settings: Settings) -> Rephraser | None:
    name = settings.language_model
    if not name:
        return None
    try:
        model = load_language_model(name, settings.threads)
    except Exception as error:  # as above
        logger.error("answers are not rephrased, GALENO_LANGUAGE_MODEL %r is off: %s", name, _reason(error))
        return None
    return Rephraser(model, settings.language_model_seconds)


@cache
def remote_at(url: str) -> "Remote | None":
    """One for all models: where it does not answer, one of them finds out. ``None`` for no address."""
    if not url:
        return None
    from assistant.remote import Remote  # who does not use it does not import it

    return Remote(url)


def load_words(settings: Settings) -> Words | None:
    try:
        encoder = load_encoder(settings.encoder) if settings.encoder else load_encoder()
        router = load_router(encoder_fingerprint=encoder.fingerprint)
        retriever = load_retriever(encoder.fingerprint)
    except Exception as error:  # as above
        logger.error("questions in words are off: %s", _reason(error))
        return None
    second_look = _second_look(encoder.fingerprint)
    remote = remote_at(settings.serve_url)
    if remote is not None:
        from assistant.remote import RemoteEncoder

        encoder = RemoteEncoder(encoder, remote)
    return Words(encoder, router, retriever, second_look)


def _second_look(encoder: str) -> SecondLook | None:
    reason = f"there is none for the encoder {encoder}. Run: python -m assistant.triage_training"
    try:
        second_look = load_second_look(encoder)
    except Exception as error:  # as above
        second_look, reason = None, _reason(error)
    if second_look is None:
        logger.error("the second look for emergencies is off, the floor is not: %s", reason)
    return second_look


def load_eyes(settings: Settings) -> Analyzer | None:
    remote = remote_at(settings.serve_url)
    try:
        if remote is None:
            return load_analyzer(threads=settings.threads, view_size=VIEW_SIZE)
        from assistant.remote import RemoteNetwork

        through = partial(RemoteNetwork, remote=remote)
        return load_analyzer(threads=settings.threads, view_size=VIEW_SIZE, through=through)
    except Exception as error:  # as above
        logger.error("reading images is off: %s", _reason(error))
        return None


def _reason(error: Exception) -> str:
    """The first line of what it says, or its name."""
    return (str(error).splitlines() or [type(error).__name__])[0]
