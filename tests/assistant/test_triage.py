"""The emergency floor on its vignettes. First run, before any rule was mended: of 80 emergencies 10 missed
(2 in English, 8 in Spanish), of 80 others 21 alarms (10 and 11). They shaped the rules since, so they are no
longer held out."""

from pathlib import Path

import pytest
import yaml

from assistant.triage import PATTERNS, find_emergency

VIGNETTES = yaml.safe_load((Path(__file__).parent / "triage_vignettes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_emergency_is_missed(language: str) -> None:
    assert [text for text in VIGNETTES["emergencies"][language] if find_emergency(text) is None] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_few_alarms_where_there_is_none(language: str) -> None:
    texts = VIGNETTES["not_emergencies"][language]
    alarms = [text for text in texts if find_emergency(text)]
    assert len(alarms) <= 0.06 * len(texts), alarms


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I can't breathe", "breathing"),
        ("NO PUEDO RESPIRAR!!", "breathing"),
        ("quiero morirme", "suicide"),
        ("no quiero seguir viviendo", "suicide"),
        ("my oxygen is at 84", "oxygen"),
        ("how can I kill myself", "suicide"),
        ("She has no fever, she can't breathe", "breathing"),
        ("What do I do, my son is having a seizure", "seizure"),
        ("que hago si no puedo respirar", "breathing"),
        ("x " * 3000 + ". I can't breathe", "breathing"),
        ("me tomé un frasco entero de pastillas", "suicide"),
        ("fever 40 and confusion in my grandma with pneumonia, is that serious?", "unconscious"),
        ("se le torció la boca y no puede hablar", "stroke"),
        ("mi bebe de 3 semanas tiene fiebre de 39", "baby_fever"),
        ("he is having a seizure right now what do I do", "seizure"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert find_emergency(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is pneumonia?",
        "can a brain tumor cause seizures?",
        "I don't have chest pain",
        "no tengo dolor de pecho ni me ahogo",
        "tuve una convulsión hace dos años",
        "what should I do if someone has a seizure?",
        "my oxygen is 98",
        "¿me voy a morir?",
        "am I going to die?",
        "I don't have chest pain or trouble breathing, just a mild cough",
        "¿la meningitis da fiebre?",
    ],
)
def test_calm_texts(text: str) -> None:
    assert find_emergency(text) is None


def test_danger_beside_a_calm_clause_still_counts() -> None:
    assert find_emergency("I don't have a fever but I can't breathe") == "breathing"


def test_a_very_long_text_is_read_in_time() -> None:
    import time

    text = "me duele el pecho de risa " * 12_000
    started = time.perf_counter()
    find_emergency(text)
    assert time.perf_counter() - started < 1.0


def test_every_kind_has_patterns() -> None:
    assert all(PATTERNS.values())
