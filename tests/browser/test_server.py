"""The real server: what it closes, its headers, and that it tells whether it is well."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import EXAMPLES, attach

pytestmark = pytest.mark.browser


def status_of(url: str, target: str) -> int:
    """What the server answers to ``target`` as it stands: no client tidies ``..`` away."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        return int(connection.recv(4096).split(b" ")[1])


@pytest.mark.parametrize(
    "target",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=app.py",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api/file=ui/static/js/../../../app.py",
        "/gradio_api/file=ui/static/js/%2e%2e/%2e%2e/%2e%2e/app.py",
        "/gradio_api/file=http://127.0.0.1:1/x",
        "/gradio_api/file=https%3A%2F%2Fexample.com",
        "/gradio_api/file=file:///etc/passwd",
        "/gradio_api/file=assistant/settings.py",
        "/gradio_api/file=.git/config",
        "/gradio_api/file=vision_models/models/gate/weights.tflite",
        "/gradio_api/file=/proc/self/environ",
        "/gradio_api/proxy=http://example.com",
        "/file=/etc/passwd",
        "/docs",
        "/openapi.json",
        "/monitoring",
    ],
)
def test_what_is_not_the_pages_own_is_refused(app: Any, target: str) -> None:
    assert status_of(app.url, target) in (401, 403, 404)


def test_a_link_in_the_upload_folder_leads_nowhere(app: Any) -> None:
    folder = app.uploads / "x"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "passwd.txt"
    link.symlink_to("/etc/passwd")
    try:
        assert status_of(app.url, f"/gradio_api/file={link}") in (403, 404)
    finally:
        link.unlink()


def test_one_visitor_does_not_get_at_the_file_of_another(page: Page, app: Any) -> None:
    """An upload lies under a name that cannot be guessed, and is gone once its turn has read it."""
    attach(page, EXAMPLES / "glioma.png")
    (path,) = app.leftovers()
    assert len(path.parent.name) >= 32
    assert status_of(app.url, f"/gradio_api/file={path.parent.parent}") in (403, 404)
    page.locator("#g-box .submit-button").click()
    expect(page.locator(".g-reading .g-bars")).to_be_visible()
    assert status_of(app.url, f"/gradio_api/file={path}") in (403, 404)


def test_it_tells_whether_it_is_well(page: Page, app: Any) -> None:
    assert page.request.get(f"{app.url}/health").json() == {"status": "ok"}
    assert page.request.get(f"{app.url}/ready").json() == {"text": True, "images": True}


def test_the_page_works_under_its_own_headers(page: Page, app: Any) -> None:
    headers = page.request.get(app.url).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    refused = page.evaluate(
        """async () => {
          try { await fetch("https://example.com/"); return false; } catch { return true; }
        }"""
    )
    assert refused
