"""Pictures of the running page: ``make screenshots`` makes the README's; with a folder, all states there."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
REPLY = "#g-transcript .bot"
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}


README_PICTURE = ROOT / "docs" / "screenshot.png"
README_SIZE = (1180, 1560)


def main(folder: Path | None) -> None:
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
            if folder is None:
                context = browser.new_context(
                    viewport={"width": README_SIZE[0], "height": README_SIZE[1]}, locale="es-ES"
                )
                page = context.new_page()
                page.goto(url)
                take_for_readme(page)
                return
            folder.mkdir(parents=True, exist_ok=True)
            for scheme in ("light", "dark"):
                for name, (width, height) in SIZES.items():
                    context = browser.new_context(
                        color_scheme="dark" if scheme == "dark" else "light",
                        viewport={"width": width, "height": height},
                        locale="es-ES",
                    )
                    page = context.new_page()
                    page.goto(url)
                    take(page, folder, f"{scheme}-{name}")
                    context.close()
    finally:
        app.terminate()
        app.wait(timeout=20)


def take_for_readme(page: Page) -> None:
    """A question with its sources, and a picture with its reading."""
    say(page, "¿Qué es un meningioma?")
    page.set_input_files("#g-box input[type=file]", ROOT / "ui" / "static" / "examples" / "meningioma.png")
    page.locator("#g-box .thumbnail-item").first.wait_for()
    say(page, "¿Qué ves?")
    page.locator("#g-transcript .bubble-wrap").evaluate("log => log.scrollTo(0, 0)")
    shoot(page, README_PICTURE)


def take(page: Page, folder: Path, name: str) -> None:
    """Welcome, an answer, a reading, a refusal, an emergency and the About page."""
    page.get_by_text("Nuevo chat").wait_for()
    shoot(page, folder / f"{name}-welcome.png")
    say(page, "¿Qué es un meningioma?")
    shoot(page, folder / f"{name}-answer.png")
    for example, what in (("glioma", "reading"), ("photo", "refusal")):
        begin_anew(page)
        page.locator(f'button[data-example="{example}"]').click()
        settle(page)
        page.locator("#g-transcript .bubble-wrap").evaluate("log => log.scrollTo(0, 0)")
        shoot(page, folder / f"{name}-{what}.png")
    begin_anew(page)
    say(page, "Mi padre tiene la mitad de la cara caída y no puede hablar")
    shoot(page, folder / f"{name}-emergency.png")
    page.locator("#g-about-open").click()
    shoot(page, folder / f"{name}-about.png")


def begin_anew(page: Page) -> None:
    page.locator("#g-new").click()
    page.locator(REPLY).first.wait_for(state="detached")


def say(page: Page, text: str) -> None:
    replies = page.locator(REPLY).count()
    page.fill("#g-box textarea", text)
    page.keyboard.press("Enter")
    settle(page, replies)


def settle(page: Page, replies: int = 0) -> None:
    """Waits until there is one reply more than ``replies`` and the box offers to send again."""
    page.locator(REPLY).nth(replies).wait_for()
    page.locator(".g-status").wait_for(state="detached")
    page.locator("#g-box .submit-button").wait_for()


def shoot(page: Page, path: Path) -> None:
    page.wait_for_timeout(700)
    page.screenshot(path=path)


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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
