"""``python -m assistant.triage_training``: the table of the emergency floor, made from written messages.

Two linear models over the runs of words and letters of ``triage_features``: whether a message tells of an
emergency, and of which kind. The messages are ours, emergencies and what only looks like one, in many ways
of writing (``triage_examples``); calm ones are added from the questions and utterances of the other rooms.
The threshold is set by cross-validation. Nothing of the held-out vignettes is read here.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from assistant.triage import CARD, KIND_BUCKETS, KINDS, WEIGHTS, load_table
from assistant.triage_features import BUCKETS, features
from intents.examples import read_examples
from knowledge_base.finetuning import MESSAGES, read_messages
from knowledge_base.questions import load_passage_questions

VERSION = "1.0.0"
SEED, FOLDS = 5, 5
#: Strength of the weights (inverse of the L2 penalty), and how much a calm message of the others counts.
STRENGTH, CALM_WEIGHT = 20.0, 0.3
#: Share of what only looks like an emergency that may raise the alarm in cross-validation.
ALARMS = 0.05

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """``kinds`` names the emergency, empty where there is none; ``calm`` are the messages of other rooms."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    calm: tuple[str, ...]


def read() -> Examples:
    texts, kinds = [], []
    for text, sort in read_messages(MESSAGES):
        group, _, kind = sort.partition("/")
        texts.append(text)
        kinds.append(kind if group == "emergencies" else "")
    calm = [question.text for question in load_passage_questions()]
    calm += [example.text for example in read_examples() if example.intent != "emergency"]
    return Examples(tuple(texts), tuple(kinds), tuple(calm))


def matrix(texts: Sequence[str], buckets: int = BUCKETS) -> Any:
    """One row a text: sparse float32 ``(texts, buckets)``."""
    found = [features(text) for text in texts]
    ends = np.cumsum([0] + [len(ids) for ids, _ in found])
    ids = np.concatenate([ids for ids, _ in found]) % buckets
    made = csr_matrix((np.concatenate([values for _, values in found]), ids, ends), (len(texts), buckets))
    made.sum_duplicates()
    return made


def fit_danger(x: Any, danger: npt.NDArray[np.bool_], weights: Numbers) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=1000).fit(x, danger, sample_weight=weights)


def cross_validated(x: Any, danger: npt.NDArray[np.bool_], weights: Numbers) -> Numbers:
    """The score of each message by a model that has not seen it."""
    found = np.zeros(len(danger))
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(x, danger):
        found[asked] = fit_danger(x[known], danger[known], weights[known]).decision_function(x[asked])
    return found


def train() -> dict[str, Any]:
    """Writes the table and its card; returns the card's figures."""
    examples = read()
    x = vstack([matrix(examples.texts), matrix(examples.calm)]).tocsr()
    written = len(examples.texts)
    danger = np.array([bool(kind) for kind in examples.kinds] + [False] * len(examples.calm))
    weights = np.where(np.arange(len(danger)) < written, 1.0, CALM_WEIGHT)
    found = cross_validated(x, danger, weights)
    looks_like = ~danger & (np.arange(len(danger)) < written)
    threshold = float(np.quantile(found[looks_like], 1 - ALARMS))
    model = fit_danger(x, danger, weights)
    kinds = [kind for kind in examples.kinds if kind]
    ill = matrix([t for t, kind in zip(examples.texts, examples.kinds, strict=True) if kind], KIND_BUCKETS)
    of_kind = LogisticRegression(C=STRENGTH, max_iter=500).fit(ill, kinds)
    order = [list(of_kind.classes_).index(kind) for kind in KINDS]
    tensors = {
        "danger": model.coef_[0].astype(np.float16),
        "kinds": np.ascontiguousarray(of_kind.coef_[order].T.astype(np.float16)),
        "kinds_bias": of_kind.intercept_[order].astype(np.float32),
    }
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, WEIGHTS)
    figures = {
        "messages": written,
        "calm_messages": len(examples.calm),
        "cross_validated_found": round(float((found[danger] > threshold).mean()), 4),
        "cross_validated_alarms": round(float((found[looks_like] > threshold).mean()), 4),
        "cross_validated_alarms_calm": round(float((found[written:] > threshold).mean()), 4),
    }
    facts = {
        "version": VERSION,
        "sha256": sha256(WEIGHTS.read_bytes()).hexdigest(),
        "bias": round(float(model.intercept_[0]) - threshold, 6),
        **figures,
    }
    lines = ["# Written by `python -m assistant.triage_training`."]
    lines += [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    CARD.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_table.cache_clear()
    return figures


if __name__ == "__main__":
    for name, value in train().items():
        sys.stdout.write(f"{name} = {value}\n")
