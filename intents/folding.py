"""Text without case, accents and punctuation, so that a phrase is written once and found always."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """Lower case without accents, one character for each of ``text``: a match's span holds in both."""
    return text.translate(_PLAIN)


def fold(text: str) -> str:
    """``plain`` text with everything but letters and digits turned into single spaces, ends stripped.

    "¿Qué es un meningioma?" is "que es un meningioma"; "What's that?" is "what s that".
    """
    return _NOT_WORD.sub(" ", plain(text)).strip()


def one_line(text: str) -> str:
    """``text`` with every run of white space turned into one space, ends stripped."""
    return _SPACES.sub(" ", text).strip()


class _Plain(dict[int, str]):
    """The plain form of each character, by its number. Only those of Latin script are remembered."""

    LATIN = 0x250

    def __missing__(self, number: int) -> str:
        character = chr(number)
        base = unicodedata.normalize("NFD", character)[:1].lower()
        found = base if len(base) == 1 else character
        if number < self.LATIN:
            self[number] = found
        return found


_PLAIN = _Plain()
