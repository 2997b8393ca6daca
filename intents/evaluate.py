"""``python -m intents.evaluate``: how often the router is right, on utterances it never saw.

Prints the figures and writes them to ``intents/figures.toml`` and the model card. The figures of the very
first run stay in the file, under ``first_run``; ``router_unseen`` leaves out the held-out utterances that
somebody happened to write for training too ("hello").
"""

import argparse
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from intents import model_card
from intents.bag_of_words import DROPOUT, HIDDEN, bags, vocabulary
from intents.card import FIGURES, MODEL, to_toml
from intents.classifier import logits
from intents.examples import HELDOUT, LANGUAGES, UTTERANCES, Example, read_examples, split
from intents.folding import fold
from intents.prediction import INTENTS
from intents.router import Router, load_router
from intents.training import NONE_OF_THESE, SEED, fit
from knowledge_base.encoder import Encoder, load_encoder


def figures_of(examples: Sequence[Example], predicted: Sequence[str]) -> dict[str, float]:
    """Accuracy, in all and by language; how many none-of-these were found, and good questions refused."""
    right = np.asarray(
        [example.intent == intent for example, intent in zip(examples, predicted, strict=True)]
    )
    none = np.asarray([example.intent in NONE_OF_THESE for example in examples])
    called_none = np.asarray([intent in NONE_OF_THESE for intent in predicted])
    figures = {"accuracy": _mean(right)}
    for language in LANGUAGES:
        here = np.asarray([example.language == language for example in examples])
        figures[f"accuracy_{language}"] = _mean(right[here])
        figures[f"none_of_these_recall_{language}"] = _mean(called_none[none & here])
    figures["none_of_these_recall"] = _mean(called_none[none])
    figures["refused"] = _mean(called_none[~none])
    return figures


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def by_intent(examples: Sequence[Example], predicted: Sequence[str]) -> dict[str, dict[str, float]]:
    """The part that was right of each intent's examples: ``{intent: {"en": …, "es": …, "count": …}}``."""
    table: dict[str, dict[str, float]] = {}
    for intent in INTENTS:
        rows = [
            (one.language, found)
            for one, found in zip(examples, predicted, strict=True)
            if one.intent == intent
        ]
        if rows:
            table[intent] = {
                language: _mean([found == intent for spoken, found in rows if spoken == language])
                for language in LANGUAGES
            } | {"count": len(rows)}
    return table


def confusions(examples: Sequence[Example], predicted: Sequence[str], most: int = 15) -> list[dict[str, Any]]:
    """What was most often taken for what, worst first."""
    pairs = Counter(
        (one.intent, found) for one, found in zip(examples, predicted, strict=True) if one.intent != found
    )
    return [
        {"intent": pair[0], "taken_for": pair[1], "times": times} for pair, times in pairs.most_common(most)
    ]


def route_all(examples: Sequence[Example], router: Router, encoder: Encoder) -> list[str]:
    """The router's intent for each example."""
    vectors = encoder.encode_queries([example.text for example in examples])
    return [
        router.route(example.text, vector, example.language).intent
        for example, vector in zip(examples, vectors, strict=True)
    ]


def bag_of_words(training: Sequence[Example], examples: Sequence[Example]) -> list[str]:
    """What the classic network, fitted on ``training`` as it stands, says of ``examples``."""
    kept, held = split(training, 0.15, SEED)
    places = vocabulary(kept)

    def labelled(some: Sequence[Example]) -> tuple[Any, Any]:
        return bags(some, places), np.asarray([INTENTS.index(one.intent) for one in some], dtype=np.int64)

    layers, _ = fit(*labelled(kept), labelled(held), hidden=HIDDEN, dropout=DROPOUT)
    return [INTENTS[place] for place in logits(layers, bags(examples, places)).argmax(axis=1)]


def evaluate(heldout: Path = HELDOUT, figures: Path = FIGURES) -> dict[str, Any]:
    """Measure, print and write; returns the table that was written."""
    encoder = load_encoder()
    router = load_router(MODEL, encoder.fingerprint)
    examples, training = read_examples(heldout), read_examples(UTTERANCES)
    known = {(fold(one.text), one.language) for one in training}
    predicted = route_all(examples, router, encoder)
    here = figures_of(examples, predicted)
    new = [(fold(one.text), one.language) not in known for one in examples]
    before = tomllib.loads(figures.read_text(encoding="utf-8")) if figures.is_file() else {}
    table: dict[str, Any] = {
        "model": f"router-{router.classifier.card.version}",
        "utterances": len(examples),
        "also_in_training": new.count(False),
        "router": here,
        "router_unseen": figures_of(list(compress(examples, new)), list(compress(predicted, new))),
        "bag_of_words": figures_of(examples, bag_of_words(training, examples)),
        "first_run": before.get("first_run", here),
        "by_intent": by_intent(examples, predicted),
        "confusions": confusions(examples, predicted),
    }
    figures.write_text(
        "# Written by python -m intents.evaluate.\n" + to_toml(table),
        encoding="utf-8",
    )
    model_card.write_readme(MODEL, figures)
    _show(table)
    return table


def _show(table: Mapping[str, Any]) -> None:
    print(f"{table['utterances']} held-out utterances ({table['also_in_training']} stand in training too)\n")
    print(f"{'':24}{'accuracy':>10}{'en':>8}{'es':>8}{'none found':>12}{'refused':>9}")
    for name in ("router", "router_unseen", "first_run", "bag_of_words"):
        row = table[name]
        print(
            f"{name:24}{row['accuracy']:>10.1%}{row['accuracy_en']:>8.1%}{row['accuracy_es']:>8.1%}"
            f"{row['none_of_these_recall']:>12.1%}{row['refused']:>9.1%}"
        )
    print(f"\n{'intent':30}{'en':>8}{'es':>8}{'count':>7}")
    for intent, row in table["by_intent"].items():
        print(f"{intent:30}{row['en']:>8.0%}{row['es']:>8.0%}{row['count']:>7}")
    print("\nworst confusions")
    for pair in table["confusions"]:
        print(f"{pair['times']:>4}  {pair['intent']} taken for {pair['taken_for']}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m intents.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--heldout", type=Path, default=HELDOUT, help="folder of {en,es}.yaml")
    evaluate(parser.parse_args().heldout)


if __name__ == "__main__":
    main()
