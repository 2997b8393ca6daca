"""``make screenshots``: pictures of the running page and of the report, for docs/ and to be looked at.

Every state, light and dark, on a desktop and on a telephone, in Spanish and English by turns; of the report,
its pages. They are kept small, with few colours: they are to be looked at and not to be measured.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.visitor import Visitor, say, tap_example

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
COLOURS = 256
#: Points a dot of the PDF's pages.
DOTS = 60
VISITORS = {
    "light-desktop": Visitor("es-ES", (1280, 860)),
    "dark-desktop": Visitor("en-US", (1280, 860), dark=True),
    "light-phone": Visitor("en-US", (390, 844)),
    "dark-phone": Visitor("es-MX", (390, 844), dark=True),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": port}
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
            )
            for name, visitor in VISITORS.items():
                take(browser, url, visitor, folder, name)
    finally:
        app.terminate()
        app.wait(timeout=20)


def take(browser: Browser, url: str, visitor: Visitor, folder: Path, name: str) -> None:
    """All states for one visitor; each begins with a new page."""
    spanish = visitor.locale.startswith("es")

    def emergency(page: Page) -> None:
        words = "Mi padre tiene la mitad de la cara caída y no puede hablar"
        say(page, words if spanish else "Half of my father's face droops and he can't speak")

    def citation(page: Page) -> None:
        answer(page)
        page.locator("a[href*='#g-source-']").first.click()

    def answer(page: Page) -> None:
        say(page, "¿Qué es un meningioma?" if spanish else "What is a meningioma?")

    def about(page: Page) -> None:
        page.locator("#g-about-open").click()
        page.locator(".g-about table").first.wait_for(state="attached")

    states: dict[str, Callable[[Page], object]] = {
        "welcome": lambda page: page.locator(".g-thumb").first.wait_for(),
        "answer": answer,
        "citation": citation,
        "reading": lambda page: tap_example(page, "glioma"),
        "refusal": lambda page: tap_example(page, "photo"),
        "emergency": emergency,
        "about": about,
    }
    for state, reach in states.items():
        context = browser.new_context(
            locale=visitor.locale,
            viewport={"width": visitor.size[0], "height": visitor.size[1]},
            color_scheme="dark" if visitor.dark else "light",
        )
        page = context.new_page()
        page.goto(url)
        page.locator("#g-camera").wait_for()
        reach(page)
        page.wait_for_timeout(700)
        page.screenshot(path=folder / f"{name}-{state}.png")
        shrink(folder / f"{name}-{state}.png")
        context.close()
    if name.endswith("desktop"):
        report(browser, url, visitor, folder, "es" if spanish else "en")


def report(browser: Browser, url: str, visitor: Visitor, folder: Path, language: str) -> None:
    """The pages of a report, side by side, where ``pdftoppm`` (poppler) is installed."""
    context = browser.new_context(locale=visitor.locale, accept_downloads=True)
    page = context.new_page()
    page.goto(url)
    page.locator("#g-camera").wait_for()
    tap_example(page, "meningioma")
    say(page, "¿Cómo se trata?" if language == "es" else "How is it treated?")
    page.locator(".g-report-menu summary").click()
    with page.expect_download() as started, tempfile.TemporaryDirectory() as place:
        page.locator('.g-report-menu [data-format="pdf"]').click()
        path = Path(place) / "report.pdf"
        started.value.save_as(path)
        try:
            subprocess.run(["pdftoppm", "-r", str(DOTS), "-png", path, Path(place) / "page"], check=True)
        except FileNotFoundError:
            print("no pictures of the report: pdftoppm (poppler-utils) is not installed", file=sys.stderr)
            return
        pages = [Image.open(picture) for picture in sorted(Path(place).glob("page-*.png"))]
        width = sum(one.width + 12 for one in pages) - 12
        sheet = Image.new("RGB", (width, max(one.height for one in pages)), "#8a857c")
        left = 0
        for one in pages:
            sheet.paste(one, (left, 0))
            left += one.width + 12
        sheet.save(folder / f"report-{language}.png")
    shrink(folder / f"report-{language}.png")
    context.close()


def shrink(path: Path) -> None:
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def wait_for(url: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urlopen(url).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"app.py did not answer at {url} within {seconds:.0f} seconds")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
