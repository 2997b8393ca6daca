"""What is promised in docs/PRIVACY.md and SECURITY.md, of the page and of the models behind it."""

import subprocess
import sys
from typing import Any

import gradio as gr
import pytest

from assistant.build import build_models
from assistant.conversation import Attachment, Conversation, Turn
from assistant.models import LoadedModels, Models
from assistant.respond import respond
from assistant.settings import Settings
from ui.chat import build_page
from ui.events import FORGET_AFTER
from ui.pace import Pace
from ui.stop import Stop
from ui.welcome import example_picture

#: Runs the whole server and a turn in text and picture, and prints where it connected to.
SERVE_AND_LISTEN = """
import sys
elsewhere = []
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        place = arguments[1] if event == "socket.connect" else arguments[0]
        host = place[0] if isinstance(place, tuple) else place
        here = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "None")
        if str(host) not in here and not str(host).startswith("/"):
            elsewhere.append(f"{event} {host}")
sys.addaudithook(note)
from assistant.build import build_models
from assistant.conversation import Conversation, Turn
from assistant.respond import respond
from assistant.settings import Settings
from ui.chat import build_page
from ui.launch import launch_options
from ui.welcome import example_picture
settings = Settings(port=0, look_up="on")
models = build_models(settings)
page = build_page(models, settings)
page.launch(prevent_thread_lock=True, **(launch_options(settings, models) | {"server_port": None}))
_, conversation = respond(Turn("What is a meningioma?"), Conversation(), models)
respond(Turn("what do you see?", (example_picture("glioma"),)), conversation, models)
page.close()
print("ELSEWHERE", elsewhere)
"""


@pytest.fixture(scope="module")
def models() -> Models:
    return build_models(Settings())


def test_what_was_said_is_forgotten_an_hour_after_the_last_turn(queued_answer: Any) -> None:
    page = build_page(None, Settings(), queued_answer())
    states = [block for block in page.blocks.values() if isinstance(block, gr.State)]
    personal = [state for state in states if isinstance(state.value, tuple | Conversation)]
    assert [state.time_to_live for state in personal] == [FORGET_AFTER] * 2
    assert {type(state.value) for state in states if state not in personal} == {str, Stop, Pace}
    assert FORGET_AFTER == 3600


@pytest.mark.model
@pytest.mark.parametrize(
    "words",
    [
        "My name is Ignacia Zubizarreta and my glioma was found in Usurbil, call me on 600123456",
        "Me llamo Ignacia Zubizarreta, vivo en Usurbil y mi DNI es 12345678Z: ¿qué es la neumonía?",
        "Ignacia Zubizarreta from Usurbil can't breathe, 600123456",
    ],
)
def test_a_conversation_keeps_none_of_a_persons_words(models: Models, words: str) -> None:
    _, conversation = respond(Turn(words), Conversation(), models)
    kept = repr(conversation)
    for private in ("Ignacia", "Zubizarreta", "Usurbil", "600123456", "12345678Z"):
        assert private.lower() not in kept.lower()


@pytest.mark.model
def test_a_conversation_keeps_the_view_and_not_the_upload(models: Models) -> None:
    picture = example_picture("glioma")
    assert picture is not None
    assert picture.content is not None
    marked = Attachment("glioma.png", picture.content + b"PRIVATE-TRAILER")
    _, conversation = respond(Turn(images=(marked,)), Conversation(), models)
    view = conversation.analyses[0].view or b""
    assert view.startswith(b"\xff\xd8")
    assert b"PRIVATE-TRAILER" not in view
    assert b"Exif" not in view


def test_without_the_models_for_words_an_emergency_is_still_one() -> None:
    blind = LoadedModels(words=None, analyzer=None, settings=Settings())
    for words in ("I can't breathe", "No puedo respirar"):
        reply, _ = respond(Turn(words), Conversation(), blind)
        assert reply.action == "triage"
        assert "112" in reply.text


@pytest.mark.model
def test_starting_serving_and_answering_ask_no_other_machine() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SERVE_AND_LISTEN], capture_output=True, text=True, timeout=240, check=True
    )
    assert "ELSEWHERE []" in run.stdout, run.stdout[-2000:]
