"""An answer in a language model's words, where whoever hosts Galeno brings one. No model is loaded here.

The model is shown the cited sentences of the composed answer, one a line, and nothing of what the person
wrote. A line that passes ``check`` takes the place of its sentence; from the first that fails on, and once
the time is over, the composed answer stands. What no passage says, a reading for one, the model never sees.
"""

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from assistant.citing import split_sentences
from assistant.conversation import Action, Audience, Language
from assistant.language import detect_language
from assistant.messages import Messages
from knowledge_base.schema import Passage

#: The replies that may be rephrased: never an emergency, never what is declined.
REPHRASED: tuple[Action, ...] = ("answer", "analysis")
#: How long a sentence may get, and how short, as a share of the composed one.
LONGEST, SHORTEST = 1.5, 0.4
#: How much of the words of both sentences they must share (Dice coefficient): no sentence of a passage passes
#: for another of it, and paraphrases written by hand share two thirds or more.
ALIKE = 0.6

_MARK = re.compile(r"\[\d+\]")
_MARK_AT_END = re.compile(r"\s*(\[\d+\])\s*([.!?…]?)$")
_STOP = re.compile(r"[.!?…][\"”»)]*(?=\s)")
#: How a sentence begins, as ``citing.split_sentences`` has it: no bullet and no number of a list.
_BEGUN = re.compile(r"[\"“«(¿¡]?[A-ZÁÉÍÓÚÑ0-9]")
_FINISHED = re.compile(r"[.!?…][\"”»)]*$")
_FOREIGN = re.compile(r"[^A-Za-zÁÉÍÓÚÜÑáéíóúüñ0-9 .,;:()¿?¡!'’\"“”«»%-]")
_LINK = re.compile(r"[^\W_]\.[^\W_]|https?|www", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*(?:\s?%)?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|halves|thirds?|quarters?|dozens?"
    r"|double|twice|triple|zero|ii|iii|iv"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta|cincuenta"
    r"|sesenta|setenta|ochenta|noventa|cien|cientos?|mil|miles|millón|millones|mitad|medi[oa]s?|tercios?"
    r"|cuartos?|docenas?|doble|triple|cero)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|none|nor|neither|cannot|nunca|sin|ni|jamás|tampoco|ning[uú]n\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:may|might|can|could|usually|generally|normally|often|sometimes|most(?:ly)?|many|some|few|probably"
    r"|likely|rare(?:ly)?|almost|about|around"
    r"|pued[ae]n?|podrían?|suelen?|general(?:mente)?|normalmente|menudo|veces|mayoría|much[oa]s|algun[oa]s"
    r"|algún|poc[oa]s|probablemente|probable|rar[oa]s?|casi|alrededor|unos)\b",
    re.IGNORECASE,
)
#: Words that have an opposite, by how they begin: none may come, go or turn into the other.
_OPPOSITE = re.compile(
    r"\b(?:benign|malignan|cancerous|left|right|high|low|more|less|fewer|before|after|increas|decreas|rais"
    r"|reduc|better|worse|always|only|safe|danger"
    r"|malign|canceros|izquierd|derech|alt[oa]|baj[oa]|más|menos|antes|después|aument|disminu|mejor|peor"
    r"|siempre|solo|segur|peligr)",
    re.IGNORECASE,
)
_TO_THE_PERSON = re.compile(
    r"\b(?:you\w*|tú|tus?|ti|contigo|ustedes|usted|tienes|padeces|sufres|estás|eres|debes|puedes)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{5,}")


class Writer(Protocol):
    """A language model, or a fake of it."""

    def write(self, prompt: str, seconds: float) -> Generator[str, None, None]:
        """Pieces of text as they are written, for at most ``seconds``. Closing it stops the model."""
        ...


@dataclass(frozen=True, slots=True)
class Rephraser:
    """``seconds``: how long one answer may take."""

    writer: Writer
    seconds: float

    def rephrase(
        self,
        text: str,
        passages: Iterable[Passage],
        audience: Audience,
        say: Messages,
        tell: Callable[[str], None],
    ) -> str:
        """``text`` with the sentences of ``passages`` in other words, as far as these pass ``check``.

        ``tell`` gets, each time a sentence has passed, the beginning of what will be returned.
        """
        parts = cut(text, passages)
        quoted = range(1, len(parts), 2)
        if not quoted:
            return text
        until = time.monotonic() + self.seconds
        pieces = self.writer.write(prompt([parts[at] for at in quoted], audience, say), self.seconds)
        language: Language = "es" if say.language == "es" else "en"
        limit = int(LONGEST * max(len(parts[at]) for at in quoted))
        with closing(pieces) as source:
            for at, line in zip(quoted, lines(source, limit), strict=False):
                if time.monotonic() > until or check(line, parts[at], language) is not None:
                    break
                parts[at] = line
                tell("".join(parts[: at + 2]))
        return "".join(parts)


def prompt(sentences: Sequence[str], audience: Audience, say: Messages) -> str:
    """What the model is asked; ``sentences`` end with their marks."""
    return say(f"rephrasing.{audience}") + "\n\n" + "\n".join(sentences)


def cut(text: str, passages: Iterable[Passage]) -> list[str]:
    """``text`` in pieces: the odd ones are marked sentences of ``passages``, the even ones all else."""
    sentences = {sentence for passage in passages for sentence in split_sentences(passage.text)}
    if not sentences:
        return [text]
    longest_first = "|".join(map(re.escape, sorted(sentences, key=len, reverse=True)))
    return re.split(rf"((?:{longest_first}) \[\d+\])", text)


def lines(pieces: Iterable[str], limit: int) -> Iterator[str]:
    """The lines that ``pieces`` make, each with its mark after its full stop; empty ones are left out.

    One that grows beyond ``limit`` characters is given as far as it has come, and is the last.
    """
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (_tidy(line) for line in whole if line.strip())
        if len(rest) > limit:
            break
    if rest.strip():
        yield _tidy(rest)


def _tidy(line: str) -> str:
    return _MARK_AT_END.sub(r"\2 \1", " ".join(line.split()))


def check(written: str, composed: str, language: Language) -> str | None:
    """Why ``written`` may not take the place of ``composed``, one sentence with its mark at the end.

    ``None``: it may. It says the same numbers in the same order, with the same mark, as one sentence of about
    the same length and mostly of the same words. It denies and doubts as the composed one does, has the same
    of the words that have an opposite, tells nothing to the person that was told of people, and brings no
    link or markup. That it means the same no check can tell.
    """
    body, original = (_MARK.sub("", text).strip() for text in (written, composed))
    if not body:
        return "empty"
    marks = _MARK.findall(composed)
    if _MARK.findall(written) != marks or not written.endswith(marks[-1]):
        return "marks"
    if not (_BEGUN.match(body) and _FINISHED.search(body)):
        return "sentences"
    if len(_STOP.findall(body)) > len(_STOP.findall(original)):
        return "sentences"
    if not SHORTEST * len(original) <= len(body) <= LONGEST * len(original):
        return "length"
    if _told(_NUMBER, body) != _told(_NUMBER, original):
        return "numbers"
    if not set(_told(_LINK, body)) <= set(_told(_LINK, original)):
        return "links"
    if not set(_FOREIGN.findall(body)) <= set(original):
        return "markup"
    if detect_language(body, default=language) != language:
        return "language"
    if len(_DENIAL.findall(body)) != len(_DENIAL.findall(original)):
        return "denial"
    if set(_told(_OPPOSITE, body)) != set(_told(_OPPOSITE, original)):
        return "opposite"
    if bool(_DOUBT.search(body)) != bool(_DOUBT.search(original)):
        return "doubt"
    if _TO_THE_PERSON.search(body) and not _TO_THE_PERSON.search(original):
        return "person"
    return None if _alike(body, original) else "unlike"


def _told(pattern: re.Pattern[str], text: str) -> list[str]:
    return ["".join(found.lower().split()) for found in pattern.findall(text)]


def _alike(one: str, other: str) -> bool:
    """By the beginnings of their longer words, which an ending does not change."""
    first, second = ({word[:5] for word in _WORD.findall(text.lower())} for text in (one, other))
    return 2 * len(first & second) >= ALIKE * (len(first) + len(second))
