"""What more passages and more visitors do."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from assistant.conversation import Conversation, Turn
from assistant.models import LoadedModels
from assistant.respond import respond
from knowledge_base.index import INDEX, VIEWS, Index, read_manifest
from knowledge_base.lexical import Lexicon
from knowledge_base.passages import load_library
from knowledge_base.retriever import Retriever
from knowledge_base.schema import Language, Passage
from tests.bench.conftest import QUESTIONS
from tests.load.server import Server, running
from tests.load.tab import Tab, has_words

PASSAGES = 100_000
#: Questions that each of them has of its own, of the fifteen that those in the project have.
QUESTIONS_EACH = 2
LANGUAGES_ASKED: tuple[Language, ...] = ("es", "en")
#: Visitors at once, and for how many seconds they ask.
VISITORS, SECONDS = (1, 4, 16, 60), 20.0


def many(retriever: Retriever, language: Language) -> tuple[Index, Lexicon]:
    """Copies of the passages with some of their words elsewhere, and vectors near theirs."""
    chance = np.random.default_rng(0)
    known = retriever.passages(language)
    copies = -(-PASSAGES // len(known))
    passages: list[Passage] = []
    for copy in range(copies):
        for passage in known:
            words = passage.text.split()
            at = int(chance.integers(len(words)))
            number = passage.number + 1000 * copy
            name = f"{passage.topic}/{passage.section}/{language}/{number}"
            text = " ".join([*words[at:], *words[: at // 2]])
            passages.append(replace(passage, passage_id=name, number=number, text=text))
    passages = passages[:PASSAGES]
    own = np.load(INDEX / f"{language}.npy").astype(np.float32)
    first = VIEWS * len(known) + np.cumsum([0, *read_manifest().question_counts[language][:-1]])
    of_views, of_questions = (
        own[: VIEWS * len(known)],
        own[(first[:, None] + np.arange(QUESTIONS_EACH)).ravel()],
    )
    counts = [QUESTIONS_EACH] * len(passages)
    vectors = np.concatenate(
        [
            _near(of_views, VIEWS * len(passages), chance),
            _near(of_questions, QUESTIONS_EACH * len(passages), chance),
        ]
    )
    names = {
        topic: name for (topic, spoken), name in load_library().topic_names.items() if spoken == language
    }
    return Index(passages, vectors, counts), Lexicon(passages, names, language)


def _near(vectors: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """``count`` unit vectors, each near one of ``vectors``, float16."""
    made = np.empty((count, vectors.shape[1]), np.float16)
    for start in range(0, count, len(vectors)):
        part = vectors[: count - start]
        moved = part + chance.normal(0, 0.02, part.shape).astype(np.float32)
        made[start : start + len(part)] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return made


@pytest.fixture(scope="module")
def large(models: LoadedModels) -> LoadedModels:
    assert models.words is not None
    retriever = models.words.retriever
    made = {language: many(retriever, language) for language in LANGUAGES_ASKED}
    indexes = {language: index for language, (index, _) in made.items()}
    lexicons = {language: lexicon for language, (_, lexicon) in made.items()}
    return replace(
        models, words=replace(models.words, retriever=Retriever(indexes, lexicons, retriever.fusion))
    )


def test_text_turn_with_many_passages(
    benchmark: BenchmarkFixture, models: LoadedModels, large: LoadedModels, questions: Iterator[str]
) -> None:
    """The two libraries by turns, so that both meet the same machine."""
    seconds: dict[bool, list[float]] = {True: [], False: []}

    def turn() -> None:
        text = next(questions)
        for is_large in (True, False):
            began = time.perf_counter()
            reply, _ = respond(Turn(text), Conversation(), large if is_large else models)
            seconds[is_large].append(time.perf_counter() - began)
            assert reply.citations

    benchmark.pedantic(turn, rounds=100, warmup_rounds=10)
    many_of_them, few = (float(np.median(seconds[is_large][10:])) for is_large in (True, False))
    benchmark.extra_info.update(
        row="passages", value=many_of_them / few, large_ms=1000 * many_of_them, small_ms=1000 * few
    )


async def _answers(server: Server, visitors: int) -> float:
    """Answers a second to so many at once, each of whom asks one question after the other and then leaves for
    another visitor: nobody may ask faster than ``ui.pace`` lets one visitor."""
    end, answered = time.monotonic() + SECONDS, 0

    async def visit() -> None:
        nonlocal answered
        tab = Tab(server.url, server.layout)
        await tab.open()
        for question in QUESTIONS:
            shown = await tab.send(question, [])
            assert has_words(shown.transcript)
            if time.monotonic() > end:
                break
            answered += 1
        await tab.close()

    async def visit_after_visit() -> None:
        while time.monotonic() < end:
            await visit()

    await asyncio.gather(*(visit_after_visit() for _ in range(visitors)))
    return answered / SECONDS


def test_visitors(benchmark: BenchmarkFixture) -> None:
    found: dict[int, float] = {}

    def each() -> None:
        with running() as server:
            asyncio.run(_answers(server, 4))
            found.update({visitors: asyncio.run(_answers(server, visitors)) for visitors in VISITORS})

    benchmark.pedantic(each, rounds=1)
    *fewer, most = (found[visitors] for visitors in VISITORS)
    benchmark.extra_info.update(
        row="visitors",
        value=most / max(fewer),
        **{f"of_{visitors}": found[visitors] for visitors in VISITORS},
    )


def test_first_words(benchmark: BenchmarkFixture) -> None:
    first: list[float] = []

    async def asked(server: Server) -> None:
        tab = Tab(server.url, server.layout)
        await tab.open()
        for number in range(28):  # ui.pace lets one visitor ask thirty
            shown = await tab.send(QUESTIONS[number % len(QUESTIONS)], [])
            assert has_words(shown.transcript)
            first.append(shown.first)
            if number % 8 == 7:
                await tab.begin_anew()
        await tab.close()

    def all_of_it() -> None:
        with running() as server:
            asyncio.run(asked(server))

    benchmark.pedantic(all_of_it, rounds=1)
    benchmark.extra_info.update(row="words", value=1000 * float(np.median(first[3:])))
