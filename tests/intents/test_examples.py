import re
from pathlib import Path

import pytest

from intents.examples import read_examples
from intents.folding import fold
from intents.prediction import ASK_INTENTS, INTENTS
from knowledge_base.encoder import is_kept_aside

ROOT = Path(__file__).parents[2]


def test_every_intent_has_enough_utterances_in_both_languages() -> None:
    examples = read_examples()
    for language in ("en", "es"):
        counts = dict.fromkeys(INTENTS, 0)
        for example in examples:
            counts[example.intent] += example.language == language
        assert min(counts.values()) >= 25, min(counts, key=lambda intent: counts[intent])
        assert all(counts[intent] >= 40 for intent in ASK_INTENTS)


def test_no_utterance_wants_two_things() -> None:
    wants: dict[tuple[str, str], str] = {}
    for example in read_examples():
        key = (fold(example.text) or example.text, example.language)
        assert wants.setdefault(key, example.intent) == example.intent, example


def test_utterances_of_every_intent_are_kept_aside_to_set_the_threshold_on() -> None:
    aside = [example for example in read_examples() if is_kept_aside(example.text)]
    assert {(example.intent, example.language) for example in aside} == {
        (intent, language) for intent in INTENTS for language in ("en", "es")
    }


@pytest.mark.parametrize(
    ("content", "reason"), [("flying:\n  - up\n", "flying"), ("fallback:\n  - no\n", "put it in quotes")]
)
def test_a_bad_file_is_named(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "en.yaml").write_text(content)
    with pytest.raises(ValueError, match=reason):
        read_examples(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"en\.yaml is missing"):
        read_examples(tmp_path)


def test_every_intent_is_documented_once() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "INTENTS.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(INTENTS)
