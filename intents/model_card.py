"""``README.md`` of the router: words of ours, figures from ``card.toml`` and ``figures.toml``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intents.card import FIGURES, FIRST_RUN, MODEL, RouterCard, read_card

_TEXT = """\
# The router

Says what a text wants: one of {intents} intents, in English or Spanish, or `fallback`, none of these.
Written by `python -m intents.training` and `python -m intents.evaluate`: edit `intents/model_card.py`.

## What it is

A dense network ({hidden} hidden units) on the {dimension}-dimensional vector of the project's text encoder
(`{encoder}`), and a table of weights for the text's runs of words and letters ({word_buckets:,} buckets,
`intents/runs.py`); what the two say is added, with a softmax at temperature {temperature:.2f}. The rules of
`intents/rules.py` speak first. Under a confidence of {threshold:.2f} the router says `fallback`.
Version {version}.

## What it was trained on

{utterances} utterances written for this project (`intents/utterances/`), {variants} with their variants:
typos, missing accents, openings, and the name of another disease in the place of the one named. No
conversation of any person was used. {epochs} epochs for the network, {word_epochs} for the table,
seed {seed}.

## How well it does

Kept aside while training, the classifier alone, on what no rule catches: {validation_accuracy:.1%} of
{validation_count} utterances.

{heldout}

The first run is from before more utterances were added. They were written after its figures by intent had
been read (not its texts), more of them for the weakest, so today's figures are less blind than the first.
The validation utterances above also chose the network's shape, epochs, temperature and threshold.

## What it cannot do

- It reads one text by itself. What "and that?" refers to is for `assistant/follow_up.py`.
- A text with two wishes gets one intent.
- Emergencies are none of its business: `assistant/triage.py` has looked before it.
- The utterances were written by few hands; people's own ways of asking will differ.
"""


def write_readme(folder: Path = MODEL, figures: Path = FIGURES, first_run: Path = FIRST_RUN) -> None:
    """Write ``folder``/README.md anew from the card there and the figures, where they are."""
    card = read_card(folder)
    measured = _tables(figures)
    if first := _tables(first_run).get("router"):
        measured["first_run"] = first
    (folder / "README.md").write_text(_readme(card, measured), encoding="utf-8")


def _tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _readme(card: RouterCard, measured: Mapping[str, Any]) -> str:
    return _TEXT.format(
        intents=len(card.intents),
        hidden=" and ".join(str(units) for units in card.training["hidden"]),
        dimension=card.dimension,
        encoder=card.encoder_fingerprint,
        temperature=card.temperature,
        threshold=card.threshold,
        version=card.version,
        utterances=card.training["utterances"],
        variants=card.training["with_variants"],
        epochs=card.training["epochs"],
        word_buckets=card.training["word_buckets"],
        word_epochs=card.training["word_epochs"],
        seed=card.training["seed"],
        validation_accuracy=card.validation["accuracy"],
        validation_count=card.validation["utterances"],
        heldout=_heldout(measured) or "Not measured on the held-out utterances yet.",
    )


def _heldout(measured: Mapping[str, Any]) -> str:
    """A table of the held-out figures; empty where there are none."""
    if "router" not in measured:
        return ""
    lines = [
        f"On {measured['utterances']} held-out utterances, written by someone who had not seen the others:",
        "",
        "| | accuracy | English | Spanish | none of these, found | good questions refused |",
        "|---|---|---|---|---|---|",
    ]
    for name, key in (
        ("first run", "first_run"),
        ("rules and classifier", "router"),
        ("the same, without those that training has too", "router_unseen"),
        ("classic bag of words, without rules or variants", "bag_of_words"),
    ):
        if key in measured:
            row = measured[key]
            lines.append(
                f"| {name} | {row['accuracy']:.1%} | {row['accuracy_en']:.1%} | {row['accuracy_es']:.1%} "
                f"| {row['none_of_these_recall']:.1%} | {row['refused']:.1%} |"
            )
    return "\n".join(lines)
