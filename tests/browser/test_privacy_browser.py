"""What is promised in docs/PRIVACY.md and SECURITY.md, of the real server: log, folders, limits."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

from tests.browser.visitor import EXAMPLES, say

pytestmark = pytest.mark.browser

WORDS = "Ignacia Zubizarreta asks what a meningioma is"


def test_the_log_has_no_words_no_name_of_a_file_no_address(page: Page, app: Any, tmp_path: Path) -> None:
    named = tmp_path / "Zubizarreta-MRI.png"
    named.write_bytes((EXAMPLES / "glioma.png").read_bytes())
    say(page, WORDS, named)
    page.locator("[data-do=thumb]").first.click()
    page.wait_for_timeout(500)
    log = app.log.read_text()
    for private in ("Zubizarreta", "Ignacia", "asks what", '"GET ', '"POST ', "127.0.0.1:"):
        assert private not in log.replace(app.url, "")


def test_an_event_that_makes_no_sense_puts_no_words_into_the_log(page: Page, app: Any) -> None:
    config = page.request.get(f"{app.url}/config").json()
    for dependency in config["dependencies"][:40]:
        joined = {"data": [{"words": WORDS}] * 3, "fn_index": dependency["id"], "session_hash": "nobody"}
        page.request.post(f"{app.url}/gradio_api/queue/join", data=json.dumps(joined))
    page.wait_for_timeout(1500)
    assert "Zubizarreta" not in app.log.read_text()
    assert say(page, "What is a meningioma?").locator(".g-sources").is_visible()


def test_after_a_turn_nothing_of_it_lies_on_the_disk(page: Page, app: Any) -> None:
    say(page, WORDS, EXAMPLES / "meningioma.png")
    content = (EXAMPLES / "meningioma.png").read_bytes()
    lying = [path for path in app.temporary.rglob("*") if path.is_file() and path != app.log]
    assert [path for path in lying if content[100:400] in path.read_bytes()] == []
    assert [path for path in lying if b"Zubizarreta" in path.read_bytes()] == []
    assert lying == []  # nor what matplotlib would note of the machine's fonts: it is not imported


def test_more_than_64_megabytes_are_not_taken(app: Any) -> None:
    files = {"files": ("a.png", b"\0" * 70_000_000, "image/png")}
    answer = httpx2.post(f"{app.url}/gradio_api/upload", files=files, timeout=60, trust_env=False)
    assert answer.status_code == 413
    assert app.leftovers() == []


def test_pages_of_other_sites_may_not_call_it(page: Page, app: Any) -> None:
    for origin in ("https://evil.example", "null"):
        answer = page.request.get(f"{app.url}/config", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
