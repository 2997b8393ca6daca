"""``python -m assistant.triage_training``: the table of the emergency floor, made from written messages.

Two linear models over the runs of words and letters of ``intents.runs``: whether a message tells of an
emergency, and of which kind. The messages are ours, emergencies and what only looks like one, in many ways
of writing (``triage_examples``); calm ones are added from the questions and utterances of the other rooms.
The threshold is set by cross-validation. With the encoder's vector a third model is fitted, the second look,
on the messages that the encoder did not learn from. Nothing of the held-out vignettes is read here.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.svm import SVC

from assistant import second_look
from assistant.triage import CARD, KIND_BUCKETS, KINDS, WEIGHTS, load_table
from intents.examples import read_examples
from intents.runs import BUCKETS, features
from knowledge_base.encoder import is_kept_aside, load_encoder
from knowledge_base.messages import MESSAGES, read_messages
from knowledge_base.passages import load_library
from knowledge_base.questions import load_passage_questions

VERSION = "1.0.0"
SEED, FOLDS = 5, 5
#: Strength of the weights (inverse of the L2 penalty); how much a calm message of the others counts, and one
#: of ours beside a calm one.
STRENGTH, CALM_WEIGHT, MIXED_WEIGHT = 20.0, 0.3, 1.0
#: Share of what only looks like an emergency that may raise the alarm in cross-validation.
ALARMS = 0.06
#: The same of the floor and the second look together; and of the second look, of plain questions and talk.
BOTH_ALARMS, CALM_ALARMS = 0.065, 0.0125
#: Sections that people ask about when something is happening: questions for them are not taken for calm.
MAY_BE_ILL = frozenset(
    {
        "warning_signs",
        "symptoms",
        "complications",
        "treatment",
        "living_with",
        "recovery",
        "children_and_pregnancy",
    }
)
#: How narrow the second look's idea of "near" is; the best of a few in cross-validation.
GAMMA = 0.07

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """``kinds`` names the emergency, empty where there is none; ``calm`` are the messages of other rooms, of
    which the encoder learnt from the first ``learnt_whole`` without keeping any aside."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    calm: tuple[str, ...]
    learnt_whole: int


def read() -> Examples:
    texts, kinds = [], []
    for text, sort in read_messages(MESSAGES):
        group, _, kind = sort.partition("/")
        texts.append(text)
        kinds.append(kind if group == "emergencies" else "")
    asked = load_passage_questions(load_library())
    questions = [question.text for question in asked if question.passage_id.split("/")[1] not in MAY_BE_ILL]
    calm = [*questions, *(example.text for example in read_examples())]
    return Examples(tuple(texts), tuple(kinds), tuple(calm), len(questions))


def beside_questions(texts: Sequence[str], calm: Sequence[str]) -> list[str]:
    """Each message with a calm one before or after it: a danger stays one beside a question, and a question
    makes none of what is no danger."""
    draw = Random(SEED)
    mixed = []
    for text in texts:
        pair = [text, draw.choice(calm)]
        draw.shuffle(pair)
        mixed.append(draw.choice((". ", " ", "\n", "! ")).join(pair))
    return mixed


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


def cross_validated(
    x: Any, danger: npt.NDArray[np.bool_], weights: Numbers, groups: npt.NDArray[np.int64]
) -> Numbers:
    """The score of each message by a model that has seen nothing of its group."""
    found = np.zeros(len(danger))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for known, asked in folds.split(x, danger, groups):
        found[asked] = fit_danger(x[known], danger[known], weights[known]).decision_function(x[asked])
    return found


def fit_second_look(
    texts: Sequence[str], danger: npt.NDArray[np.bool_], floor: Numbers, calm: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """Writes the second look and returns its part of the card.

    ``floor``: the scores by models that have not seen the messages; ``calm``: which are of the other rooms.
    Its threshold, too, is cross-validated: with the floor no more alarms on look-alikes than ``BOTH_ALARMS``,
    and on what is calm than ``CALM_ALARMS``.
    """
    encoder = load_encoder(threads=2)
    of_floor = float(1 / floor.std())
    x = second_look.place(encoder.encode_queries(texts), floor, of_floor)
    machine = SVC(C=1.0, gamma=GAMMA)
    found = np.zeros(len(danger))
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(x, danger):
        found[asked] = machine.fit(x[known], danger[known]).decision_function(x[asked])
    alike = ~danger & ~calm
    # What has raised the alarm of the floor is past it: the second look may add the rest.
    left = np.where(floor > 0, -np.inf, found)
    more = BOTH_ALARMS - float((floor[alike] > 0).mean())
    threshold = float(
        max(np.quantile(left[alike], 1 - max(more, 0.0)), np.quantile(found[calm], 1 - CALM_ALARMS))
    )
    both = (floor > 0) | (found > threshold)
    machine.fit(x, danger)
    tensors = {
        "known": machine.support_vectors_.astype(np.float16),
        "weights": machine.dual_coef_[0].astype(np.float32),
        "gamma": np.array([GAMMA]),
        "of_floor": np.array([of_floor]),
        "bias": np.array([machine.intercept_[0] - threshold]),
    }
    save_file(tensors, second_look.WEIGHTS)
    return {
        "encoder": encoder.fingerprint,
        "sha256": sha256(second_look.WEIGHTS.read_bytes()).hexdigest(),
        "messages": len(texts),
        "known_messages": len(machine.support_vectors_),
        "cross_validated_both_found": round(float(both[danger].mean()), 4),
        "cross_validated_both_alarms": round(float(both[alike].mean()), 4),
        "cross_validated_both_calm_alarms": round(float(both[calm].mean()), 4),
    }


def train() -> dict[str, Any]:
    """Writes the table, the second look and their card; returns the card's figures."""
    examples = read()
    written, others = len(examples.texts), len(examples.calm)
    questions = written + examples.learnt_whole
    mixed = beside_questions(examples.texts, examples.calm)
    x = vstack([matrix(texts) for texts in (examples.texts, examples.calm, mixed)]).tocsr()
    of_messages = [bool(kind) for kind in examples.kinds]
    danger = np.array(of_messages + [False] * others + of_messages)
    weights = np.repeat([1.0, CALM_WEIGHT, MIXED_WEIGHT], [written, others, written])
    groups = np.concatenate([np.arange(written + others), np.arange(written)])
    found = cross_validated(x, danger, weights, groups)
    threshold = float(np.quantile(found[:written][~danger[:written]], 1 - ALARMS))
    model = fit_danger(x, danger, weights)
    kinds = [kind for kind in examples.kinds if kind]
    ill = matrix([t for t, kind in zip(examples.texts, examples.kinds, strict=True) if kind], KIND_BUCKETS)
    of_kind = LogisticRegression(C=STRENGTH, max_iter=500).fit(ill, kinds)
    order = [list(of_kind.classes_).index(kind) for kind in KINDS]
    tensors = {
        "danger": model.coef_[0].astype(np.float16),
        "bias": np.array([model.intercept_[0] - threshold]),
        "kinds": np.ascontiguousarray(of_kind.coef_[order].T.astype(np.float16)),
        "kinds_bias": of_kind.intercept_[order].astype(np.float32),
    }
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, WEIGHTS)
    parts = {"messages": slice(written), "beside_questions": slice(written + others, None)}
    figures: dict[str, float] = {"messages": written, "calm_messages": others}
    for name, part in parts.items():
        alarm, ill_part = found[part] > threshold, danger[part]
        figures[f"found_in_{name}"] = round(float(alarm[ill_part].mean()), 4)
        figures[f"alarms_in_{name}"] = round(float(alarm[~ill_part].mean()), 4)
    calm = found[written : written + others]
    figures["alarms_in_calm_messages"] = round(float((calm > threshold).mean()), 4)
    facts = {
        "version": VERSION,
        "sha256": sha256(WEIGHTS.read_bytes()).hexdigest(),
        **figures,
    }
    said = (*examples.texts, *examples.calm)
    aside = [at for at in (*range(written), *range(questions, written + others)) if is_kept_aside(said[at])]
    second = fit_second_look(
        [said[at] for at in aside], danger[aside], found[aside] - threshold, np.array(aside) >= written
    )
    lines = ["# Written by `python -m assistant.triage_training`."]
    lines += [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    lines += ["", "[second_look]", *(f"{key} = {json.dumps(value)}" for key, value in second.items())]
    CARD.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_table.cache_clear()
    second_look.load_second_look.cache_clear()
    return figures | {f"second_look_{key}": value for key, value in second.items()}


if __name__ == "__main__":
    for name, value in train().items():
        sys.stdout.write(f"{name} = {value}\n")
