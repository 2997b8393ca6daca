"""The composition root: the only place where real models are made."""

import logging
from functools import partial

from assistant.language_model import load_language_model
from assistant.rephrasing import Rephraser
from assistant.respond import LookUp, Models, Words
from assistant.second_look import load_second_look
from assistant.settings import Settings
from intents.router import load_router
from knowledge_base import medlineplus
from knowledge_base.encoder import load_encoder
from knowledge_base.retriever import load_retriever
from vision_models.analyzer import Analyzer, load_analyzer
from vision_models.card import ModelError

logger = logging.getLogger(__name__)

#: Pixels of the longest side of the pictures that a conversation shows.
VIEW_SIZE = 1024


def build_models(settings: Settings) -> Models:
    """Loads everything; a part whose files are missing or damaged is left out, and the log says which."""
    return Models(_words(settings), _analyzer(settings), settings, _look_up(settings), _rephraser(settings))


def _look_up(settings: Settings) -> LookUp | None:
    if settings.look_up == "off":
        return None
    service = medlineplus.SERVICE if settings.look_up == "on" else settings.look_up
    return partial(medlineplus.look_up, service=service)


def _rephraser(settings: Settings) -> Rephraser | None:
    name = settings.language_model
    if not name:
        return None
    try:
        model = load_language_model(name, settings.threads)
    except Exception as error:  # a damaged file raises whatever its own library raises
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        logger.error("answers are not rephrased, GALENO_LANGUAGE_MODEL %r is off: %s", name, reason)
        return None
    return Rephraser(model, settings.language_model_seconds)


def _words(settings: Settings) -> Words | None:
    try:
        encoder = load_encoder(settings.encoder) if settings.encoder else load_encoder()
        router = load_router(encoder_fingerprint=encoder.fingerprint)
        retriever = load_retriever(encoder.fingerprint)
        second_look = load_second_look(encoder.fingerprint)
        if second_look is None:
            logger.warning(
                "the second look for emergencies is off, the floor is not: it was made for another encoder "
                "than %s. Run: python -m assistant.triage_training",
                encoder.fingerprint,
            )
        return Words(encoder, router, retriever, second_look)
    except Exception as error:  # a damaged file raises whatever its own library raises
        logger.error("questions in words are off: %s", error)
        return None


def _analyzer(settings: Settings) -> Analyzer | None:
    try:
        return load_analyzer(threads=settings.threads, view_size=VIEW_SIZE)
    except ModelError as error:
        logger.error("reading images is off: %s", error)
        return None
