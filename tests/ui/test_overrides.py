"""What Gradio does in vain, and no longer does, changes nothing of what comes of it."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from tests.loop import finish
from ui import overrides
from ui.overrides import do_nothing_in_vain

GRADIOS = overrides._POSTPROCESS


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    do_nothing_in_vain()
    with gr.Blocks() as page:
        box, words, kept = gr.Textbox(), gr.Markdown(), gr.State(0)
        button = gr.Button()
        button.click(lambda: None, None, [box, words, kept])
    yield page
    page.close()


def given(page: gr.Blocks, how: Any, values: Any) -> tuple[list[Any], SessionState]:
    state = SessionState(page)
    return finish(how(page, next(iter(page.fns.values())), deepcopy(values), state)), state


@pytest.mark.parametrize(
    "values",
    [
        [gr.skip(), gr.skip(), gr.skip()],
        ["a", gr.skip(), gr.skip()],
        [gr.skip(), "<b>b</b>", 7],
        [gr.update(value="a", visible=False), gr.skip(), 7],
        [gr.skip(), gr.update(visible=True), gr.skip()],
        ["a", "b", {"of": "a visitor"}],
        gr.skip(),
    ],
    ids=str,
)
def test_what_comes_of_an_answer_is_what_gradio_makes_of_it(blocks: gr.Blocks, values: Any) -> None:
    ours, state = given(blocks, gr.Blocks.postprocess_data, values)
    theirs, their_state = given(blocks, GRADIOS, values)
    assert gr.Blocks.postprocess_data is not GRADIOS
    assert ours == theirs
    part = next(iter(blocks.fns.values())).outputs[2]._id
    assert (part in state) == (part in their_state)
    assert part not in state or state[part] == their_state[part]


def test_a_part_that_stays_as_it_is_is_not_made_anew(
    blocks: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = gr.Markdown.__init__

    def noted(self: gr.Markdown, *arguments: Any, **options: Any) -> None:
        made.append("made")
        make(self, *arguments, **options)

    monkeypatch.setattr(gr.Markdown, "__init__", noted)
    given(blocks, gr.Blocks.postprocess_data, ["a", gr.skip(), 1])
    assert made == []
    given(blocks, GRADIOS, ["a", gr.skip(), 1])
    assert made == ["made"]


def test_too_few_values_are_an_error_as_before(blocks: gr.Blocks) -> None:
    with pytest.raises(ValueError, match="output"):
        given(blocks, gr.Blocks.postprocess_data, ["a"])
