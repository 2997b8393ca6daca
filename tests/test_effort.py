"""What serving may cost, counted and not timed, so that it does not slide back unnoticed: ``make bench`` has
the times."""

import io
import json
import subprocess
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.build import build_models
from assistant.conversation import Attachment, Conversation, Turn
from assistant.models import LoadedModels
from assistant.respond import respond
from assistant.settings import Settings
from knowledge_base.encoder import Encoder
from ui import reading
from ui.dialogue import Talk, converse
from vision_models import image_io, preprocess
from vision_models.runtime import Network

pytestmark = pytest.mark.model

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "ui" / "static" / "examples" / "glioma.png"

#: What takes a second or more to import, or hundreds of megabytes, and serves no turn.
HEAVY = (
    *("torch", "tensorflow", "keras", "transformers", "sentence_transformers", "sklearn", "nltk"),
    *("matplotlib", "pydicom", "reportlab"),
)
#: Says which of them are there once the page is built, and which after a text and an image turn.
SCRIPT = """
import json, sys
from assistant.loading import coming_models
from assistant.settings import read_settings
from assistant.conversation import Attachment, Conversation, Turn
from assistant.respond import respond
models = coming_models(read_settings())
from ui.chat import build_page
build_page(models, read_settings())
page = sorted(sys.modules)
respond(Turn("What is a glioma?"), Conversation(), models)
respond(Turn(images=(Attachment("a.png", open(sys.argv[1], "rb").read()),)), Conversation(), models)
print(json.dumps([page, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def models() -> LoadedModels:
    return build_models(Settings())


@pytest.fixture(scope="module")
def large() -> bytes:
    written = io.BytesIO()
    with Image.open(EXAMPLE) as example:
        example.convert("RGB").resize((2048, 2048)).save(written, "JPEG", quality=90)
    return written.getvalue()


def test_what_serves_imports_nothing_heavy() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(EXAMPLE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    page, turns = (set(modules) for modules in json.loads(ended.stdout.splitlines()[-1]))
    found = page & {*HEAVY, "onnxruntime", "faiss", "bm25s", "scipy"}
    assert not found
    assert not turns & set(HEAVY)
    assert {"onnxruntime", "ai_edge_litert", "faiss"} <= turns


def test_a_text_turn_is_one_pass_of_the_encoder(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert models.words is not None
    passes: list[list[str]] = []
    encode = type(models.words.encoder).encode_queries

    def noted(self: Encoder, texts: list[str]) -> object:
        passes.append(list(texts))
        return encode(self, texts)

    monkeypatch.setattr(type(models.words.encoder), "encode_queries", noted)
    _, conversation = respond(Turn("¿Qué es un meningioma?"), Conversation(), models)
    assert [len(texts) for texts in passes] == [1]
    respond(Turn("¿y cómo se trata?"), conversation, models)
    assert len(passes) == 2
    for words, more in (("no puedo respirar", 0), ("no puedo respirar, ¿es por la neumonía?", 1)):
        before = len(passes)
        assert respond(Turn(words), Conversation(), models)[0].action == "triage"
        assert len(passes) - before == more


def test_an_image_turn_is_one_decoding_and_three_passes(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch, large: bytes
) -> None:
    passes: list[str] = []
    run, picture = Network.__call__, image_io._picture
    decoded: list[tuple[int, ...]] = []

    def noted(self: Network, pixels: np.ndarray) -> object:
        passes.append(self.card.name)
        return run(self, pixels)

    def seen(content: bytes, enough: int | None) -> np.ndarray:
        decoded.append(picture(content, enough).shape)
        return picture(content, enough)

    monkeypatch.setattr(Network, "__call__", noted)
    monkeypatch.setattr(image_io, "_picture", seen)
    turn = Turn(images=(Attachment("large.jpg", large),))
    reply, conversation = respond(turn, Conversation(), models)
    assert reply.analyses[0].accepted
    assert passes == ["gate", "brain_mri", "brain_mri"]
    assert decoded == [(1024, 1024)], "smaller, and one channel of a grey picture"
    again, _ = respond(turn, conversation, models)
    assert (len(passes), len(decoded)) == (3, 1)
    assert again.analyses[0].finding == reply.analyses[0].finding


def test_a_reading_is_drawn_once(models: LoadedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, ...]] = []
    draw = reading.heat_layer

    def noted(saliency: np.ndarray) -> bytes:
        drawn.append(saliency.shape)
        return draw(saliency)

    monkeypatch.setattr(reading, "heat_layer", noted)
    talk = Talk(partial(respond, models=models), "en", pause=lambda _: None)
    turn = Turn(images=(Attachment("glioma.png", EXAMPLE.read_bytes()),))
    *_, last = converse(talk, turn, Conversation(), ())
    assert len(drawn) == 1
    [*_] = converse(talk, Turn("What is a glioma?"), last.conversation, last.transcript)
    assert len(drawn) == 1


def test_a_large_grey_picture_takes_less_than_two_of_three_channels(
    models: LoadedModels, large: bytes
) -> None:
    """Python's and NumPy's own count of what they allocated: at 1024 pixels three channels are 3 MB."""
    turn = Turn(images=(Attachment("large.jpg", large),))
    respond(turn, Conversation(), models)
    tracemalloc.start()
    try:
        respond(turn, Conversation(), models)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * 1024 * 1024 * 3


def test_a_picture_is_no_larger_than_it_needs_to_be() -> None:
    for side, kept in ((1024, 1024), (2047, 2047), (2048, 1024), (3100, 1033)):
        image = np.zeros((side, side // 2, 3), np.uint8)
        assert preprocess.bounded(image).shape[0] == kept
