"""Where everything is caught: the log gets the place, the person gets an apology with a number."""

import logging
import secrets
import traceback

from assistant.conversation import Language
from assistant.errors import GalenoError
from ui.texts import load_texts
from ui.turns import TurnTooSlowError

logger = logging.getLogger(__name__)


def apologise(error: BaseException, language: Language) -> str:
    """The sentence to show for ``error``: its own where it is meant for the person, else an apology.

    The apology's reference number is in the log.
    The log has the type and the lines of code, never ``str(error)``: that may hold a person's words.
    """
    if isinstance(error, GalenoError):
        return str(error)
    reference = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("turn failed, reference %s: %s\n%s", reference, type(error).__name__, frames)
    texts = load_texts(language)
    if isinstance(error, TurnTooSlowError):
        return texts("errors.too_slow", reference=reference)
    return texts("errors.apology", reference=reference)
