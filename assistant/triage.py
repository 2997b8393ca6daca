"""The emergency floor: deterministic, before any network. Better one alarm too many than one too few.

Every run of words and of letters in a message (``intents.runs``) has a fixed weight in a table that was
made once from thousands of written messages (``python -m assistant.triage_training``): so it knows typos,
dialects, plain descriptions, negation and the past, as far as those messages do. The same text always gives
the same answer, in a few milliseconds.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from intents.folding import fold
from intents.runs import features

TABLE = Path(__file__).parent / "triage_table"
WEIGHTS, CARD = TABLE / "weights.safetensors", TABLE / "card.toml"

#: Kinds of emergency; each has its sentence in the message files.
KINDS = (
    "suicide",
    "unconscious",
    "breathing",
    "oxygen",
    "chest_pain",
    "stroke",
    "seizure",
    "anaphylaxis",
    "bleeding",
    "vision",
    "headache",
    "baby_fever",
    "after_surgery",
    "adrenal",
    "confusion",
)
#: Buckets of the table of kinds: fewer, since which kind it is matters less than that it is one.
KIND_BUCKETS = 1 << 14
#: Characters that are read; of a longer text the first and the last half of so many.
LONGEST = 40_000
#: Words that are weighed at once: in a longer message a danger would drown in the rest.
AT_ONCE = 60
#: In a text of more than ``LONG`` words such a run begins at least so many words after the one before: of very
#: short sentences each would be weighed again with every one before it.
LONG, APART = 1000, 8

#: What a person says who wants to die, in so many words: never left to the table alone.
_ALWAYS = re.compile(
    r"\b(?:kill(?:ing)? my ?self|end(?:ing)? my (?:own )?life|i (?:just )?(?:want to|wanna) die|"
    r"matarme|me (?:quiero|voy a) matar|me suicid\w+|suicidarme|quitarme la vida|quiero morir(?:me)?|"
    r"acabar con mi vida)\b"
)
#: A plain denial right before it. "No sé si", "why not" and "no reason not to" are none.
_NOT = r"\b(?:don t|do not|doesn t|didn t|did not|wouldn t|won t|not|never|no|nunca|jamas|tampoco)"
_DENIED = re.compile(
    rf"{_NOT} (?:(?:really|actually|ever|even|he|had|been) )*(?:want|wanna|wish|plan|planning|going|trying|"
    r"thinking|thought|considered|intend|quiero|queria|deseo|pienso|pensaba|pense|pensado|querido|intentado|voy|"
    r"iba|intento|pensando)(?: (?:to|a|en|de|of|about|on))* $|"
    r"\b(?:would never|wouldn t ever|wouldn t|won t|will never|nunca voy a|jamas voy a) $"
)
#: "I want to die" and the like hold the verb that is denied.
_FINITE = re.compile(r"^(?:i |me |quiero)")
_NOT_BEFORE = re.compile(r"\b(?:no|tampoco|nunca|jamas|ni) $")
_CLAUSE = re.compile(r"[.!?;:,()\n]+")

#: What is taken off the score of a sentence that is weighed alone.
ALONE = 2.0

#: Where one sentence ends; also before a question that goes on from what was told ("I can't breathe, is it …?").
_ASKING = r"(?:is|are|was|does|do|did|could|can|might|should|will|would|what|why|how|which|who|where)\b"
_SENTENCE = re.compile(rf"(?<=[.!?;])\s+|\n\s*|(?<!\s),?\s+(?=¿)|,\s+(?={_ASKING}[^,]*\?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """``danger (BUCKETS,)`` and ``kinds (KIND_BUCKETS, len(KINDS))`` are added up over a text's runs.

    ``bias`` is such that a sum above 0 is an emergency.
    """

    danger: npt.NDArray[np.float32]
    bias: float
    kinds: npt.NDArray[np.float32]
    kinds_bias: npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def load_table() -> Table:
    """The table in the project. Raises ``ValueError`` where its hash is not that of the card."""
    digest = tomllib.loads(CARD.read_text(encoding="utf-8"))["sha256"]
    tensors = load(read_checked(WEIGHTS, digest))
    danger, kinds, kinds_bias = (
        tensors[name].astype(np.float32) for name in ("danger", "kinds", "kinds_bias")
    )
    return Table(danger, float(tensors["bias"][0]), kinds, kinds_bias)


def read_checked(path: Path, digest: str) -> bytes:
    """The bytes of a file whose SHA-256 is ``digest``; ``ValueError`` for another."""
    content = path.read_bytes()
    if sha256(content).hexdigest() != digest:
        raise ValueError(f"{path} is not what {CARD.name} describes: restore both from git")
    return content


def find_emergency(text: str) -> str | None:
    """The kind of emergency (one of ``KINDS``) that ``text`` tells of, else ``None``; reads ``LONGEST``."""
    if _wants_to_die(ends(text)):
        return "suicide"
    score, part = worst(text)
    return kind(part) if score > 0 else None


def worst(text: str) -> tuple[float, str]:
    """The highest score within ``text`` and the part that has it: its sentences alone count less than they do
    together, since one alone may have lost the "if" or the "not" before it."""
    read = ends(text)
    together = parts(read)
    sentences = _SENTENCE.split(read) if together else []
    dangers = {piece: danger(piece) for piece in dict.fromkeys((*together, *sentences))}
    alone = [(dangers[sentence] - ALONE, sentence) for sentence in sentences]
    return max([(dangers[part], part) for part in together] + alone, default=(-np.inf, ""))


def ends(text: str) -> str:
    """What is read of a text: of one longer than ``LONGEST`` its beginning and its end."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"


def _wants_to_die(text: str) -> bool:
    return any(
        not _is_denied(clause[: match.start()], match[0])
        for clause in map(fold, _CLAUSE.split(text))
        for match in _ALWAYS.finditer(clause)
    )


def _is_denied(before: str, said: str) -> bool:
    return bool(_DENIED.search(before) or (_FINITE.search(said) and _NOT_BEFORE.search(before)))


def danger(text: str) -> float:
    """How far ``text`` lies above (or, negative, below) what counts as an emergency, in log-odds."""
    ids, values = features(text)
    table = load_table()
    return float(table.danger[ids] @ values + table.bias) if len(ids) else -np.inf


def kind(text: str) -> str:
    """The kind that fits best, for a text that tells of an emergency."""
    ids, values = features(text)
    table = load_table()
    return KINDS[int(np.argmax(values @ table.kinds[ids % KIND_BUCKETS] + table.kinds_bias))]


def parts(text: str) -> list[str]:
    """``text`` whole, or in overlapping runs of sentences of at most ``AT_ONCE`` words (a longer sentence is cut)."""
    words = text.split()
    if len(words) <= AT_ONCE:
        return [text] if words else []
    sentences = [piece for sentence in _SENTENCE.split(text) for piece in _cut(sentence.split())]
    apart = APART if len(words) > LONG else 0
    found: list[str] = []
    begun = ended = 0  # the last run, in sentences
    for at in range(len(sentences)):
        if begun < at < ended and sum(map(len, sentences[begun:at])) < apart:
            continue
        begun = ended = at
        run: list[str] = []
        while ended < len(sentences) and (not run or len(run) + len(sentences[ended]) <= AT_ONCE):
            run += sentences[ended]
            ended += 1
        found.append(" ".join(run))
    return found


def _cut(words: list[str]) -> list[list[str]]:
    step = AT_ONCE // 2
    return [words[at : at + AT_ONCE] for at in range(0, max(1, len(words) - step), step)]
