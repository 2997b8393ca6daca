import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ui.texts import MESSAGES, load_texts
from vision_models.analysis import CLASS_NAMES
from vision_models.analyzer import STEPS

UI = Path(__file__).resolve().parents[2] / "ui"


def tables(language: str) -> dict[str, Any]:
    return tomllib.loads((MESSAGES / f"ui.{language}.toml").read_text(encoding="utf-8"))


def sentences(language: str) -> dict[str, str]:
    """Every sentence by its full key, those of a list numbered."""
    flat = {}
    for table, entries in tables(language).items():
        for key, value in entries.items():
            for number, sentence in enumerate(value if isinstance(value, list) else [value]):
                flat[f"{table}.{key}.{number}"] = sentence
    return flat


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    english, spanish = sentences("en"), sentences("es")
    assert english.keys() == spanish.keys()
    for key in english:
        assert placeholders(english[key]) == placeholders(spanish[key]), key
        assert english[key].strip(), key
        assert spanish[key].strip(), key


def test_every_key_that_the_code_names_is_there() -> None:
    texts = load_texts("en")
    for path in UI.glob("*.py"):
        for key in re.findall(r"texts\(\s*\"([a-z]+\.[a-z_]+)\"", path.read_text(encoding="utf-8")):
            assert texts._find(key), f"{key} in {path.name}"


def test_every_finding_and_step_of_the_models_has_its_words() -> None:
    for language in ("en", "es"):
        content = tables(language)
        assert set(STEPS) <= content["steps"].keys()
        for modality, names in CLASS_NAMES.items():
            assert modality in content["modalities"]
            assert set(names) <= content["findings"].keys()


def test_a_code_without_a_sentence_gets_the_general_one() -> None:
    texts = load_texts("es")
    assert texts.code("reasons", "never heard of") == texts("reasons.other")
    assert texts.code("reasons", None) == texts("reasons.other")


def test_a_missing_key_is_named_with_its_file() -> None:
    with pytest.raises(KeyError, match=r"page\.nothing.*ui\.es\.toml"):
        load_texts("es")("page.nothing")
