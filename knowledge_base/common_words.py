"""Makes the list of words that are never taken for slips: ``python -m knowledge_base words``.

The commoner words of each language by ``wordfreq``, less those that ``simplemma`` does not know: typos and
names. Neither is needed to serve.
"""

from collections.abc import Iterator

from knowledge_base.schema import LANGUAGES
from knowledge_base.spelling import COMMON_WORDS, SWAPPED, plain

#: How many words of each language are looked at.
WORDS = 40_000


def write_common_words() -> int:
    """Writes ``COMMON_WORDS``, one word a line, without accents; returns how many there are."""
    words = sorted(set(_common_words()))
    COMMON_WORDS.write_text("\n".join(words) + "\n", "utf-8")
    return len(words)


def _common_words() -> Iterator[str]:
    import simplemma
    import wordfreq

    for language in LANGUAGES:
        for word in wordfreq.top_n_list(language, WORDS):
            if len(word) >= SWAPPED and word.isalpha() and simplemma.is_known(word, lang=language):
                yield plain(word)
