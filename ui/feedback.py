"""Thumbs up and down: what was judged and how, and nothing of who judged or what was said."""

import json
import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from assistant.settings import Settings
from ui.again import number_of
from ui.transcript import Transcript

logger = logging.getLogger(__name__)

THUMBS = ("up", "down", "none")


def note_thumb(wish: Mapping[str, Any], transcript: Transcript, settings: Settings) -> None:
    """Notes ``wish["value"]`` on the reply ``wish["turn"]``: ``up``, ``down``, or ``none``: taken back.

    The log gets it with the ids of the passages and models behind the reply; so does ``settings.feedback``,
    where that names a file, as a line of JSON with the day.
    """
    number, thumb = number_of(wish.get("turn")), wish.get("value")
    if number is None or number >= len(transcript) or thumb not in THUMBS:
        return
    reply = transcript[number].reply
    if reply is None:
        return
    judged = {
        "thumb": thumb,
        "passages": [citation.passage_id for citation in reply.citations],
        "models": sorted({analysis.model for analysis in reply.analyses if analysis.model}),
    }
    logger.info("thumb %s", json.dumps(judged))
    if not settings.feedback:
        return
    line = json.dumps({"date": date.today().isoformat(), **judged})
    try:
        with Path(settings.feedback).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        logger.error("a thumb could not be written to the file of GALENO_FEEDBACK: %s", type(error).__name__)
