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
#: Single words are too little for statistics; these are common and of one language only.
_ONLY_SPANISH = frozenset(
    (
        "hola",
        "buenas",
        "si",
        "vale",
        "gracias",
        "adios",
        "ayuda",
        "neumonia",
        "sintomas",
        "que",
        "porque",
        "donde",
        "quien",
        "radiografia",
        "resonancia",
        "tratamiento",
        "pronostico",
        "contagio",
        "prevencion",
    )
)
_ONLY_ENGLISH = frozenset(
    (
        "hello",
        "hi",
        "hey",
        "yes",
        "thanks",
        "bye",
        "help",
        "pneumonia",
        "symptoms",
        "what",
        "why",
        "where",
        "who",
        "how",
        "treatment",
        "prognosis",
        "prevention",
    )
)
_LETTERS = re.compile(r"[^\W\d_]")


def detect_language(text: str, default: Language) -> Language:
    """The language of ``text``, or ``default`` where it does not tell ("ok", "COVID-19?", "🙂")."""
    if _SPANISH_SIGNS.search(text):
        return "es"
    if len(_LETTERS.findall(text)) < 3:
        return default
    words = re.findall(r"\w+", text.lower())
    if len(words) == 1:
        if words[0] in _ONLY_SPANISH:
            return "es"
        return "en" if words[0] in _ONLY_ENGLISH else default
    shares = {value.language: value.value for value in _detector().compute_language_confidence_values(text)}
    lead = shares.get(Tongue.SPANISH, 0.0) - shares.get(Tongue.ENGLISH, 0.0)
    if abs(lead) < MARGIN:
        return default
    return "es" if lead > 0 else "en"


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(Tongue.ENGLISH, Tongue.SPANISH).build()
