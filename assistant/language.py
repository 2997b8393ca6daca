"""Which of the two languages a person writes in."""

import re
from functools import cache
from typing import Literal

from lingua import Language as Tongue
from lingua import LanguageDetector, LanguageDetectorBuilder

Language = Literal["en", "es"]

#: Below this lead of one language over the other a text says nothing about its language.
MARGIN = 0.3
_SPANISH_SIGNS = re.compile(r"[¿¡ñáéíóú]", re.IGNORECASE)
#: Common words of one language only: a short text is told by them better than by statistics.
_ONLY_SPANISH = frozenset(
    (
        "que",
        "es",
        "un",
        "una",
        "el",
        "los",
        "las",
        "del",
        "y",
        "en",
        "con",
        "por",
        "para",
        "como",
        "cual",
        "cuales",
        "mi",
        "mis",
        "se",
        "hay",
        "tiene",
        "tengo",
        "puede",
        "cuando",
        "donde",
        "quien",
        "porque",
        "si",
        "hola",
        "buenas",
        "vale",
        "gracias",
        "adios",
        "ayuda",
        "neumonia",
        "sintomas",
        "radiografia",
        "resonancia",
        "tratamiento",
        "pronostico",
        "contagio",
        "prevencion",
        "dime",
        "dame",
        "deme",
        "diga",
        "la",
        "lo",
        "tu",
        "su",
        "sus",
        "esto",
        "esta",
        "este",
        "muy",
        "pero",
    )
)
_ONLY_ENGLISH = frozenset(
    (
        "what",
        "is",
        "an",
        "the",
        "of",
        "and",
        "in",
        "with",
        "how",
        "which",
        "my",
        "do",
        "does",
        "can",
        "are",
        "for",
        "to",
        "i",
        "have",
        "when",
        "where",
        "who",
        "why",
        "hello",
        "hi",
        "hey",
        "yes",
        "thanks",
        "bye",
        "help",
        "pneumonia",
        "symptoms",
        "treatment",
        "prognosis",
        "prevention",
        "it",
        "this",
        "that",
    )
)
_LETTERS = re.compile(r"[^\W\d_]")
#: So much of a text shows the language to speak in before it is answered.
TELLING = 400


def detect_language(text: str, default: Language) -> Language:
    """The language of ``text``, or ``default`` where it does not tell ("ok", "COVID-19?", "🙂")."""
    if _SPANISH_SIGNS.search(text):
        return "es"
    if len(_LETTERS.findall(text)) < 3:
        return default
    words = set(re.findall(r"\w+", text.lower()))
    spanish, english = len(words & _ONLY_SPANISH), len(words & _ONLY_ENGLISH)
    if spanish != english:
        return "es" if spanish > english else "en"
    if len(words) == 1:
        return default
    written = text.encode("utf-8", "ignore").decode()  # the detector takes no halves of characters
    shares = {
        value.language: value.value for value in _detector().compute_language_confidence_values(written)
    }
    lead = shares.get(Tongue.SPANISH, 0.0) - shares.get(Tongue.ENGLISH, 0.0)
    if abs(lead) < MARGIN:
        return default
    return "es" if lead > 0 else "en"


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(Tongue.ENGLISH, Tongue.SPANISH).build()
