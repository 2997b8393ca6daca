"""Turns, beside the bare limit of each."""

import io
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from pytest_benchmark.fixture import BenchmarkFixture

from assistant.conversation import Attachment, Conversation, Turn
from assistant.models import LoadedModels
from assistant.respond import respond
from assistant.settings import Settings
from tests.bench.conftest import enlarged, noted_passes
from vision_models.analyzer import load_analyzer
from vision_models.image_limits import ENOUGH

ROUNDS = 200


def test_text_turn_beside_its_encoding(
    benchmark: BenchmarkFixture, models: LoadedModels, questions: Iterator[str]
) -> None:
    """The two by turns, so that both meet the same machine."""
    assert models.words is not None
    encode, seconds = models.words.encoder.encode_queries, []

    def alone() -> tuple[tuple[str], dict[str, str]]:
        text = next(questions)
        began = time.perf_counter()
        encode([text])
        seconds.append(time.perf_counter() - began)
        return (text,), {}

    def turn(text: str) -> None:
        reply, _ = respond(Turn(text), Conversation(), models)
        assert reply.citations

    benchmark.pedantic(turn, setup=alone, rounds=ROUNDS, warmup_rounds=10)
    bare = 1000 * float(np.median(seconds[10:]))
    benchmark.extra_info.update(row="text", p95="text_slow", bare=bare)


def test_emergency(benchmark: BenchmarkFixture, models: LoadedModels) -> None:
    reply, _ = benchmark.pedantic(
        respond,
        (Turn("my father can't breathe and his lips are blue"), Conversation(), models),
        rounds=ROUNDS,
        warmup_rounds=10,
    )
    assert reply.action == "triage"
    benchmark.extra_info["row"] = "emergency"


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    return enlarged("glioma", 2048)


def test_image_turn_beside_its_passes_and_the_decode(
    benchmark: BenchmarkFixture, models: LoadedModels, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoder on the file, and each network on what it was given, as often as the turn does, before each
    turn."""
    with monkeypatch.context() as patched:
        passes = noted_passes(patched)
        assert load_analyzer(threads=Settings().threads).analyze("large.jpg", jpeg).accepted
    turn, seconds = Turn(images=(Attachment("large.jpg", jpeg),), language="es"), []

    def alone() -> tuple[tuple[()], dict[str, str]]:
        began = time.perf_counter()
        with Image.open(io.BytesIO(jpeg)) as picture:
            picture.draft(None, (ENOUGH, ENOUGH))
            picture.load()
        for network, pixels in passes:
            network(pixels)
        seconds.append(time.perf_counter() - began)
        return (), {}

    def whole() -> None:
        reply, _ = respond(turn, Conversation(), models)
        assert reply.analyses[0].accepted

    benchmark.pedantic(whole, setup=alone, rounds=40, warmup_rounds=3)
    bare = 1000 * float(np.median(seconds[3:]))
    benchmark.extra_info.update(row="image", bare=bare, passes=len(passes))
