import difflib
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from assistant.citing import split_sentences
from assistant.conversation import Action, Citation, Reply
from assistant.models import LoadedModels, Models
from intents.folding import fold
from intents.phrases import CONDITIONS
from tests.golden import conversations
from tests.golden.conversations import (
    MADE,
    REMEDY,
    Golden,
    GoldenTurn,
    as_yaml,
    attachment,
    differences,
    hold,
    load_models,
    masked,
    paths,
    read_golden,
    unwrapped,
    with_replies,
    wrapped,
)
from vision_models.image_io import ImageError, decode

FILES = paths()
ONE = Golden(
    "somebody", "en", (GoldenTurn("What is a glioma?", "answer", topic="glioma", section="overview"),)
)
CITED = Citation("glioma/overview/en/1", "glioma", "overview", "t", "p", "u")
#: "You have a glioma", "Tiene una neumonía"; what follows an "if" is none.
DIAGNOSIS = re.compile(
    r"(?:\byou (?:\w+ )?have|\busted (?:\w+ )?tiene|\btiene usted|^tiene) "
    rf"(?:\w+ ){{0,2}}?{CONDITIONS}"
)
CONDITION = re.compile(r"\b(?:if|whether|when|unless|si|cuando)\b")


def diagnosis_in(text: str) -> str | None:
    """The sentence that tells the person what they have, else ``None``."""
    for sentence in split_sentences(re.sub(r"\[\d+\]", "", text)):
        told = DIAGNOSIS.search(fold(sentence))
        if told and not CONDITION.search(fold(sentence)[: told.start()]):
            return sentence
    return None


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


@pytest.mark.model
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_conversation_goes_as_it_was_read(path: Path, models: Models) -> None:
    golden = read_golden(path)
    replies = hold(golden, models)
    unexpected = differences(golden, replies)
    assert unexpected == [], "\n".join([f"{path.name}:", *unexpected])
    said = with_replies(golden, replies)
    for at, (old, new) in enumerate(zip(golden.turns, said.turns, strict=True), start=1):
        if masked(old.galeno) != masked(new.galeno):
            lines = difflib.unified_diff(
                wrapped(old.galeno).split("\n"), wrapped(new.galeno).split("\n"), "file", "app", lineterm=""
            )
            pytest.fail("\n".join([f"{path.name}, turn {at}: {old.you!r}", *lines, REMEDY]), pytrace=False)


def test_forty_conversations_half_in_each_language() -> None:
    assert [path.stem[:3] for path in FILES] == [f"{number:02d}_" for number in range(1, 41)]
    assert Counter(read_golden(path).language for path in FILES) == {"es": 20, "en": 20}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_well_formed_and_as_the_command_writes_it(path: Path) -> None:
    golden = read_golden(path)
    assert golden.about.endswith(".")
    assert 3 <= len(golden.turns) <= 8
    assert all(turn.you.strip() for turn in golden.turns)
    assert as_yaml(golden) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nobody_is_told_what_they_have(path: Path) -> None:
    assert [told for turn in read_golden(path).turns if (told := diagnosis_in(turn.galeno))] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_language_shows_every_action(language: str) -> None:
    spoken = [golden for golden in map(read_golden, FILES) if golden.language == language]
    assert {turn.action for golden in spoken for turn in golden.turns} == set(get_args(Action))
    assert {golden.audience for golden in spoken} == {"patient", "clinician"}


@pytest.mark.parametrize(
    ("sentence", "tells"),
    [
        ("You have a meningioma.", True),
        ("It seems that you probably have pneumonia. [1]", True),
        ("Usted tiene un glioma.", True),
        ("Hable con su médico. Tiene una neumonía.", True),
        ("Creo que usted tiene neumonía.", True),
        ("I can't tell whether you have pneumonia.", False),
        ("Call if you have pneumonia and a fever. [1]", False),
        ("No puedo saber si usted tiene un tumor.", False),
        ("Una persona que tiene neumonía tose. [1]", False),
        ("The model finds signs that fit **a glioma**.", False),
    ],
)
def test_a_diagnosis_is_known_by_its_words(sentence: str, tells: bool) -> None:
    assert (diagnosis_in(sentence) is not None) is tells


def test_the_made_files_are_broken() -> None:
    reasons = {}
    for name in MADE:
        with pytest.raises(ImageError) as raised:
            decode(attachment(name).content)
        reasons[name] = raised.value.reason
    assert reasons == {"broken": "unreadable", "empty": "empty"}


def test_a_text_comes_back_from_its_file(tmp_path: Path) -> None:
    text = f"¡Hola! **{'muy ' * 40}bien**: «sí» 🙂\n\n- [a](https://a.b/c)\n\n# [1] >99 %: fin"
    turns = (
        GoldenTurn("a: b # c", "analysis", images=("glioma", "empty"), language="es", galeno=unwrapped(text)),
        GoldenTurn("two\nlines", "answer", topic="glioma", section="overview"),
    )
    golden = Golden("Somebody: 'quoted'.", "en", turns, "clinician")
    path = tmp_path / "01_a.yaml"
    path.write_text(as_yaml(golden), encoding="utf-8")
    assert read_golden(path) == golden
    assert max(map(len, path.read_text(encoding="utf-8").split("\n"))) < 110


def test_a_reading_may_differ_in_its_figures_and_an_article_may_not() -> None:
    assert masked("It finds **a glioma**, 97%.") == masked("It finds **a glioma**, >99%.")
    assert masked("Probabilities: glioma 0.973.") == masked("Probabilities: glioma 0.975.")
    assert masked("con el 97 %.\n\nDel 40 %. [1]") == "con el # %.\n\nDel 40 %. [1]"
    assert masked("Call 112 / 911.") == "Call 112 / 911."


def test_what_is_not_as_expected_is_said_by_turn() -> None:
    good = Reply("en", "ask_overview", 1.0, "answer", "text [1]", (CITED,))
    assert differences(ONE, [good]) == []
    wrong = differences(ONE, [replace(good, language="es", action="clarify", citations=())])
    assert [line.split(": ")[1].split(" is ")[0] for line in wrong] == [
        "action",
        "language",
        "topic",
        "section",
    ]
    assert wrong[0] == "turn 1, 'What is a glioma?': action is clarify, expected answer (intent ask_overview)"


@pytest.mark.parametrize(("action", "status"), [("answer", 0), ("chat", 1)])
def test_the_command_writes_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: Action, status: int
) -> None:
    path = tmp_path / "01_a.yaml"
    path.write_text(as_yaml(ONE), encoding="utf-8")
    reply = Reply("en", "ask_overview", 1.0, action, "A tumor. [1]", (CITED,))
    monkeypatch.setattr(conversations, "load_models", lambda: None)
    monkeypatch.setattr(conversations, "hold", lambda golden, models: [reply])
    assert conversations.main([str(path)]) == status
    assert read_golden(path) == with_replies(ONE, [reply])


def test_without_its_models_the_command_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "01_a.yaml"
    path.write_text(as_yaml(ONE), encoding="utf-8")
    monkeypatch.setattr(conversations, "build_models", lambda settings: LoadedModels(None, None, settings))
    assert conversations.main([str(path)]) == 2
    assert "could not be loaded" in capsys.readouterr().err
    assert read_golden(path) == ONE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("about: somebody", "about: 1", "about is 1"),
        ("language: en", "language: fr", "language is 'fr', expected en, es"),
        ("you: What is a glioma?", "you: 1", "turn 1: expected the texts you and galeno"),
        ("action: answer", "action: sing", "action is 'sing', expected answer, triage"),
        ("topic: glioma", "topic: gout", "topic is 'gout'"),
        ("section: overview", "section: smells", "section is 'smells'"),
        ("action: answer", "action: answer\n  images: [x]", "image 'x' is neither in"),
        ("action: answer", "action: answer\n  intent: x", "unknown keys intent"),
        ("about:", "note: x\nabout:", "unknown keys note"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "01_a.yaml"
    path.write_text(as_yaml(ONE).replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        read_golden(path)
    assert str(path) in str(raised.value)
