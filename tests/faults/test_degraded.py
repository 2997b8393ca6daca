"""What Galeno still does, and says, while a part of it is down."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant import build, second_look
from assistant.conversation import Attachment, Conversation, Language, Reply, Turn
from assistant.messages import messages
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from intents.card import MODEL
from intents.router import load_router
from knowledge_base import medlineplus
from knowledge_base.encoder import SHIPPED, load_encoder
from knowledge_base.index import INDEX
from knowledge_base.retriever import load_retriever
from tests.faults.harm import harm, linked
from ui.server import health_routes
from ui.welcome import example_picture
from vision_models.analyzer import load_analyzer
from vision_models.card import MODELS

pytestmark = pytest.mark.model

QUESTION: dict[Language, str] = {"en": "What is a meningioma?", "es": "¿Qué es un meningioma?"}
DANGER: dict[Language, str] = {"en": "I can't breathe", "es": "No puedo respirar"}
WITH_IT: dict[Language, str] = {"en": "What do you see?", "es": "¿Qué ves?"}


def picture(name: str = "glioma") -> Attachment:
    found = example_picture(name)
    assert found is not None
    return found


def ask(models: Models, language: Language, text: str, *images: Attachment) -> Reply:
    return respond(Turn(text, images), Conversation(language=language), models)[0]


def ready(models: Models) -> tuple[int, dict[str, bool]]:
    answer = TestClient(Starlette(routes=health_routes(models))).get("/ready")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", ["gate", "chest_xray", "brain_mri"])
def test_without_one_of_the_networks_no_picture_is_read_and_words_are(
    name: str,
    models: Models,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = linked(MODELS, tmp_path / "models")
    damaged = harm(folder / name / "weights.tflite", "flipped")
    monkeypatch.setattr(build, "load_analyzer", partial(load_analyzer, folder))
    monkeypatch.setattr(build, "load_words", lambda settings: models.words)
    down = build.build_models(Settings())
    assert down.analyzer is None
    assert f"reading images is off: {damaged}" in caplog.text
    assert ready(down) == (200, {"text": True, "images": False})
    for language in ("en", "es"):
        notice = messages(language)("reading.vision_down")
        alone = ask(down, language, "", picture())
        assert (alone.text, alone.analyses) == (notice, ())
        beside = ask(down, language, QUESTION[language], picture())
        assert beside.text.startswith(notice)
        assert "meningioma" in beside.text
        assert beside.citations
        assert ask(down, language, QUESTION[language]).action == "answer"
        assert ask(down, language, DANGER[language], picture()).action == "triage"


PARTS = ("encoder", "router", "retriever")


@pytest.mark.parametrize("part", PARTS)
def test_without_words_pictures_are_read_and_an_emergency_is_found(
    part: str,
    models: Models,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if part == "encoder":
        folder = linked(SHIPPED, tmp_path / "encoder")
        damaged = harm(folder / "model-00002-of-00004.safetensors", "flipped")
        monkeypatch.setattr(build, "load_encoder", partial(load_encoder, folder))
    elif part == "router":
        folder = linked(MODEL, tmp_path / "router")
        damaged = harm(folder / "weights.safetensors", "flipped")
        monkeypatch.setattr(build, "load_router", partial(load_router, folder))
    else:
        folder = linked(INDEX, tmp_path / "index")
        damaged = harm(folder / "es.npy", "flipped")
        monkeypatch.setattr(build, "load_retriever", partial(load_retriever, folder=folder))
    monkeypatch.setattr(build, "load_eyes", lambda settings: models.analyzer)
    down = build.build_models(Settings())
    assert down.words is None
    assert "questions in words are off" in caplog.text
    assert str(damaged.parent) in caplog.text
    assert ready(down) == (200, {"text": False, "images": True})
    for language in ("en", "es"):
        assert ask(down, language, QUESTION[language]).text == messages(language)("reading.text_down")
        assert ask(down, language, DANGER[language]).action == "triage"
        read = ask(down, language, WITH_IT[language], picture())
        assert [analysis.finding for analysis in read.analyses] == ["glioma"]


def test_without_its_second_look_galeno_answers_and_the_floor_stands(
    tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "second_look.safetensors"
    path.write_bytes(second_look.WEIGHTS.read_bytes())
    monkeypatch.setattr(second_look, "WEIGHTS", harm(path, "flipped"))
    monkeypatch.setattr(build, "load_eyes", lambda settings: models.analyzer)
    second_look.load_second_look.cache_clear()
    down = build.build_models(Settings())
    assert down.words is not None
    assert down.words.second_look is None
    assert "the second look for emergencies is off, the floor is not" in caplog.text
    assert str(path) in caplog.text
    assert ask(down, "es", DANGER["es"]).action == "triage"
    assert ask(down, "es", QUESTION["es"]).action == "answer"


def test_where_nothing_can_be_loaded_the_emergency_floor_still_answers(models: Models) -> None:
    down = replace(models, words=None, analyzer=None)
    assert ready(down)[0] == 503
    for language in ("en", "es"):
        assert ask(down, language, DANGER[language], picture()).action == "triage"
        assert ask(down, language, "", picture()).text == messages(language)("reading.vision_down")


def test_without_a_network_the_look_up_says_that_it_cannot_be_reached(models: Models) -> None:
    """No name server knows a name in ``.invalid`` (RFC 6761); a port that nobody listens on is no route."""
    for service in ("http://galeno.invalid/ws", "http://127.0.0.1:9/ws"):
        cut_off = replace(models, look_up=partial(medlineplus.look_up, service=service))
        reply = ask(cut_off, "es", "busca meningioma en internet")
        assert reply.text.startswith("Desde aquí no llego a la red"), reply.text
        assert "https://vsearch.nlm.nih.gov" in reply.text


def test_weights_that_change_on_disk_change_no_reading_and_no_vector(tmp_path: Path) -> None:
    """They were read and checked at the start. A file that a library maps into memory, cut short under it,
    would end the process."""
    vision = shutil.copytree(MODELS, tmp_path / "models")
    words = shutil.copytree(SHIPPED, tmp_path / "encoder")
    analyzer, encoder = load_analyzer(vision), load_encoder(words)
    content = picture().content
    before, vector = analyzer.analyze("a.png", content), encoder.encode_queries(["¿Qué es un glioma?"])
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")  # the same file, cut short
    after = analyzer.analyze("a.png", content)
    assert after.finding == before.finding == "glioma"
    assert after.probabilities == before.probabilities
    assert (encoder.encode_queries(["¿Qué es un glioma?"]) == vector).all()
