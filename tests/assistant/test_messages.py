import re
import tomllib

import pytest

from assistant.messages import FOLDER, messages
from assistant.policy import CHAT, DECLINED, WISHES
from assistant.triage import KINDS
from intents.prediction import ASK_INTENTS, SECTIONS
from knowledge_base.schema import TOPICS
from vision_models.analysis import CLASS_NAMES
from vision_models.screening.rows import NO_PICTURE
from vision_models.training.data import GATE_CLASSES


def table(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    english, spanish = table("en"), table("es")
    assert {s: list(keys) for s, keys in english.items()} == {s: list(keys) for s, keys in spanish.items()}
    for section, keys in english.items():
        for key, sentence in keys.items():
            wanted = set(re.findall(r"\{(\w+)\}", sentence))
            assert set(re.findall(r"\{(\w+)\}", spanish[section][key])) == wanted, f"{section}.{key}"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_design_has_a_sentence(language: str) -> None:
    say = messages(language)
    wanted = [f"topics.{topic}" for topic in TOPICS]
    wanted += [f"sections.{section}" for section in SECTIONS]
    wanted += [f"findings.{name}" for names in CLASS_NAMES.values() for name in names]
    wanted += [f"triage.{kind}" for kind in KINDS]
    wanted += [f"wishes.{intent}" for intent in WISHES if intent not in ASK_INTENTS]
    wanted += [f"chat.{intent}" for intent in CHAT if not intent.startswith("change_")]
    wanted += [f"chat.audience_{name}" for name in ("clinician", "patient", "which")]
    wanted += [f"decline.{intent}" for intent in (*DECLINED, "offtopic", "offtopic_medical")]
    wanted += ["wishes.ask", "wishes.ask_about"]
    wanted += [f"rejected.{reason}" for reason in (*NO_PICTURE, *GATE_CLASSES[2:], "unknown", "blank")]
    assert [key for key in wanted if not say.has(key)] == []


@pytest.mark.parametrize(
    ("language", "parts", "word", "expected"),
    [
        ("en", ["a", "b", "c"], "and", "a, b and c"),
        ("es", ["padres", "hijos"], "and", "padres e hijos"),
        ("es", ["agua", "hielo"], "and", "agua y hielo"),
        ("es", ["siete", "ocho"], "or", "siete u ocho"),
        ("es", ["uno"], "or", "uno"),
    ],
)
def test_lists_follow_each_language(language: str, parts: list[str], word: str, expected: str) -> None:
    assert messages(language).join(parts, word) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.999, ">99%"), (0.0001, "<1%"), (0.934, "93%")])
def test_a_percentage_is_never_certain(share: float, expected: str) -> None:
    assert messages("en").percent(share) == expected


def test_spanish_contracts_its_articles() -> None:
    said = messages("es")("answer.nothing_reliable", topics="el funcionamiento de Galeno")
    assert "hablarle del funcionamiento" in said
