"""The Snowball stem of a word (https://snowballstem.org), without accents."""

from functools import cache
from threading import Lock

from Stemmer import Stemmer

from knowledge_base.schema import Language

#: PyStemmer's own word: one stemmer serves one thread.
_ONE_AT_A_TIME = Lock()


def stem(word: str, language: Language) -> str:
    """``word`` in lower case and without accents, less what its form adds."""
    # Snowball's Spanish rules look for accents that people leave out: give back the commonest one.
    if language == "es" and word.endswith(("cion", "sion")):
        word = word[:-2] + "ón"
    with _ONE_AT_A_TIME:
        stemmed: str = _stemmer(language).stemWord(word)
    return stemmed.replace("ó", "o")


@cache
def _stemmer(language: Language) -> Stemmer:
    return Stemmer({"en": "english", "es": "spanish"}[language])
