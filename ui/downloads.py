"""The report as a file for the visitor: it goes to the browser in an answer, and is never on a disk."""

import base64
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant.conversation import Language
from assistant.settings import Settings
from ui.again import number_of
from ui.boundary import apologise
from ui.convert import shown_text
from ui.report import Item, Report, as_markdown
from ui.texts import load_texts
from ui.transcript import Transcript
from ui.versions import ROOT, versions


def report_file(
    wish: Mapping[str, Any], transcript: Transcript, language: Language, settings: Settings
) -> str | None:
    """The file as JSON: ``name``, ``type`` and ``data`` in base64, or the ``error`` that kept it away.

    ``wish["format"]`` is ``pdf`` or ``markdown``; with ``wish["turn"]`` it is of that exchange alone.
    ``None`` where nothing was answered yet.
    """
    number = number_of(wish.get("turn"))
    chosen = transcript if number is None else transcript[number : number + 1]
    items = tuple(
        Item(shown_text(exchange.turn.text, load_texts(language)), exchange.files, exchange.reply)
        for exchange in chosen
        if exchange.reply is not None
    )
    if not items:
        return None
    if number is not None:
        language = items[0].reply.language
    report = Report(items, language, date.today(), settings.emergency_number, versions(ROOT))
    name = load_texts(language)("menu.file_name", date=report.made.isoformat())
    try:
        if wish.get("format") == "markdown":
            return _file(f"{name}.md", "text/markdown", as_markdown(report).encode())
        # Making PDF takes a library that nothing else needs, and most visitors never ask for one.
        from ui.report_pdf import as_pdf

        return _file(f"{name}.pdf", "application/pdf", as_pdf(report))
    except Exception as error:
        return json.dumps({"error": apologise(error, language)})


def _file(name: str, kind: str, content: bytes) -> str:
    return json.dumps({"name": name, "type": kind, "data": base64.b64encode(content).decode("ascii")})
