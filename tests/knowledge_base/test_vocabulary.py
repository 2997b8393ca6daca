import json

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from knowledge_base.vocabulary import SPECIALS, choose_pieces, count_texts, count_words, trim_tokenizer

PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -2.0),
    ("a", -3.0),
    ("b", -3.0),
    ("ñ", -4.0),
]
PIECES += [("▁ab", -5.0), ("▁ba", -5.5), ("ñb", -6.0), ("<mask>", 0.0)]


@pytest.fixture
def full() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(PIECES, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(SPECIALS))
    return tokenizer


def test_specials_single_characters_and_required_are_always_kept(full: Tokenizer) -> None:
    kept = choose_pieces(full.get_vocab(), [(count_texts(full, ["ab ab ab"]), 1.0)], ["ñb"], size=11)
    assert kept == {*SPECIALS, "▁", "a", "b", "ñ", "▁ab", "ñb"}


def test_too_small_a_size_is_refused(full: Tokenizer) -> None:
    with pytest.raises(ValueError, match="size is 3, but 9 pieces must be kept"):
        choose_pieces(full.get_vocab(), [], [], size=3)


def test_words_count_with_and_without_their_accents(full: Tokenizer) -> None:
    counts = count_words(full, {"ñb": 1.0})
    assert counts["ñb"] > 0
    assert counts["b"] > 0


def test_a_trimmed_tokenizer_writes_the_same_text_with_what_is_left(full: Tokenizer) -> None:
    table = json.loads(full.to_str())
    kept = frozenset(piece for piece, _ in PIECES) - {"▁ba"}
    trimmed, rows = trim_tokenizer(table, kept)
    assert len(rows) == len(trimmed["model"]["vocab"]) == len(PIECES) - 1
    small = Tokenizer.from_str(json.dumps(trimmed))
    assert small.encode("ab").tokens == full.encode("ab").tokens
    assert small.encode("ba").tokens == ["<s>", "▁", "b", "a", "</s>"]
    assert small.token_to_id("<mask>") == len(rows) - 1
    assert len(table["model"]["vocab"]) == len(PIECES)
