"""``python -m intents.evaluate``: how often the router is right, on utterances it never saw.

Prints the figures beside their goals, by intent and language, with every confusion, and writes them to
``figures.toml``, the first ever to ``figures_first_run.toml``, and to the model card. Beside the router
stands the classic bag-of-words network, trained and asked the same. "Unseen" leaves out the held-out
utterances that somebody happened to write for training too ("hello"). Emergencies, dialogues and citations
need the whole assistant: ``python -m assistant.evaluate``. Other utterances (``--heldout``) are measured
and printed, and nothing is written.
"""

import argparse
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from intents import model_card
from intents.bag_of_words import DROPOUT, HIDDEN, bags, vocabulary
from intents.card import FIGURES, FIRST_RUN, MODEL, fingerprint_of, router_fingerprint, to_toml
from intents.classifier import logits
from intents.clinc150 import DATA, PUBLISHED, read_clinc150
from intents.examples import HELDOUT, UTTERANCES, Example, read_examples
from intents.folding import fold
from intents.goals import as_markdown, keep_first
from intents.measures import (
    GOALS,
    by_intent,
    confusions,
    confusions_table,
    figures_of,
    intents_table,
    out_of_scope,
)
from intents.prediction import INTENTS
from intents.router import Router, load_router
from intents.training import fit
from knowledge_base.encoder import Encoder, is_kept_aside, load_encoder

#: About how many utterances are timed, and so many before them whose time is not counted.
TIMED, WARM_UP = 100, 5
#: Ways of finding the intent, by the name of their table, as the printed columns call them.
WAYS = {"router_unseen": "unseen", "bag_of_words": "bag of words"}
#: Figures that need the data pack.
OF_THE_PACK = "clinc150_"

#: From utterances to their intents.
Route = Callable[[Sequence[Example]], list[str]]


def by_router(router: Router, encoder: Encoder) -> Route:
    """The router's intent for each utterance."""

    def route(examples: Sequence[Example]) -> list[str]:
        vectors = encoder.encode_queries([example.text for example in examples])
        return [
            router.route(example.text, vector, example.language).intent
            for example, vector in zip(examples, vectors, strict=True)
        ]

    return route


def by_bag_of_words(training: Sequence[Example]) -> Route:
    """The classic network, fitted on ``training`` as it stands; those kept aside say when to stop."""
    kept = [example for example in training if not is_kept_aside(example.text)]
    held = [example for example in training if is_kept_aside(example.text)]
    places = vocabulary(kept)

    def labelled(some: Sequence[Example]) -> tuple[Any, Any]:
        return bags(some, places), np.asarray([INTENTS.index(one.intent) for one in some], dtype=np.int64)

    layers, _ = fit(*labelled(kept), labelled(held), hidden=HIDDEN, dropout=DROPOUT)
    return lambda examples: [
        INTENTS[place] for place in logits(layers, bags(examples, places)).argmax(axis=1)
    ]


def times(examples: Sequence[Example], router: Router, encoder: Encoder) -> dict[str, float]:
    """Median milliseconds of a route, without and with the encoding of the text."""
    timed = examples[:: max(1, len(examples) // TIMED)]
    alone, whole = [], []
    for example in (*timed[:WARM_UP], *timed):
        start = time.perf_counter()
        vector = encoder.encode_queries([example.text])[0]
        encoded = time.perf_counter()
        router.route(example.text, vector, example.language)
        alone.append(1000 * (time.perf_counter() - encoded))
        whole.append(1000 * (time.perf_counter() - start))
    warm = len(timed[:WARM_UP])
    return {
        "route_ms": statistics.median(alone[warm:]),
        "route_with_encoding_ms": statistics.median(whole[warm:]),
    }


def fingerprints(encoder: str, heldout: Path = HELDOUT, model: Path = MODEL) -> dict[str, str]:
    """What figures belong to: the router's files, the encoder's fingerprint and the held-out utterances."""
    return {
        "router_files": router_fingerprint(model),
        "encoder": encoder,
        "heldout": fingerprint_of(sorted(heldout.glob("*.yaml"))),
    }


def evaluate(heldout: Path = HELDOUT, data: Path = DATA) -> dict[str, Any]:
    """Everything that is measured, as the table of ``figures.toml``."""
    encoder = load_encoder()
    router = load_router(MODEL, encoder.fingerprint)
    examples, training = read_examples(heldout), read_examples(UTTERANCES)
    elsewhere = read_clinc150(data)
    known = {(fold(one.text), one.language) for one in training}
    new = [(fold(one.text), one.language) not in known for one in examples]
    ways = {"router": by_router(router, encoder), "bag_of_words": by_bag_of_words(training)}
    said = {name: route(examples) for name, route in ways.items()}
    tables = {name: figures_of(examples, said[name]) for name in ways}
    for name, route in ways.items():
        for group, utterances in elsewhere.items():
            tables[name] |= out_of_scope(f"{OF_THE_PACK}{group}", route(utterances))
    tables["router"] |= times(examples, router, encoder)
    unseen = figures_of(list(compress(examples, new)), list(compress(said["router"], new)))
    return {
        "model": f"router-{router.classifier.card.version}",
        **fingerprints(encoder.fingerprint, heldout),
        "utterances": len(examples),
        "also_in_training": new.count(False),
        **{f"{OF_THE_PACK}{group}_utterances": len(some) for group, some in elsewhere.items()},
        "router": tables["router"],
        "router_unseen": unseen,
        "bag_of_words": tables["bag_of_words"],
        "by_intent": by_intent(examples, said["router"]),
        "confusions": confusions(examples, said["router"]),
    }


def with_the_pack(table: dict[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """``table``; where it was measured without the data pack, with the stored figures of the same router."""
    same = all(stored.get(key) == table[key] for key in ("router_files", "encoder"))
    if not same or any(key.startswith(OF_THE_PACK) for key in table):
        return table

    def of_the_pack(figures: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in figures.items() if key.startswith(OF_THE_PACK)}

    ways = {name: table[name] | of_the_pack(stored[name]) for name in ("router", "bag_of_words")}
    return of_the_pack(stored) | table | ways


def read_figures(path: Path = FIGURES) -> dict[str, Any]:
    """The stored figures; empty where there are none."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def as_text(table: Mapping[str, Any], first_run: Mapping[str, Any]) -> str:
    """What the command prints."""
    columns = {"first run": first_run.get("router", {})} | {name: table[way] for way, name in WAYS.items()}
    counts = f"{table['utterances']} held-out utterances ({table['also_in_training']} stand in training too)"
    pack = [table.get(f"{OF_THE_PACK}{group}_utterances", 0) for group in ("oos", "others")]
    found = f"{pack[0]} out of scope and {pack[1]} of intents that are not ours, in English"
    clinc = f"CLINC150: {found if any(pack) else 'not measured, no data pack'}."
    published = f"Published, with mpnet: {' and '.join(map(str, PUBLISHED))}."
    return "\n".join(
        (
            f"{counts}\n",
            as_markdown(GOALS, table["router"], columns),
            f"{clinc} {published}\n",
            intents_table(table["by_intent"]),
            confusions_table(table["confusions"]),
            "Emergencies, dialogues and citations: python -m assistant.evaluate",
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 where something must be mended, with what it is."""
    parser = argparse.ArgumentParser(prog="python -m intents.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--heldout", type=Path, default=HELDOUT, help="folder of {en,es}.yaml")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with text/clinc150_sample.jsonl.gz")
    options = parser.parse_args(arguments)
    try:
        table = evaluate(options.heldout, options.data)
        if options.heldout.resolve() == HELDOUT.resolve():
            table = with_the_pack(table, read_figures(FIGURES))
            text = "# Written by `python -m intents.evaluate`.\n" + to_toml(table)
            FIGURES.write_text(text, encoding="utf-8")
            keep_first(FIRST_RUN, text)
            model_card.write_readme(MODEL, FIGURES, FIRST_RUN)
        sys.stdout.write(as_text(table, read_figures(FIRST_RUN)) + "\n")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
