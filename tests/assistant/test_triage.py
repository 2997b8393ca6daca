"""The emergency floor in plain sentences. Figures on held-out vignettes: ``python -m assistant.evaluate``."""

import time
from pathlib import Path

import numpy as np
import pytest

from assistant import triage
from assistant.triage import KINDS, find_emergency, kind, load_table, parts


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
        ("fever 40 and sudden confusion in my grandma with pneumonia, she is hard to wake", "confusion"),
        ("se le torció la boca y no puede hablar", "stroke"),
        ("mi bebe de 3 semanas tiene fiebre de 39", "baby_fever"),
        ("he is having a seizure right now what do I do", "seizure"),
        ("no sé si matarme", "suicide"),
        ("why don't I just kill myself", "suicide"),
        ("why not just kill myself", "suicide"),
        ("there is no reason not to kill myself", "suicide"),
        ("dime razones para no matarme", "suicide"),
        ("not sleeping well, going to end my life", "suicide"),
        ("no veo otra salida que matarme", "suicide"),
        ("si esto sigue así me suicido", "suicide"),
        ("I don't know what to do. I want to kill myself", "suicide"),
        ("x " * 200_000 + ". I can't breathe and my lips are blue", "breathing"),
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
        "I don't want to die",
        "I don't want to kill myself",
        "I would never kill myself",
        "no quiero morirme",
        "no voy a matarme, tranquilo",
        "Jamás he pensado en suicidarme, eh",
        "I have never thought of killing myself",
        "I don't have chest pain or trouble breathing, just a mild cough",
        "¿la meningitis da fiebre?",
    ],
)
def test_calm_texts(text: str) -> None:
    assert find_emergency(text) is None


def test_danger_beside_a_calm_clause_still_counts() -> None:
    assert find_emergency("I don't have a fever but I can't breathe") == "breathing"


@pytest.mark.parametrize(
    "text", ["me duele el pecho de risa " * 12_000, "a" + " " * 300_000, ", is " * 60_000, "¿ " * 150_000]
)
def test_a_very_long_text_is_read_in_time(text: str) -> None:
    started = time.perf_counter()
    find_emergency(text)
    assert time.perf_counter() - started < 1.0


def test_a_danger_in_the_middle_of_a_long_message_is_found() -> None:
    calm = "We were at the hospital on Monday and they gave us the report to read at home. "
    assert find_emergency(8 * calm) is None
    assert find_emergency(4 * calm + "He can't breathe, his lips are blue. " + 4 * calm) is not None


def test_a_danger_on_a_line_of_its_own_does_not_drown_in_the_others() -> None:
    calm = "hello " * 60
    assert find_emergency(calm) is None
    assert find_emergency(f"{calm}\n[1] [99] I suddenly lost the sight in one eye\n{calm}") == "vision"


def test_no_part_of_a_long_message_is_left_out() -> None:
    words = [f"word{number}{'.' * (number % 25 == 0)}" for number in range(400)]
    covered = {word for part in parts(" ".join(words)) for word in part.split()}
    assert covered == set(words)
    assert parts("short one. and two") == ["short one. and two"]
    assert parts("  ") == []


def test_a_table_that_is_not_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "weights.safetensors"
    other.write_bytes(triage.WEIGHTS.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(triage, "WEIGHTS", other)
    with pytest.raises(ValueError, match="restore both from git"):
        load_table.__wrapped__()


def test_kinds_are_told_apart_in_plain_sentences() -> None:
    assert kind("she is having a seizure") == "seizure"
    assert kind("mi bebé de 3 semanas tiene fiebre") == "baby_fever"
    assert load_table().kinds.shape[1] == len(KINDS)


@pytest.mark.parametrize("name", ["danger", "bias", "kinds", "kinds_bias"])
def test_the_table_is_finite(name: str) -> None:
    assert np.isfinite(getattr(load_table(), name)).all()


@pytest.mark.parametrize(
    "text",
    [
        "no puedo respirar, ¿es por la neumonía?",
        "I can't breathe, is it the pneumonia?",
        "he's not responding, is it the tumor?",
        "mi hermano está convulsionando, ¿tiene un glioma?",
        "my lips are turning blue, could it be covid?",
    ],
)
def test_a_question_that_goes_on_from_an_emergency_hides_none_of_it(text: str) -> None:
    assert find_emergency(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "tengo fiebre y tos, ¿puede ser neumonía?",
        "I have a headache, should I get an MRI?",
        "my dad died of a glioma, is it hereditary?",
        "If I get short of breath, what should I do?",
    ],
)
def test_a_question_that_goes_on_from_something_mild_makes_none(text: str) -> None:
    assert find_emergency(text) is None
