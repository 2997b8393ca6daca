"""Figures of what a router said of utterances whose intent is known. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from intents.examples import LANGUAGES, Example
from intents.goals import Goal, aligned, by_language
from intents.prediction import INTENTS
from intents.training import NONE_OF_THESE

#: What an accuracy, and the share of none-of-these that are found, are meant to reach.
ACCURACY, FOUND, REFUSED = 0.96, 0.92, 0.04
#: Another disease is declined too: a good question that is called one gets no answer.
DECLINED = (*NONE_OF_THESE, "offtopic_medical")

_OOS, _OTHERS = "CLINC150, out of scope", "CLINC150, intents that are not ours"
GOALS = (
    *by_language("intent right", "accuracy", ACCURACY),
    *by_language("none of these, found", "none_of_these_recall", FOUND),
    *by_language("good question refused", "refused", REFUSED, below=True),
    *by_language("the same, or called another disease", "declined", REFUSED, below=True),
    Goal(f"{_OOS}, found", "clinc150_oos_found", FOUND),
    Goal(f"{_OOS}, found or called another disease", "clinc150_oos_declined", FOUND),
    Goal(f"{_OTHERS}, found", "clinc150_others_found", FOUND),
    Goal(f"{_OTHERS}, found or called another disease", "clinc150_others_declined", FOUND),
    Goal("time of one route, median", "route_ms", unit="ms"),
    Goal("time of one route with its encoding, median", "route_with_encoding_ms", unit="ms"),
)


def figures_of(examples: Sequence[Example], predicted: Sequence[str]) -> dict[str, float]:
    """Accuracy, in all and by language; how many none-of-these were found, and good questions refused.

    ``declined`` is stricter than ``refused``: of questions in scope, those called another disease as well.
    Raises ``ValueError`` for a language without both kinds.
    """
    right = np.asarray([one.intent == said for one, said in zip(examples, predicted, strict=True)])
    none = np.asarray([one.intent in NONE_OF_THESE for one in examples])
    called_none = np.asarray([said in NONE_OF_THESE for said in predicted])
    ours = np.asarray([one.intent not in DECLINED for one in examples])
    declined = np.asarray([said in DECLINED for said in predicted])
    figures: dict[str, float] = {}
    for language in ("", *LANGUAGES):
        here = np.asarray([language in ("", one.language) for one in examples], dtype=bool)
        counts = f"{int((here & ours).sum())} utterances in scope and {int((here & none).sum())} out of it"
        if not (here & ours).any() or not (here & none).any():
            raise ValueError(f"held-out utterances: {language or 'all'} has {counts}, expected some of each")
        at = f"_{language}" if language else ""
        figures |= {
            f"accuracy{at}": float(right[here].mean()),
            f"none_of_these_recall{at}": float(called_none[here & none].mean()),
            f"refused{at}": float(called_none[here & ~none].mean()),
            f"declined{at}": float(declined[here & ours].mean()),
        }
    return figures


def out_of_scope(name: str, predicted: Sequence[str]) -> dict[str, float]:
    """The figures of utterances none of which is in scope, under ``name``."""
    return {
        f"{name}_found": sum(said in NONE_OF_THESE for said in predicted) / len(predicted),
        f"{name}_declined": sum(said in DECLINED for said in predicted) / len(predicted),
    }


def by_intent(examples: Sequence[Example], predicted: Sequence[str]) -> dict[str, dict[str, float]]:
    """The part that was right of each intent's examples: ``{intent: {"en": …, "es": …, "count": …}}``; a
    language that has none of an intent is left out."""
    table: dict[str, dict[str, float]] = {}
    for intent in INTENTS:
        rows = [
            (one.language, said)
            for one, said in zip(examples, predicted, strict=True)
            if one.intent == intent
        ]
        row: dict[str, float] = {}
        for language in LANGUAGES:
            right = [said == intent for spoken, said in rows if spoken == language]
            if right:
                row[language] = sum(right) / len(right)
        if rows:
            table[intent] = row | {"count": len(rows)}
    return table


def confusions(examples: Sequence[Example], predicted: Sequence[str]) -> list[dict[str, Any]]:
    """What was taken for what, and how often in each language; the most frequent first."""
    pairs: dict[tuple[str, str], Counter[str]] = {}
    for one, said in zip(examples, predicted, strict=True):
        if one.intent != said:
            pairs.setdefault((one.intent, said), Counter())[one.language] += 1
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [
        {"intent": intent, "taken_for": said, "times": counts.total()}
        | {language: counts[language] for language in LANGUAGES}
        for (intent, said), counts in ordered
    ]


def intents_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """``by_intent`` as it is printed, with whether each intent reaches the goal in both languages."""
    lines = [["intent", "English", "Spanish", "goal", "reached", "count"]]
    for intent, row in rows.items():
        shares = [row.get(language) for language in LANGUAGES]
        reached = all(share is None or share >= ACCURACY for share in shares)
        shown = ["" if share is None else f"{100 * share:.0f} %" for share in shares]
        goal, answer = f"≥ {100 * ACCURACY:.0f} %", "yes" if reached else "no"
        lines.append([intent, *shown, goal, answer, f"{row['count']:g}"])
    return aligned(lines)


def confusions_table(pairs: Sequence[Mapping[str, Any]]) -> str:
    """``confusions`` as they are printed."""
    lines = [["intent", "taken for", "times", "English", "Spanish"]]
    lines += [[str(pair[key]) for key in ("intent", "taken_for", "times", *LANGUAGES)] for pair in pairs]
    return aligned(lines)
