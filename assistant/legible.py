"""A person's text as it reads: what cannot be seen says nothing, and a letter is a letter in any dress."""

import re
import unicodedata

#: A mark that is repeated more often says no more.
_REPEATED = re.compile(r"([^\w\s])\1{3,}")

#: So many characters are composed at once: marks without a letter take time with the square of their number.
_COMPOSED = 500


def legible(text: str) -> str:
    """Without characters of no width or for direction, control characters and halves of characters, which a
    copy from a page or a PDF brings along ("menin\\u00adgioma"); full-width and bold letters as plain ones.
    """
    if not text.isascii() or not text.isprintable():
        seen = "".join(map(_seen, text))
        pieces = (seen[at : at + _COMPOSED] for at in range(0, len(seen), _COMPOSED))
        text = "".join(unicodedata.normalize("NFC", piece) for piece in pieces)
    return _REPEATED.sub(r"\1\1\1", text).strip()


def printable(name: str) -> str:
    """A file's name that can be written anywhere: one that is no UTF-8 comes with halves of characters."""
    return name.encode("utf-8", "backslashreplace").decode()


def _seen(character: str) -> str:
    if character.isspace():
        return character
    kind = unicodedata.category(character)
    if kind in ("Cf", "Cs"):
        return ""
    if kind == "Cc":
        return " "
    return unicodedata.normalize("NFKC", character) if character.isalnum() else character
