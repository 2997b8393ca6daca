"""Habits of Gradio and of its MCP server that they have no option for, and that Galeno takes from them.

Each is one attribute that is replaced, so look at all of them when Gradio changes: ``tests/ui/test_api.py``
and ``test_overrides.py`` fail where one of them no longer does what it should.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import nullcontext
from copy import copy
from typing import Any

import gradio as gr
from gradio import mcp as gradio_mcp
from gradio import processing_utils, utils
from gradio.block_function import BlockFunction
from gradio.blocks import BlocksConfig
from gradio.queueing import Queue
from gradio.state_holder import SessionState
from mcp.shared import session as mcp_session

from assistant.messages import messages

logger = logging.getLogger(__name__)

_PREPROCESS = gr.Blocks.preprocess_data
_POSTPROCESS = gr.Blocks.postprocess_data
_COPY = BlocksConfig.__copy__


class _Tools(gradio_mcp.GradioMCPServer):  # type: ignore[misc]
    """Gradio's MCP server, but results are JSON, not Python's notation, and files stay as they came."""

    def get_input_schema(
        self, tool_name: str, parameters: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], list[list[str | int]]]:
        """Gradio's, with the type of each choice, and without what it says of files, which is not so here."""
        schema, file_positions = super().get_input_schema(tool_name, parameters)
        for values in schema["properties"].values():
            if "enum" in values:
                values["type"] = "string"
            if "items" in values:
                values["items"] = {"type": values["items"]["type"]}
        return schema, file_positions

    def convert_strings_to_filedata(self, value: Any, filedata_positions: Any) -> Any:  # noqa: ARG002
        """The arguments as they came, where Gradio writes data URLs to disk.

        Raises ``ValueError`` for an object among them: Gradio would take the path in it for one of its own
        and upload that file of this machine. The schema, which has none, is not always checked before.
        """
        if any(isinstance(inner, dict) for argument in value.values() for inner in _leaves(argument)):
            raise ValueError("An argument is an object; expected texts, numbers, or a list of texts.")
        return value

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:  # noqa: ARG002
        return [
            self.types.TextContent(type="text", text=json.dumps(output, ensure_ascii=False))
            for output in data
        ]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def keep_and_fetch_nothing() -> None:
    """Takes habits from Gradio and from MCP that give something away. Safe to call twice.

    Gradio fetches the address in a caller's file (any public one); it keeps in memory what was sent and
    answered, for links to a state of the page, which Galeno does not offer, and for them works out anew, with
    each piece of a reply, what it tells programs of a part of the page: two fifths of all that a busy server
    did. It logs arguments that do not fit, and tells the caller nothing; and its MCP server writes a caller's
    data URL to disk. MCP logs every call, and what is in one that makes no sense.
    """
    processing_utils.async_ssrf_protected_download = _fetch_nothing
    BlocksConfig.__copy__ = _of_one_visitor
    gradio_mcp.GradioMCPServer = _Tools
    quiet = logging.getLogger("mcp")
    quiet.setLevel(logging.ERROR)
    mcp_session.logging = quiet  # type: ignore[assignment,attr-defined]
    gr.Blocks.preprocess_data = _take_in


def do_nothing_in_vain() -> None:
    """Takes habits from Gradio that only take time. Safe to call twice.

    Gradio notes the times of the last ten thousand events and works out percentiles of them all after each,
    for a page of its own that Galeno does not offer; when somebody first does anything it imports all of
    matplotlib, which takes half a second, for plots; and it makes anew, each time, every part of the page
    that an answer leaves as it is.
    """
    Queue.compute_analytics_summary = _measure_nothing
    utils.MatplotlibBackendMananger = nullcontext
    gr.Blocks.postprocess_data = _give_out


async def _fetch_nothing(url: str, cache_dir: str) -> str:  # noqa: ARG001
    raise gr.Error(messages("en")("error.no_address"), print_exception=False)


async def _take_in(page: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return await _PREPROCESS(page, *arguments, **options)
    except gr.Error as error:  # Gradio would print it, and it names the value
        raise gr.Error(error.message, print_exception=False) from None
    except ValueError as error:  # too few of them, or a path that is no upload's
        logger.warning("a call's arguments were refused: %s", type(error).__name__)
        raise gr.Error(messages("en")("error.arguments"), print_exception=False) from None


async def _give_out(page: Any, function: BlockFunction, values: Any, state: SessionState | None) -> list[Any]:
    """What becomes of the parts that change; the others are told that nothing does."""
    outputs = function.outputs
    if len(outputs) < 2 or not isinstance(values, list | tuple) or len(values) != len(outputs):
        made: list[Any] = await _POSTPROCESS(page, function, values, state)
        return made
    changed = [at for at, value in enumerate(values) if not (isinstance(value, dict) and value == gr.skip())]
    found: list[Any] = [None if part.stateful else gr.skip() for part in outputs]
    if changed:
        of_them = copy(function)
        of_them.outputs = [outputs[at] for at in changed]
        given = [values[at] for at in changed]
        ready = await _POSTPROCESS(page, of_them, given if len(given) > 1 else given[0], state)
        for at, value in zip(changed, ready, strict=True):
            found[at] = value
    return found


def _measure_nothing(queue: Queue, records: object) -> dict[str, Any]:  # noqa: ARG001
    """What was noted of the events so far goes, where Gradio would work it out."""
    queue.event_analytics.clear()
    return {"functions": {}}


def _of_one_visitor(page: BlocksConfig) -> BlocksConfig:
    """A visitor's copy of the page, of which Gradio keeps no settings and no values beside."""
    copied = _COPY(page)
    copied.config_for_block = _keep_nothing
    return copied


def _keep_nothing(*_: object) -> dict[str, Any]:
    return {}
