"""The real app in a process of its own, and Chromium on its page."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.browser.visitor import ANYBODY, BOX, Visitor

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "ui" / "static" / "examples"
STARTS_WITHIN = 300.0
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A camera that shows a test picture, to whoever asks for it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@dataclass(frozen=True, slots=True)
class App:
    """The running app: where it is, and the folder where Gradio puts uploads."""

    url: str
    uploads: Path
    log: Path
    #: All that the process may write to but the log: its home and the folder for temporary files.
    temporary: Path

    def log_lines(self, words: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if words in line]

    def leftovers(self) -> list[Path]:
        return [path for path in self.uploads.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """``python app.py`` on a free port; ended, with the log shown, if it does not come up."""
    folder = tmp_path_factory.mktemp("app")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "home" / "uploads"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "home"),
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "log"
    (folder / "home").mkdir()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + STARTS_WITHIN
            while url not in log.read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"app.py did not come up:\n{log.read_text()}")
                time.sleep(0.2)
            yield App(url, folder / "home" / "uploads", log, folder / "home")
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: ``CHROMIUM``, the system's, or Playwright's own. Without one, the tests skip."""
    named = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        if not named and not Path(playwright.chromium.executable_path).is_file():
            pytest.skip("no Chromium here: install it, set CHROMIUM, or run `playwright install chromium`")
        try:
            running = playwright.chromium.launch(executable_path=named or None, args=CHROMIUM_ARGS)
        except Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, app: App) -> Iterator[Callable[..., Page]]:
    """Opens the page for a new visitor, ready.

    The test fails if a page asks anything of another site, or if a script of it fails.
    """
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    failed: list[str] = []

    def open_for(visitor: Visitor = ANYBODY, **options: Any) -> Page:
        width, height = visitor.size
        scheme: Literal["dark", "light"] = "dark" if visitor.dark else "light"
        context = browser.new_context(
            locale=visitor.locale,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            **options,
        )
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(30_000)
        opened.on("request", lambda sent: asked.append(sent.url))
        opened.on("pageerror", lambda error: failed.append(str(error)))
        opened.goto(app.url)
        opened.locator(BOX).wait_for()
        opened.locator("#g-camera").wait_for()  # our scripts have seen it
        return opened

    yield open_for
    for context in contexts:
        context.close()
    for path in app.leftovers():  # attached by these visitors and never sent: the app sweeps them later
        path.unlink()
    elsewhere = [url for url in asked if not url.startswith((app.url, "data:", "blob:"))]
    assert elsewhere == []
    assert failed == []


@pytest.fixture
def page(open_page: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    """A new visitor's page. Parametrise it indirectly with a ``Visitor``; without one, for ``ANYBODY``."""
    return open_page(getattr(request, "param", ANYBODY))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
