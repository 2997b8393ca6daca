"""What a lighthouse would look at, with no network: weight, font, language, icon, nothing missing."""

from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

#: Bytes of all that a first visit brings, as they are sent. Gradio alone is most of it.
LARGEST_VISIT = 2_000_000


@pytest.mark.parametrize("page", [Visitor("es-ES"), Visitor("en-US", PHONE)], indirect=True, ids=str)
def test_the_page_says_what_it_is(page: Page) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    assert page.title() == "Galeno"
    assert page.locator("html").get_attribute("lang") == ("es" if spanish else "en")
    assert page.locator('meta[name="description"]').get_attribute("content")
    viewport = page.locator('meta[name="viewport"]').first.get_attribute("content") or ""
    assert "user-scalable=no" not in viewport
    assert "maximum-scale" not in viewport


def test_the_font_comes_from_here(page: Page) -> None:
    page.wait_for_function("document.fonts.check('16px \"Atkinson Hyperlegible Next\"')")
    loaded = page.evaluate("[...document.fonts].filter((font) => font.status === 'loaded').length")
    assert loaded >= 1
    family = page.locator("#g-welcome h2").evaluate("heading => getComputedStyle(heading).fontFamily")
    assert family.startswith('"Atkinson Hyperlegible Next"')


def test_the_icon_is_ours(page: Page, app: Any) -> None:
    icon = page.request.get(urljoin(app.url, "/favicon.ico"))
    assert icon.ok
    assert b"<svg" in icon.body()


def test_a_first_visit_misses_nothing_and_is_not_heavy(browser: Browser, app: Any) -> None:
    page = browser.new_context(locale="es-ES").new_page()
    answered: list[Response] = []
    complaints: list[str] = []
    page.on("response", lambda response: answered.append(response))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(app.url)
    expect(page.locator("#g-welcome")).to_be_visible()
    page.wait_for_timeout(2000)  # a heartbeat is open as long as the page is: it never is idle
    assert [f"{response.status} {response.url}" for response in answered if response.status >= 400] == []
    assert complaints == []
    weight = sum(sent(response) for response in answered)
    page.context.close()
    print(f"a visit weighs {weight / 1e6:.1f} MB")
    assert 500_000 < weight < LARGEST_VISIT


def sent(response: Response) -> int:
    """Bytes as they were sent; of what came in pieces, bytes as they are."""
    length = response.headers.get("content-length")
    if length is not None or "event-stream" in response.headers.get("content-type", ""):
        return int(length or 0)
    return len(response.body())


def test_the_first_paint_is_in_the_language_of_the_browser_and_stays(open_page: Any) -> None:
    """No flash of another language: what is seen of the greeting from the first moment on is Spanish."""
    page = open_page(Visitor("es-ES"))
    page.add_init_script(
        """window.greetings = new Set();
           new MutationObserver(() => {
             const heading = document.querySelector("#g-welcome h2");
             if (heading && heading.textContent) window.greetings.add(heading.textContent);
           }).observe(document, { childList: true, subtree: true, characterData: true });"""
    )
    page.reload()
    expect(page.locator("#g-welcome h2")).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.evaluate("[...window.greetings]") == ["¿Qué le gustaría entender?"]
