"""What the crowd calls a fault: a load test that cannot fail says nothing."""

from typing import Any

import pytest
from gradio.utils import diff

from tests.load.crowd import fault_of
from tests.load.stories import Say, Story
from tests.load.tab import Call, changed, last_answer, read_layout

STORY = Story("es", (Say("Soy {name}", ("glioma",), ("glioma",)), Say("¿y eso?", ("glioma",))), ("neumonía",))
CHIP = '<ul class="g-files"><li title="x">Ana-Hugo-0.jpg</li></ul>'


def html(role: str, value: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "component", "value": value}]}


def words(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def transcript(*answers: str, name: str = "Ana Hugo", chip: str = CHIP) -> list[dict[str, Any]]:
    told = [
        html("user", chip),
        words("user", f"Soy {name}"),
        html("assistant", "…"),
        words("assistant", answers[0]),
    ]
    for answer in answers[1:]:
        told += [words("user", "¿y eso?"), words("assistant", answer)]
    return told


def test_an_answer_to_this_visitor_is_no_fault() -> None:
    assert fault_of(transcript("Un glioma"), STORY, list(STORY.turns[:1]), "Ana Hugo") == ""
    assert fault_of(transcript("Un glioma", "Otro glioma"), STORY, list(STORY.turns), "Ana Hugo") == ""


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        (transcript("Un glioma", name="Eva Luz"), "mix-up: the transcript"),
        (transcript("Un glioma", "Y más"), "mix-up: the transcript"),
        (transcript("Un glioma", chip=CHIP.replace("Ana", "Eva")), "mix-up: the files"),
        (transcript("Una neumonía y un glioma"), "mix-up: 'Soy {name}'"),
        (transcript("Un tumor"), "wrong answer: 'Soy {name}'"),
        ([], "mix-up: the transcript"),
    ],
)
def test_what_is_of_another_visitor_is_a_fault(shown: list[dict[str, Any]], fault: str) -> None:
    assert fault_of(shown, STORY, list(STORY.turns[:1]), "Ana Hugo").startswith(fault)


def test_the_last_answer_is_what_follows_the_last_message() -> None:
    assert last_answer(transcript("Un glioma", "Otro")) == "Otro"
    assert last_answer(transcript("Un glioma")[:-1]) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, [{"text": "a"}]),
        ([{"text": "a"}], [{"text": "a b"}, {"text": "c"}]),
        ([{"text": "a", "more": 1}, 2, 3], [{"text": "b"}]),
        ({"__type__": "update"}, "x"),
    ],
)
def test_a_frame_is_read_as_gradio_wrote_its_differences(before: Any, after: Any) -> None:
    assert changed([before], [diff(before, after)]) == [after]


def test_the_layout_is_read_from_the_configuration() -> None:
    def component(key: int, name: str | None = None, kind: str = "html") -> dict[str, Any]:
        return {"id": key, "type": kind, "props": {"elem_id": name, "value": key}}

    def event(key: int, targets: list[Any], after: int | None = None, failed: bool = False) -> dict[str, Any]:
        return {
            "id": key,
            "targets": targets,
            "inputs": [1, 2],
            "outputs": [3],
            "trigger_after": after,
            "trigger_only_on_failure": failed,
        }

    parts = [
        component(1, "g-box"),
        component(2, kind="state"),
        component(3, "g-transcript"),
        component(4, "g-new"),
    ]
    events = [
        event(10, [[1, "submit"]]),
        event(11, [[None, "then"]], after=10),
        event(14, [[None, "then"]], after=10, failed=True),
        event(12, [[0, "load"]]),
        event(13, [[4, "click"]]),
    ]
    layout = read_layout({"components": parts, "dependencies": events})
    assert layout.submit == Call(10, 1, (1, 2), (3,), (Call(11, None, (1, 2), (3,)),))
    assert [call.number for call in (*layout.loads, *layout.anew)] == [12, 13]
    assert layout.kept == {2}
