"""``make bench``: what a turn costs, beside the bare limit it is made of."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytest_benchmark.fixture import BenchmarkFixture

from assistant.build import build_models
from assistant.conversation import Attachment, Conversation, Turn
from assistant.respond import Models, respond
from assistant.settings import Settings
from vision_models.card import load_card
from vision_models.runtime import Network

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
QUESTION = "¿Cómo se trata un meningioma?"


@pytest.fixture(scope="module")
def models() -> Models:
    return build_models(Settings())


def test_emergency(benchmark: BenchmarkFixture, models: Models) -> None:
    from assistant.triage import find_emergency

    assert benchmark(find_emergency, "my father can't breathe and his lips are blue") == "breathing"


def test_encoder_alone(benchmark: BenchmarkFixture, models: Models) -> None:
    assert models.words is not None
    benchmark(models.words.encoder.encode_queries, [QUESTION])


def test_text_turn(benchmark: BenchmarkFixture, models: Models) -> None:
    reply, _ = benchmark(respond, Turn(QUESTION), Conversation(), models)
    assert reply.action == "answer"


@pytest.mark.parametrize("name", ["gate", "brain_mri", "chest_xray"])
def test_network_alone(benchmark: BenchmarkFixture, name: str) -> None:
    network = Network(load_card(name))
    size = network.card.image_size
    benchmark(network, np.zeros((size, size, 3), np.uint8))


def test_image_turn_of_2048_pixels(benchmark: BenchmarkFixture, models: Models) -> None:
    buffer = io.BytesIO()
    with Image.open(EXAMPLES / "glioma.png") as example:
        example.convert("RGB").resize((2048, 2048)).save(buffer, "JPEG", quality=90)
    turn = Turn(images=(Attachment("large.jpg", buffer.getvalue()),), language="es")
    reply, _ = benchmark(respond, turn, Conversation(), models)
    assert reply.analyses[0].accepted
