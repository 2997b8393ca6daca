"""How well Galeno answers and reads, as its own figures have it: what speed cost, if anything."""

import tomllib
from functools import reduce
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: The figures before anything was done for speed.
BEFORE = Path(__file__).with_name("before.toml")

#: Title, file, and where in it.
FIGURES: tuple[tuple[str, str, str], ...] = (
    ("scans let through", "vision_models/models/gate/card.toml", "figures.scans_let_through.value"),
    (
        "near misses let through",
        "vision_models/models/gate/card.toml",
        "figures.near_misses_let_through.value",
    ),
    (
        "brain MRI, four classes",
        "vision_models/models/brain_mri/card.toml",
        "figures.accuracy_four_classes.value",
    ),
    ("tumor sensitivity", "vision_models/models/brain_mri/card.toml", "figures.tumor_sensitivity.value"),
    ("tumor specificity", "vision_models/models/brain_mri/card.toml", "figures.tumor_specificity.value"),
    ("outline, Dice (LGG FLAIR)", "vision_models/models/brain_mri/card.toml", "figures.dice_lgg_flair.value"),
    ("chest X-ray, four classes", "vision_models/models/chest_xray/card.toml", "figures.accuracy.value"),
    ("pneumonia sensitivity", "vision_models/models/chest_xray/card.toml", "figures.sensitivity.value"),
    ("pneumonia specificity", "vision_models/models/chest_xray/card.toml", "figures.specificity.value"),
    (
        "maps that pass their check, brain",
        "vision_models/models/brain_mri/card.toml",
        "figures.maps_shown.value",
    ),
    (
        "maps that pass their check, chest",
        "vision_models/models/chest_xray/card.toml",
        "figures.maps_shown.value",
    ),
    ("topic among the first 3, English", "knowledge_base/figures.toml", "galeno.en.topic_in_first_3"),
    ("topic among the first 3, Spanish", "knowledge_base/figures.toml", "galeno.es.topic_in_first_3"),
    ("mean reciprocal rank, English", "knowledge_base/figures.toml", "galeno.en.mrr"),
    ("mean reciprocal rank, Spanish", "knowledge_base/figures.toml", "galeno.es.mrr"),
    ("intents, English", "intents/figures.toml", "router.accuracy_en"),
    ("intents, Spanish", "intents/figures.toml", "router.accuracy_es"),
    ("emergencies missed", "assistant/figures.toml", "assistant.both_missed"),
    ("false alarms", "assistant/figures.toml", "assistant.both_alarms"),
    ("topic carried over", "assistant/figures.toml", "assistant.topic_carried"),
)


def now() -> dict[str, float]:
    return {title: float(_at(ROOT / path, keys.split("."))) for title, path, keys in FIGURES}


def before() -> dict[str, float]:
    found: dict[str, float] = tomllib.loads(BEFORE.read_text("utf-8"))["figures"]
    return found


def _at(path: Path, keys: list[str]) -> Any:
    return reduce(lambda table, key: table[key], keys, tomllib.loads(path.read_text("utf-8")))
