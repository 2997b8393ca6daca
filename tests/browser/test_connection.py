"""What a visitor sees when the server goes away, or has no place for them.

The answer is a fake one, which takes as long as a file lies there. There is a place for one turn, and for one
that waits.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import BOX, EXAMPLES, PHONE, REPLY, Visitor, attach, say, settle

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SPANISH = Visitor("es-MX", PHONE, dark=True)
LINE = "#g-connection [role=status]"
STOP, SEND = "#g-box .stop-button", "#g-box .submit-button"
SERVE = """
import os, time
from pathlib import Path
from assistant.conversation import Reply
from assistant.settings import read_settings
from ui import chat, events, upload_folder
from ui.launch import launch_options
from vision_models.analysis import Analysis

hold = Path(os.environ["HOLD"])

def answer(turn, conversation, on_step=None):
    while hold.exists():
        time.sleep(0.02)
    said = "Respuesta" if conversation.language == "es" else "Answer"
    read = tuple(Analysis(image.name, "rejected", reason="unreadable") for image in turn.images)
    reply = Reply(conversation.language, "greet", 1.0, "chat", f"{said}: {turn.text}", analyses=read)
    return reply, conversation.with_(turns=conversation.turns + 1, analyses=read)

chat.CONCURRENT_TURNS, chat.QUEUE_SIZE, events.MOST_READINGS = 1, 1, 2
settings = read_settings()
upload_folder.prepare()
page = chat.build_page(None, settings, answer)
page.launch(prevent_thread_lock=True, **launch_options(settings))
print("Galeno is there", flush=True)
page.block_thread()
"""


@dataclass(slots=True)
class Server:
    """The process, and what it is started with again on the same port."""

    url: str
    uploads: Path
    log: Path
    hold: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Comes back once it is there; fails, with its log, if it does not come up."""
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while "Galeno is there" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the server did not come up:\n{self.log.read_text()}")
            time.sleep(0.1)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """No answer comes to its end inside."""
        self.hold.touch()
        try:
            yield
        finally:
            self.hold.unlink()

    def leftovers(self) -> list[Path]:
        return [path for path in self.uploads.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In the place of the real app."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": port,
        "HOLD": str(folder / "hold"),
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "PYTHONUNBUFFERED": "1",
    }
    server = Server(
        f"http://127.0.0.1:{port}", folder / "uploads", folder / "log", folder / "hold", environment
    )
    try:
        server.start()
        yield server
    finally:
        server.end()


def send(page: Page, text: str) -> None:
    page.fill(BOX, text)
    page.keyboard.press("Enter")


def english_toasts(page: Page) -> int:
    return sum(toast.is_visible() for toast in page.locator(".toast-body.error").all())


@pytest.mark.parametrize("page", [Visitor(), SPANISH], indirect=True, ids=str)
def test_a_server_that_dies_in_mid_answer_is_told_and_the_words_come_back(page: Page, app: Server) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    say(page, "uno")
    with app.holding():
        attach(page, EXAMPLES / "glioma.png")
        send(page, "¿Qué es un glioma?\n")
        expect(page.locator(STOP)).to_be_visible()
        page.fill(BOX, "¿Y cómo se trata?")
        app.end()
        expect(page.locator(LINE)).to_contain_text(
            "Se ha perdido" if spanish else "connection to Galeno is lost"
        )
        assert english_toasts(page) == 0
    app.start()
    back = "ha vuelto a empezar" if spanish else "has begun anew"
    expect(page.locator(LINE)).to_contain_text(back)
    expect(page.locator(LINE)).to_contain_text("Adjunte de nuevo" if spanish else "attach your files again")
    expect(page.locator(BOX)).to_have_value("¿Qué es un glioma?\n\n¿Y cómo se trata?")
    assert page.evaluate("[{ ...localStorage, ...sessionStorage }, window.name, history.state]") == [
        {},
        "",
        None,
    ]
    assert app.leftovers() == []
    page.locator(BOX).press("Enter")
    expect(settle(page)).to_contain_text("Respuesta: ¿Qué es" if spanish else "Answer: ¿Qué es")
    expect(page.locator(LINE)).to_be_empty()


def test_a_message_to_a_server_that_is_gone_stays_and_so_does_the_language(page: Page, app: Server) -> None:
    page.locator("#g-language").get_by_label("Español").check()
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")
    app.end()
    send(page, "hola")
    expect(page.locator(LINE)).to_contain_text("Se ha perdido la conexión")
    expect(page.locator(BOX)).to_have_value("hola")
    app.start()
    expect(page.locator(LINE)).to_contain_text("ha vuelto a empezar")
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")
    expect(page.locator(BOX)).to_have_value("hola")
    page.locator(SEND).click()
    expect(settle(page)).to_contain_text("Respuesta: hola")


@pytest.mark.parametrize("page", [SPANISH], indirect=True, ids=str)
def test_a_server_that_was_restarted_between_two_turns_answers_and_says_what_is_gone(
    page: Page, app: Server
) -> None:
    say(page, "uno")
    page.wait_for_timeout(500)  # for what follows a turn
    app.end()
    app.start()
    send(page, "dos")
    expect(page.locator(".toast-body.warning")).to_contain_text("lo dicho antes ya no está")
    expect(settle(page)).to_contain_text("Respuesta: dos")
    say(page, "tres")
    expect(page.locator("#g-transcript .user-row")).to_have_count(2)


def test_who_waits_is_told_and_who_finds_no_place_may_send_again(open_page: Any, app: Server) -> None:
    first, waits = open_page(), open_page(Visitor("es-ES"))
    too_many, english = open_page(SPANISH), open_page()
    with app.holding():
        send(first, "one")
        expect(first.locator(STOP)).to_be_visible()
        send(waits, "dos")
        expect(waits.locator(LINE)).to_contain_text("Su mensaje está en la cola")
        expect(first.locator(LINE)).to_be_empty()
        waits.locator(BOX).press("Enter")
        expect(waits.locator("#g-notice")).to_contain_text("Un momento")

        attach(too_many, EXAMPLES / "glioma.png")
        for page, words in ((too_many, "demasiadas personas"), (english, "Too many people")):
            send(page, "tres")
            expect(page.locator(LINE)).to_contain_text(words)
            expect(page.locator(BOX)).to_have_value("tres")
            expect(page.locator(SEND)).to_be_visible()
            assert english_toasts(page) == 0
        expect(too_many.locator("#g-box .thumbnail-item")).to_have_count(1)

        newcomer = open_page(SPANISH)  # the page itself opens, in its language
        expect(newcomer.locator("#g-about-open")).to_have_text("Acerca de")
        newcomer.locator("#g-about-open").click()
        expect(newcomer.locator(".g-about")).to_be_visible()
        newcomer.locator("#g-about-close").click()
        expect(newcomer.locator(LINE)).to_be_empty()

        first.locator(STOP).click()  # a full queue stops nobody from stopping
        expect(first.locator(".g-stopped")).to_be_visible()
    expect(settle(waits)).to_contain_text("Respuesta: dos")
    expect(waits.locator(LINE)).to_be_empty()
    too_many.locator(BOX).press("Enter")
    expect(settle(too_many)).to_contain_text("Respuesta: tres")
    expect(too_many.locator(LINE)).to_be_empty()


def test_a_page_that_is_loaded_anew_in_mid_answer_works_and_leaves_nothing(page: Page, app: Server) -> None:
    with app.holding():
        attach(page, EXAMPLES / "glioma.png")
        send(page, "one")
        expect(page.locator(STOP)).to_be_visible()
        page.reload()
        page.locator(BOX).wait_for()
        expect(page.locator("#g-welcome")).to_be_visible()
        expect(page.locator(REPLY)).to_have_count(0)
        expect(page.locator(BOX)).to_have_value("")
        expect(page.locator(LINE)).to_be_empty()
        send(page, "two")
    expect(settle(page)).to_contain_text("Answer: two")
    assert app.leftovers() == []


@pytest.mark.parametrize("page", [SPANISH], indirect=True, ids=str)
def test_a_conversation_that_is_full_of_images_says_so_and_goes_on_in_words(page: Page, app: Server) -> None:
    for name in ("glioma", "photo"):
        attach(page, EXAMPLES / f"{name}.png")
        say(page, name)
    attach(page, EXAMPLES / "glioma.png")
    send(page, "otra")
    expect(page.locator(".toast-body.warning")).to_contain_text("Empiece un chat nuevo")
    expect(page.locator(BOX)).to_have_value("otra")
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(1)
    page.locator("#g-new").click()
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(0)
    attach(page, EXAMPLES / "photo.png")
    expect(say(page, "otra")).to_contain_text("Respuesta: otra")


def test_a_page_says_each_minute_that_it_is_there(open_page: Any, app: Server) -> None:
    page = open_page()
    expect(page.locator("#g-session :is(input, textarea)")).to_have_value(re.compile(r"\w+"))
    page.clock.install()
    page.reload()
    page.locator(BOX).wait_for()
    session = page.locator("#g-session :is(input, textarea)")
    expect(session).to_have_value(re.compile(r"\w+"))
    with page.expect_response(f"**/here/{session.input_value()}") as said:
        page.clock.fast_forward(61_000)
    assert said.value.status == 204


def test_an_upload_that_finds_no_room_is_told_in_the_servers_words(page: Page, app: Server) -> None:
    page.route(
        "**/gradio_api/upload?*",
        lambda route: route.fulfill(status=400, content_type="text/plain", body="No room for this file."),
    )
    page.locator("#g-box input[type=file]").first.set_input_files(EXAMPLES / "glioma.png")
    expect(page.locator(LINE)).to_have_text("No room for this file.")
    assert english_toasts(page) == 0
    expect(say(page, "words")).to_contain_text("Answer: words")
    expect(page.locator(LINE)).to_be_empty()
