"""What a reply says without a citation though it is not of the message files; and marks that cite nothing."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache

from assistant.citing import split_sentences
from assistant.conversation import Reply
from assistant.messages import FOLDER
from assistant.settings import Settings

#: A citation's mark; ``[1](…)`` would be a link.
_MARK = re.compile(r"\[(\d+)\](?!\()")
_MARKS = re.compile(rf"(?:\s*{_MARK.pattern})+")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: Parts of the message files that are names, no sentences.
NAMES = ("topics", "lists", "sections", "regions", "findings", "error")
#: What an unknown value may be: no end of a sentence, but "0.97" and "film.png".
_OPEN = r"(?:[^.!?…\n]|[.](?=\S))+[.!?…]?"
#: Letters that a sentence of ours has beside what is put into it; with fewer it could be anything.
_OWN_LETTERS = 5


def uncited_sentences(reply: Reply, settings: Settings) -> list[str]:
    """The sentences of ``reply`` with neither a mark of their own nor words of the message files."""
    known = _known(reply.language, settings)
    found = []
    for line in reply.text.split("\n"):
        start = 0
        for marks in _MARKS.finditer(line):
            found += split_sentences(line[start : marks.start()])[:-1]
            start = marks.end()
        found += split_sentences(line[start:])
    return [sentence for sentence in found if not known.fullmatch(sentence)]


def dangling_marks(reply: Reply) -> list[str]:
    """Marks without a citation, and citations (by their passage) that no mark stands for."""
    marks = {int(number) for number in _MARK.findall(reply.text)}
    citations = {number: citation.passage_id for number, citation in enumerate(reply.citations, start=1)}
    without = [f"[{number}]" for number in sorted(marks - citations.keys())]
    return without + [citations[number] for number in sorted(citations.keys() - marks)]


@cache
def _known(language: str, settings: Settings) -> re.Pattern[str]:
    """A pattern of every sentence of the message file, and of every message whole."""
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    values = _values(table, settings)
    patterns = {
        pattern
        for section, entries in table.items()
        if section not in NAMES
        for message in entries.values()
        for pattern in _patterns(message, values)
    }
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)))


def _values(table: Mapping[str, Mapping[str, str]], settings: Settings) -> dict[str, str]:
    """Patterns of what is put into the messages; any other placeholder takes ``_OPEN``."""
    names = {*table["topics"].values(), *table["sections"].values()}
    names |= {name[:1].upper() + name[1:] for name in names}
    name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    joined = "|".join(re.escape(word) for word in (", ", *table["lists"].values(), " e ", " u "))
    several = rf"(?:{name})(?:(?:{joined})(?:{name}))*"
    numbers = rf"(?:{re.escape(settings.emergency_number)}|\d+)"
    crisis = "|".join(map(re.escape, (settings.crisis_line_en, settings.crisis_line_es)))
    return {
        "topic": f"(?:{name})",
        "topics": several,
        "sections": several,
        "number": numbers,
        "limit": r"\d+",
        "crisis": f"(?:{crisis})",
        "address": r"https://[^\s)]+",
    }


def _patterns(message: str, values: Mapping[str, str]) -> Iterator[str]:
    # A value may begin with a capital or not, which tells where a sentence ends.
    for sentence in (sentence for stand_in in ("Q{}Z", "q{}Z") for sentence in _sentences(message, stand_in)):
        own, pattern, is_open = sentence, re.escape(sentence), False
        for name in _PLACEHOLDER.findall(message):
            for mark in (f"Q{name}Z", f"q{name}Z"):
                is_open |= mark in own and name not in values
                own = own.replace(mark, "")
                pattern = pattern.replace(mark, values.get(name, _OPEN))
        if not is_open or sum(map(str.isalpha, own)) >= _OWN_LETTERS:
            yield pattern


def _sentences(message: str, stand_in: str) -> list[str]:
    """``message`` whole and its sentences, with words in the place of what is put in."""
    filled = _PLACEHOLDER.sub(lambda found: stand_in.format(found[1]), message)
    return [filled.strip(), *split_sentences(filled)]
