from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.conversation import Citation, Reply
from assistant.dialogues import (
    GOALS,
    Dialogue,
    Heard,
    Step,
    dialogue_figures,
    hold,
    judge,
    read_dialogues,
)
from assistant.models import Models

GOOD = "- language: en\n  turns:\n    - {text: a, topic: glioma, sections: [types]}\n"


def reply(*cited: str, language: str = "en") -> Reply:
    citations = tuple(Citation(f"{at}", *name.split("/"), "t", "p", "u") for at, name in enumerate(cited))
    return Reply(language, "ask_types", 1.0, "answer", "text", citations)


@pytest.mark.parametrize(
    ("step", "cited", "topic", "section", "quiet"),
    [
        (Step("a", ("glioma",), ("types",)), ("glioma/types", "pneumonia/types"), True, True, None),
        (Step("a", ("glioma",), ("types",)), ("glioma/causes",), True, False, None),
        (Step("a", ("glioma",), ("types",)), ("pneumonia/types", "glioma/types"), False, False, None),
        (Step("a", ("glioma",), ("types",)), (), False, False, None),
        (
            Step("a", ("glioma", "pneumonia"), ("types",)),
            ("pneumonia/types", "glioma/types"),
            True,
            True,
            None,
        ),
        (Step("a", ("glioma", "pneumonia"), ("types",)), ("glioma/types",), False, False, None),
        (Step("thanks"), (), None, None, True),
        (Step("thanks"), ("assistant/limitations",), None, None, True),
        (Step("thanks"), ("glioma/types",), None, None, False),
    ],
)
def test_what_is_right_about_a_reply(
    step: Step, cited: tuple[str, ...], topic: bool | None, section: bool | None, quiet: bool | None
) -> None:
    heard = judge(step, reply(*cited), "en", is_first=False)
    assert (heard.topic, heard.section, heard.quiet, heard.spoken) == (topic, section, quiet, True)


def test_language_and_action() -> None:
    heard = judge(Step("a", action="chat"), reply(language="es"), "en", is_first=False)
    assert (heard.spoken, heard.action) == (False, False)


def test_shares() -> None:
    def heard(topic: bool | None, is_first: bool = False) -> Heard:
        return Heard("en", is_first, topic, topic, None, True, None)

    figures = dialogue_figures(
        [[heard(True, True), heard(True)], [heard(False, True), heard(False), heard(None)]]
    )
    assert figures["dialogues"] == 2
    assert figures["follow_ups"] == 3
    assert figures["topic_carried"] == figures["topic_carried_en"] == 0.5
    assert figures["first_topic"] == figures["whole_dialogues"] == 0.5
    assert figures["language_kept"] == 1.0
    assert not figures.keys() & {"topic_carried_es", "action_expected", "nothing_said"}
    assert figures.keys() - {"follow_ups"} <= {goal.figure for goal in GOALS}


def test_the_topic_is_carried_through_the_whole_turn(models: Callable[..., Models]) -> None:
    first = Step("What is a meningioma?", ("meningioma",), ("overview",))
    heard = hold(
        Dialogue("en", (first, Step("and the treatment?", ("meningioma",), ("treatment",)))),
        models("ask_overview", "ask_treatment"),
    )
    assert [each.topic for each in heard] == [True, True]
    assert [each.is_first for each in heard] == [True, False]


def test_dialogues_are_read(tmp_path: Path) -> None:
    path = tmp_path / "dialogues.yaml"
    path.write_text(
        GOOD + "    - {text: b, topics: [glioma, pneumonia], sections: [types], action: answer}\n"
        "    - {text: c, topic: null, sections: [], images: [glioma.png]}\n",
        "utf-8",
    )
    assert read_dialogues(path) == (
        Dialogue(
            "en",
            (
                Step("a", ("glioma",), ("types",)),
                Step("b", ("glioma", "pneumonia"), ("types",), action="answer"),
                Step("c", images=("glioma.png",)),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: 1", "expected a list of dialogues"),
        ("- {language: en}", "dialogue 1 has no list of turns"),
        (GOOD.replace("en", "fr"), "language is 'fr', expected en or es"),
        (GOOD.replace("text: a", "text: 1"), "dialogue 1, turn 1 has no text"),
        (GOOD.replace("glioma", "gout"), r"unknown topics \['gout'\]"),
        (GOOD.replace("types", "smells"), r"unknown sections \['smells'\]"),
        (GOOD.replace("}", ", image: x}"), "unknown keys image"),
        (GOOD.replace("}", ", images: [x.png]}"), r"images \['x.png'\] are not in"),
        (GOOD.replace("}", ", action: sing}"), "action is 'sing', expected one of answer"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "dialogues.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=said) as raised:
        read_dialogues(path)
    assert str(path) in str(raised.value)
