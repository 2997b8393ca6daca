"""Chooses which word pieces the shipped encoder keeps, and cuts a tokenizer down to them."""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Tokenizer

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")

#: How often a word of a frequency list stands at the start of a sentence, and how often a person who
#: writes in a hurry leaves its accent out. Guesses; they only break ties between rare pieces.
CAPITALISED, UNACCENTED = 0.15, 0.3


def strip_accents(text: str) -> str:
    """``text`` without the marks over its letters: ``ñ`` becomes ``n``."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def count_words(tokenizer: Tokenizer, frequencies: Mapping[str, float]) -> Mapping[str, float]:
    """Weighted counts of the pieces of a frequency list, which has every word in lower case."""
    counts: dict[str, float] = defaultdict(float)
    for word, frequency in frequencies.items():
        shapes = [(word, 1.0), (word.capitalize(), CAPITALISED)]
        if (bare := strip_accents(word)) != word:
            shapes.append((bare, UNACCENTED))
        for shape, share in shapes:
            for piece in tokenizer.encode(shape, add_special_tokens=False).tokens:
                counts[piece] += frequency * share
    return counts


def count_texts(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[str]:
    """Counts of the pieces of whole texts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(tokenizer.encode(text, add_special_tokens=False).tokens)
    return counts


def is_latin_character(piece: str) -> bool:
    """Whether a piece is one Latin or Greek character, a digit or a mark (after ``▁`` or not)."""
    bare = piece.removeprefix("▁")
    return len(bare) <= 1 and all(
        ord(c) < 0x250 or 0x370 <= ord(c) < 0x400 or 0x2000 <= ord(c) < 0x2300 for c in bare
    )


def choose_pieces(
    vocabulary: Iterable[str],
    weighted: Iterable[tuple[Mapping[str, float], float]],
    required: Iterable[str],
    size: int,
) -> frozenset[str]:
    """The ``size`` pieces to keep: specials, single characters, ``required``, then the most frequent.

    Each counter is made a distribution first: ``weighted`` says what a source is worth, however long.
    Raises ``ValueError`` when what must be kept is already more than ``size``.
    """
    vocabulary = set(vocabulary)
    kept = (
        set(SPECIALS)
        | {piece for piece in vocabulary if is_latin_character(piece)}
        | set(required) & vocabulary
    )
    if len(kept) > size:
        raise ValueError(f"size is {size}, but {len(kept)} pieces must be kept")
    total: dict[str, float] = defaultdict(float)
    for counts, weight in weighted:
        whole = sum(counts.values())
        for piece, count in counts.items():
            total[piece] += weight * count / whole
    ranked = sorted(total, key=lambda piece: (-total[piece], piece))
    for piece in ranked:
        if len(kept) == size:
            break
        kept.add(piece)
    return frozenset(kept)


def trim_tokenizer(full: Mapping[str, Any], kept: frozenset[str]) -> tuple[dict[str, Any], list[int]]:
    """A ``tokenizer.json`` with only the pieces in ``kept``, in their order, and the old row of each."""
    trimmed: dict[str, Any] = json.loads(json.dumps(full))
    pieces = full["model"]["vocab"]
    rows = [row for row, (piece, _) in enumerate(pieces) if piece in kept]
    trimmed["model"]["vocab"] = [pieces[row] for row in rows]
    place = {pieces[row][0]: new for new, row in enumerate(rows)}
    for token in trimmed["added_tokens"]:
        token["id"] = place[token["content"]]
    trimmed["model"]["unk_id"] = place["<unk>"]
    for name, token in trimmed["post_processor"]["special_tokens"].items():
        token["ids"] = [place[name]]
    return trimmed, rows
