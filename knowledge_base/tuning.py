"""Fits the weights of the fusion, and its floor, on the training questions.

``python -m knowledge_base tune`` runs it. Each question is used as it stands and as it comes in a
conversation: with its section passed in (the intent, now and then a wrong one), and as a follow-up, which
does not name its topic but has it passed in, with and without its section. A follow-up to nothing ("is it
curable?") is answered by no passage.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression

from knowledge_base.encoder import Encoder
from knowledge_base.evidence import PASSAGE_FEATURES, Numbers, read_question, strangers
from knowledge_base.fusion import Fusion
from knowledge_base.mentions import mentioned_topics, without_names
from knowledge_base.messages import UTTERANCES, read_messages
from knowledge_base.questions import Question
from knowledge_base.retriever import Retriever
from knowledge_base.schema import SECTIONS

#: Of the questions out of scope, as they stand, the share that the floor may let through in cross-validation.
LET_THROUGH = 0.03
#: People mostly name what they ask about: how much a question that does not counts beside one that does.
UNNAMED_WEIGHT = 0.25
#: How often the intent is right when it passes a section in.
INTENT_RIGHT = 0.85
FOLDS = 5
#: Of the utterances, what the articles answer and what they do not, by the start of the intent's name.
IN_SCOPE, OUT_OF_SCOPE = "ask_", "offtopic"

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question's evidence. ``answers`` marks the passages that answer it: none for one out of scope.

    ``plain`` is whether it is a question as it stands; ``group`` numbers the question it was made from.
    ``weight`` is how much it counts for the ranking.
    """

    passages: Numbers
    query: Numbers
    answers: npt.NDArray[np.bool_]
    group: int
    plain: bool
    weight: float = 1.0


def make_examples(
    questions: Sequence[Question], retriever: Retriever, encoder: Encoder, unnamed: Sequence[Question] = ()
) -> list[Example]:
    """The examples of all questions, drawn with a fixed seed. Those that are ``unnamed`` count less for the
    ranking."""
    first = len(questions)
    questions = (*questions, *unnamed)
    draw = random.Random(7)
    texts = [question.text for question in questions]
    follow_ups = [without_names(text) or text for text in texts]
    vectors, follow_up_vectors = encoder.encode_queries(texts), encoder.encode_queries(follow_ups)
    examples = []
    for group, question in enumerate(questions):
        passages = retriever.passages(question.language)
        if question.topic is not None and not any(map(question.is_answered_by, passages)):
            continue
        right = draw.choice(question.sections) if question.sections else draw.choice(SECTIONS)
        section = right if draw.random() < INTENT_RIGHT else draw.choice(SECTIONS)
        topic = question.topic or draw.choice([passage.topic for passage in passages])
        whole, short = (texts[group], vectors[group]), (follow_ups[group], follow_up_vectors[group])
        turns = [(whole, None, None), (whole, None, section), (short, topic, None), (short, topic, section)]
        if question.topic and short[0] != whole[0] and not mentioned_topics(short[0]):
            turns.append((short, None, None))
        for at, ((text, vector), given_topic, given_section) in enumerate(turns):
            asked = read_question(text, given_topic, given_section)
            found = retriever.evidence(text, vector, question.language, asked)
            answers = np.array([question.is_answered_by(passage) for passage in found.passages])
            about = answers if at < 4 else np.zeros_like(answers)
            known = ~strangers(found.passages, asked)  # the others come last, whatever speaks for them
            weight = 1.0 if group < first else UNNAMED_WEIGHT
            examples.append(
                Example(found.of_passages[known], found.of_query, about[known], group, at == 0, weight)
            )
    return examples


def fit_scope(asked_of_passages: Sequence[str], encoder: Encoder) -> tuple[float, ...]:
    """The direction from what the articles do not answer to what they do: logistic regression on the vectors
    of the questions written for the passages and of the utterances. Neither are among the examples."""
    utterances = read_messages(UTTERANCES)
    inside = [*asked_of_passages, *(text for text, intent in utterances if intent.startswith(IN_SCOPE))]
    outside = [text for text, intent in utterances if intent.startswith(OUT_OF_SCOPE)]
    vectors = encoder.encode_queries([*inside, *outside])
    labels = [True] * len(inside) + [False] * len(outside)
    model = LogisticRegression(class_weight="balanced", max_iter=500).fit(vectors, labels)
    return tuple(map(float, model.coef_[0]))


def fit(examples: Sequence[Example]) -> Fusion:
    """Weights on all examples, and a floor chosen on folds that the weights were not fitted on."""
    scores: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        fusion = _fit_weights([example for example in examples if example.group % FOLDS != fold])
        for example in examples:
            if example.group % FOLDS == fold and example.plain:
                best = float(fusion.rank_values(example.passages).max())
                scores.append((fusion.score(best, example.query), bool(example.answers.any())))
    return replace(_fit_weights(examples), floor=choose_floor(scores))


def choose_floor(scores: Sequence[tuple[float, bool]]) -> float:
    """The lowest floor, to three digits, that lets through ``LET_THROUGH`` of what is out of scope, or less.

    ``scores`` are those of the best passage of each question, with whether the question is in scope.
    """
    outside = sorted((score for score, inside in scores if not inside), reverse=True)
    first_left_out = outside[int(LET_THROUGH * len(outside))]
    return min(math.floor(1000 * first_left_out + 1) / 1000, 1.0)


def _fit_weights(examples: Sequence[Example]) -> Fusion:
    ranking = _fit_ranking([example for example in examples if example.answers.any()])
    rows, labels = [], []
    for example in examples:
        values = example.passages.astype(np.float64) @ ranking
        best = int(values.argmax())
        rows.append([values[best], *example.query])
        labels.append(float(example.answers[best]))
    steepness, *calibration, bias = _fit_logistic(np.array(rows), np.array(labels))
    return Fusion(
        tuple(map(float, ranking)),
        max(float(steepness), 1e-3),
        tuple(map(float, calibration)),
        float(bias),
        0.5,
    )


def _fit_ranking(examples: Sequence[Example], pull: float = 0.01) -> Doubles:
    """Weights, none negative, that put what answers first: softmax over passages, L2 ``pull``."""
    features = [example.passages.astype(np.float64) for example in examples]
    shares = np.array([example.weight for example in examples])
    shares /= shares.sum()

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, gradient = pull * weights @ weights / 2, pull * weights
        for example, rows, share in zip(examples, features, shares, strict=True):
            values = rows @ weights
            answering = np.where(example.answers, values, -np.inf)
            total += share * (logsumexp(values) - logsumexp(answering))
            gradient = gradient + share * ((softmax(values) - softmax(answering)) @ rows)
        return float(total), gradient

    start = np.full(len(PASSAGE_FEATURES), 0.5)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start))
    return np.asarray(found.x)


def _fit_logistic(rows: Doubles, labels: Doubles, pull: float = 0.003) -> Doubles:
    """Logistic regression on columns of one spread, with L2 ``pull``; the weights, then the bias."""
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    model = LogisticRegression(C=1 / (pull * len(rows))).fit((rows - mean) / spread, labels)
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ mean)
