"""``python -m assistant``: one turn (``ask``), conversations by the line (``batch``), the ``figures``."""

import argparse
import json
import logging
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from assistant import figures
from assistant.build import build_models
from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.errors import GalenoError
from assistant.messages import messages
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import SettingError, read_settings
from vision_models.image_io import read_file
from vision_models.view import overlay

logger = logging.getLogger("galeno")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; an expected failure is one sentence on standard error and exit status 2."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        return _COMMANDS[options.command](options)
    except (GalenoError, SettingError) as error:
        print(error, file=sys.stderr)
        return 2


def _ask(options: argparse.Namespace) -> int:
    language = None if options.language == "auto" else options.language
    say = messages(language or "en")
    if options.text is None and not options.image:
        raise GalenoError(say("error.no_input"))
    turn = Turn(
        text=options.text or "",
        images=tuple(_attachment(path) for path in options.image),
        language=language,
        audience=options.audience,
    )
    reply, _ = respond(turn, Conversation(), build_models(read_settings()))
    try:
        paths = _write_overlays(reply, options.overlays, prefix="")
    except GalenoError as error:
        print(error, file=sys.stderr)
        paths = {}
    if options.json:
        print(json.dumps(reply.as_json(paths), ensure_ascii=False, indent=2))
        return 0
    print(reply.text)
    for number, citation in enumerate(reply.citations, start=1):
        print(f"[{number}] {citation.title}. {citation.publisher}. {citation.url}")
    for path in paths.values():
        print(path)
    return 0


def _batch(options: argparse.Namespace) -> int:
    say = messages("en")
    try:
        lines = options.source.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise GalenoError(say("error.not_a_file", path=str(options.source))) from error
    if lines and not lines[-1]:
        lines.pop()
    models = build_models(read_settings())
    try:
        with options.target.open("w", encoding="utf-8", errors="backslashreplace") as target:
            for number, line in enumerate(tqdm(lines, desc="batch", unit="line"), start=1):
                result = _line(line, number, models, options.overlays)
                target.write(json.dumps(result, ensure_ascii=False) + "\n")
    except OSError as error:
        raise GalenoError(say("error.cannot_write", path=str(options.target))) from error
    return 0


def _figures(_options: argparse.Namespace) -> int:
    figures.write()
    print(figures.tables())
    return 0


def _line(line: str, number: int, models: Models, overlays: Path | None) -> dict[str, Any]:
    """One conversation; whatever is wrong with it stays in its own line."""
    say = messages("en")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": say("error.bad_line")}
    name = record.get("id") if isinstance(record, dict) else None
    turns = record.get("turns") if isinstance(record, dict) else None
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        return {"id": name, "error": say("error.bad_line")}
    try:
        return {"id": name, "replies": list(_replies(turns, models, overlays, f"{number}-"))}
    except Exception as error:  # the boundary: the other lines go on
        reference = secrets.token_hex(4)
        logger.error("line %d failed (%s), reference %s", number, type(error).__name__, reference)
        return {"id": name, "error": say("error.turn", reference=reference)}


def _replies(
    turns: list[dict[str, Any]], models: Models, overlays: Path | None, prefix: str
) -> Iterator[dict[str, Any]]:
    conversation = Conversation()
    for number, record in enumerate(turns, start=1):
        text, images = record.get("text"), record.get("images")
        turn = Turn(
            text=text if isinstance(text, str) else "",
            images=tuple(_attachment(str(path)) for path in images) if isinstance(images, list) else (),
        )
        reply, conversation = respond(turn, conversation, models)
        yield reply.as_json(_write_overlays(reply, overlays, f"{prefix}{number}-") if overlays else None)


def _attachment(path: str) -> Attachment:
    return Attachment(Path(path).name, read_file(Path(path)))


def _write_overlays(reply: Reply, folder: Path, prefix: str) -> dict[int, str]:
    """Writes the overlay of each reading as PNG; returns their paths by the reading's place."""
    paths = {}
    for index, analysis in enumerate(reply.analyses):
        if (drawn := overlay(analysis)) is None:
            continue
        path = folder / f"{prefix}{index + 1}-{analysis.modality}-{analysis.target_class}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(drawn).save(path)
        except OSError as error:
            raise GalenoError(messages("en")("error.cannot_write", path=str(path))) from error
        paths[index] = str(path)
    return paths


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="answer one turn")
    ask.add_argument("text", nargs="?", metavar="TEXT")
    ask.add_argument("--image", action="append", default=[], metavar="FILE")
    ask.add_argument("--language", choices=("auto", "en", "es"), default="auto")
    ask.add_argument("--audience", choices=("patient", "clinician"), default="patient")
    ask.add_argument("--overlays", type=Path, default=Path("overlays"), metavar="DIR")
    ask.add_argument("--json", action="store_true")
    batch = commands.add_parser("batch", help="answer conversations, one a line")
    batch.add_argument("source", type=Path, metavar="IN.jsonl")
    batch.add_argument("target", type=Path, metavar="OUT.jsonl")
    batch.add_argument("--overlays", type=Path, metavar="DIR", help="write overlays there")
    commands.add_parser("figures", help="write the measured figures into README.md, and print them")
    return parser


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "ask": _ask,
    "batch": _batch,
    "figures": _figures,
}

if __name__ == "__main__":
    sys.exit(main())
