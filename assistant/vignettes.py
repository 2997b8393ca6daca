"""Held-out messages that tell of an emergency, and such as only look like it: how many raise the alarm."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.second_look import SecondLook
from assistant.triage import find_emergency
from intents.goals import Goal, by_language
from knowledge_base.encoder import Encoder
from knowledge_base.schema import LANGUAGES, Language

#: Whether the messages of a group of the file are emergencies.
GROUPS = {"emergencies": True, "not_emergencies": False}
#: How many of each there should be, and the share of those that are none that may raise the alarm.
EXPECTED, ALARMS = 250, 0.04
#: Milliseconds of one look at the floor.
QUICK = 5.0
WARM_UP = 5

_WAYS = {"floor": "floor alone", "both": "floor and second look"}
GOALS = (
    Goal("emergencies asked about", "emergencies", EXPECTED, unit=""),
    Goal("what only looks like one, asked about", "look_alikes", EXPECTED, unit=""),
    *(
        goal
        for way, words in _WAYS.items()
        for goal in (
            *by_language(f"{words}: emergencies found", f"{way}_found", 1.0),
            Goal(f"{words}: emergencies missed", f"{way}_missed", 0, below=True, unit=""),
            *by_language(f"{words}: alarms on look-alikes", f"{way}_alarms", ALARMS, below=True),
        )
    ),
    Goal("time of the floor, median", "floor_ms", QUICK, below=True, unit="ms"),
    Goal("time of the floor, 95 of 100 within", "floor_slow_ms", QUICK, below=True, unit="ms"),
)


@dataclass(frozen=True, slots=True)
class Vignette:
    """A message, and whether it tells of an emergency."""

    text: str
    language: Language
    is_emergency: bool


def read_vignettes(path: Path) -> tuple[Vignette, ...]:
    """The messages of a file: ``emergencies`` and ``not_emergencies``, lists of texts by language.

    ``FileNotFoundError`` names a missing file, ``ValueError`` a wrong entry or an empty list.
    """
    groups = read_yaml(path, "vignettes")
    if not isinstance(groups, dict) or set(groups) != set(GROUPS):
        raise ValueError(f"{path}: expected the groups {' and '.join(GROUPS)}")
    vignettes: list[Vignette] = []
    for name, is_emergency in GROUPS.items():
        for language in LANGUAGES:
            texts = groups[name].get(language) if isinstance(groups[name], dict) else None
            if not isinstance(texts, list) or not texts:
                raise ValueError(f"{path}: {name} has no list of texts under {language}")
            for number, text in enumerate(texts, start=1):
                if not isinstance(text, str) or not text.strip():
                    raise ValueError(
                        f"{path}: {name}, {language}, entry {number} is no text: put it in quotes"
                    )
                vignettes.append(Vignette(text, language, is_emergency))
    return tuple(vignettes)


def read_yaml(path: Path, what: str) -> Any:
    """What a file of YAML holds; its errors name the file in one line."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file, expected {what}")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def measure_vignettes(
    vignettes: Sequence[Vignette], encoder: Encoder, second_look: SecondLook
) -> dict[str, float]:
    """The figures of the floor alone, and of it and the second look as a turn has them, by name."""
    floor, milliseconds = [], []
    for vignette in (*vignettes[:WARM_UP], *vignettes):
        start = time.perf_counter()
        floor.append(find_emergency(vignette.text) is not None)
        milliseconds.append(1000 * (time.perf_counter() - start))
    warm = len(vignettes[:WARM_UP])
    floor, milliseconds = floor[warm:], sorted(milliseconds[warm:])
    vectors = encoder.encode_queries([vignette.text for vignette in vignettes])
    both = [
        alarm or second_look.find_emergency(vignette.text, vector) is not None
        for vignette, vector, alarm in zip(vignettes, vectors, floor, strict=True)
    ]
    return {
        "emergencies": sum(vignette.is_emergency for vignette in vignettes),
        "look_alikes": sum(not vignette.is_emergency for vignette in vignettes),
        **alarm_figures(vignettes, {"floor": floor, "both": both}),
        "floor_ms": statistics.median(milliseconds),
        "floor_slow_ms": milliseconds[int(0.95 * (len(milliseconds) - 1))],
    }


def alarm_figures(vignettes: Sequence[Vignette], alarms: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """Shares of emergencies found and of look-alikes that raise the alarm, by way of looking and language."""
    figures: dict[str, float] = {}
    for way, raised in alarms.items():
        for language in ("", *LANGUAGES):
            at = f"_{language}" if language else ""
            here = [
                (vignette.is_emergency, alarm)
                for vignette, alarm in zip(vignettes, raised, strict=True)
                if language in ("", vignette.language)
            ]
            found = [alarm for is_emergency, alarm in here if is_emergency]
            false = [alarm for is_emergency, alarm in here if not is_emergency]
            figures[f"{way}_found{at}"] = sum(found) / len(found)
            figures[f"{way}_missed{at}"] = found.count(False)
            figures[f"{way}_alarms{at}"] = sum(false) / len(false)
    return figures
