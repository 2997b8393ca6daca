"""The poorest figure of each kind: in which collection, kind of picture or language a model does worst.

Nothing is chosen by hand: a ``Limit`` names the figures that may be compared, and the poorest is found.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any

from knowledge_base.schema import LANGUAGES
from ui.about_figures import Figure, figures_of
from ui.versions import read_toml
from vision_models.card import MODEL_NAMES

_ALTERED = r"(denoised_nlm|denoised_median|jpeg_quality_30|half_resolution|photographed|inverted)_accuracy"
#: Not ``without_clahe``, which is a probe of the shipped network.
_UNSEEN = r"(?:plain_)?without_(?!clahe_)(\w+)_accuracy"
_OUR_SCANS = "brain_mri|chest_xray"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is measured of ``model`` in one or more places, under ``name`` in the table ``limits``.

    ``pattern`` fits the names of the figures in full; its groups say where, in words of ``limit_places``.
    The lowest figure is the worst, or with ``highest`` the highest; with ``unsure`` the one whose interval
    reaches highest. ``count`` names the figure with the cases, where it stands apart; ``{}`` is the language.
    ``first``: one of the few that are not folded.
    """

    model: str
    name: str
    pattern: str
    highest: bool = False
    unsure: bool = False
    count: str = ""
    first: bool = False


LIMITS = (
    Limit("chest_xray", "pneumonia_found", r"(\w+)_sensitivity", first=True),
    Limit("chest_xray", "no_pneumonia_said", r"(\w+)_specificity", first=True),
    Limit("chest_xray", "other_disease", r"(?!untouched_)(\w+)_reassured", highest=True, first=True),
    Limit("chest_xray", "unseen", _UNSEEN, first=True),
    Limit("chest_xray", "named", r"found_(?!normal)(\w+)"),
    Limit("chest_xray", "possible", r"coverage_(\w+)"),
    Limit("chest_xray", "altered", _ALTERED),
    Limit("chest_xray", "lungs_hidden", "lungs_hidden_accuracy"),
    Limit("chest_xray", "abstained", "abstained"),
    Limit("chest_xray", "calibration_error", "calibration_error"),
    Limit("chest_xray", "maps_shown", "maps_shown"),
    Limit("brain_mri", "tumor_found", r"(tumor|flair)_sensitivity(_no_twin)?", first=True),
    Limit("brain_mri", "no_tumor_said", r"(tumor|flair)_specificity(_no_twin)?", first=True),
    Limit("brain_mri", "outline", r"dice_(\w+)", first=True),
    Limit("brain_mri", "unseen", _UNSEEN, first=True),
    Limit("brain_mri", "four_classes", r"accuracy_four_classes(_no_twin)?"),
    Limit("brain_mri", "tumor_named", r"found_(?!no_tumor)(\w+)"),
    Limit("brain_mri", "possible", r"coverage_(\w+)"),
    Limit("brain_mri", "altered", _ALTERED),
    Limit("brain_mri", "brain_hidden", "brain_hidden_accuracy"),
    Limit("brain_mri", "abstained", "abstained"),
    Limit("brain_mri", "calibration_error", "calibration_error"),
    Limit("brain_mri", "maps_shown", "maps_shown"),
    Limit("gate", "scans_let_through", rf"let_through_(?:{_OUR_SCANS})_(\w+)", first=True),
    Limit("gate", "others_let_through", rf"let_through_(?!{_OUR_SCANS})(\w+)", highest=True, first=True),
    Limit("gate", "others_unsure", rf"let_through_(?!{_OUR_SCANS})(\w+)", highest=True, unsure=True),
    Limit("gate", "calibration_error", "calibration_error"),
    Limit("intents", "understood", "router_accuracy_(en|es)", first=True),
    Limit("intents", "wish", r"by_intent_(\w+)_(en|es)"),
    Limit("intents", "refused", "router_refused_(en|es)", highest=True),
    Limit("intents", "other_subject", "router_clinc150_(oos|others)_found"),
    Limit(
        "knowledge_base",
        "passage",
        "galeno_(en|es)_topic_and_section_in_first_3",
        count="galeno_{}_questions_in_scope",
        first=True,
    ),
    Limit(
        "knowledge_base",
        "out_of_scope",
        "galeno_(en|es)_out_of_scope_answered",
        highest=True,
        count="galeno_{}_questions_out_of_scope",
    ),
    Limit("assistant", "part_kept", "assistant_section_carried_(en|es)", first=True),
    Limit("assistant", "emergencies", "assistant_both_found_(en|es)"),
    Limit("assistant", "false_alarms", "assistant_both_alarms_(en|es)", highest=True),
    Limit("assistant", "topic_kept", "assistant_topic_carried_(en|es)"),
)


@dataclass(frozen=True, slots=True)
class Worst:
    """The poorest figure of a limit; ``places`` are the groups of its name, and of those that equal it."""

    limit: Limit
    figure: Figure
    places: tuple[tuple[str, ...], ...]


def worst_of(limit: Limit, figures: Sequence[Figure]) -> Worst | None:
    """``None`` where nothing of it was measured. Of equal figures those with the fewest cases are worst."""
    cases = {limit.count.format(place): place for place in LANGUAGES} if limit.count else {}
    counts = {cases[figure.name]: int(figure.value) for figure in figures if figure.name in cases}
    found = []
    for figure in figures:
        if (match := re.fullmatch(limit.pattern, figure.name)) and not isnan(figure.value):
            places = tuple(group.strip("_") for group in match.groups() if group)
            if places and places[0] in counts:
                figure = replace(figure, count=counts[places[0]])
            found.append((figure, places))
    if not found:
        return None
    poorest = min(_rank(limit, figure) for figure, _ in found)
    alike = [(figure, places) for figure, places in found if _rank(limit, figure) == poorest]
    return Worst(limit, alike[0][0], tuple(places for _, places in alike if places))


def measured(root: Path, model: str) -> tuple[Figure, ...]:
    """Every figure of a model in the checkout ``root``: those on the test images, of its probes, and of the
    small networks trained beside it, as ``<key>_accuracy``."""
    if model not in MODEL_NAMES:
        return tuple(figures_of(read_toml(root / model / "figures.toml")))
    folder = root / "vision_models" / "models" / model
    card = read_toml(folder / "card.toml")
    runs: list[Mapping[str, Any]] = read_toml(folder / "comparisons.toml").get("run", [])
    trained = [
        Figure(f"{run['key']}_accuracy", run["accuracy"], count=run["images"])
        for run in runs
        if run.keys() >= {"key", "accuracy", "images"}
    ]
    return (*figures_of(card.get("figures", {})), *figures_of(card.get("probes", {})), *trained)


def _rank(limit: Limit, figure: Figure) -> tuple[float, int]:
    """Lowest for the worst."""
    value = figure.high if limit.unsure and figure.high is not None else figure.value
    return -value if limit.highest else value, figure.count or 0
