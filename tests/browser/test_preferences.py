"""What a visitor chooses: the language of the whole page, whom it speaks to, light or dark, text size."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import EXAMPLES, PHONE, TABLET, Visitor, attach, say

pytestmark = pytest.mark.browser

#: Words that must not be left over in a page of the other language.
ENGLISH = (
    "Ask, or attach",
    "New chat",
    "About",
    "Patient",
    "Clinician",
    "Report",
    "What is",
    "Attach",
    "Send",
)


@pytest.mark.parametrize("page", [Visitor(), Visitor("en-US", PHONE, dark=True)], indirect=True, ids=str)
def test_the_whole_interface_follows_the_language(page: Page) -> None:
    page.locator("#g-language").get_by_label("Español").check()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")
    expect(page.locator("#g-welcome h2")).to_contain_text("¿Qué le gustaría")
    attach(page, EXAMPLES / "glioma.png")
    said = page.evaluate(
        """() => [...document.querySelectorAll("button, textarea, [aria-label], [role]")].filter(
             (part) => part.offsetParent && !part.closest('[lang="en"]')
           ).flatMap((part) => [part.getAttribute("aria-label"), part.title, part.placeholder,
                                part.tagName === "BUTTON" ? part.innerText : ""]).filter(Boolean)"""
    )
    assert "Enviar" in said
    assert [text for text in said if text.startswith(ENGLISH)] == []


def test_a_change_of_language_keeps_the_conversation(page: Page) -> None:
    say(page, "What is a meningioma?")
    page.locator("#g-language").get_by_label("Español").check()
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")
    reply = say(page, "¿y cómo se trata?")
    expect(reply).to_contain_text("meningioma")
    expect(page.locator("#g-transcript .user")).to_have_count(2)


@pytest.mark.parametrize("page", [Visitor("es-AR"), Visitor("fr-FR")], indirect=True, ids=str)
def test_the_page_begins_in_the_language_of_the_browser(page: Page) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    expect(page.locator("#g-new")).to_have_text("Nuevo chat" if spanish else "New chat")
    assert page.evaluate("document.documentElement.lang") == ("es" if spanish else "en")


def test_the_language_asked_for_in_words_moves_the_selector(page: Page) -> None:
    say(page, "en español, por favor")
    expect(page.locator("#g-language").get_by_label("Español")).to_be_checked()
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")


def test_a_clinician_is_told_in_numbers(page: Page) -> None:
    page.locator("#g-audience").get_by_label("Clinician").check()
    expect(say(page, "", EXAMPLES / "glioma.png")).to_contain_text("out-of-distribution score")


@pytest.mark.parametrize("page", [Visitor(), Visitor("es-ES", PHONE, dark=True)], indirect=True, ids=str)
def test_light_and_dark_follow_the_device_until_chosen_and_are_kept(page: Page) -> None:
    switch = page.locator('#g-menu [data-do="theme"]')
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    body = page.locator("body")

    def is_dark() -> bool:
        return bool(body.evaluate("body => body.classList.contains('dark')"))

    assert is_dark() is dark
    switch.click()
    assert is_dark() is False
    switch.click()
    assert is_dark() is True
    page.reload()
    page.locator("#g-box textarea").wait_for()
    page.wait_for_timeout(500)
    assert is_dark() is True
    switch.click()
    assert is_dark() is dark


@pytest.mark.parametrize(
    "page", [Visitor(), Visitor("es-ES", TABLET), Visitor("es-ES", PHONE)], indirect=True, ids=str
)
def test_the_text_grows_and_still_fits(page: Page) -> None:
    say(page, "¿Qué es un meningioma?")
    prose = page.locator("#g-transcript .md p").last
    size = "p => parseFloat(getComputedStyle(p).fontSize)"
    before = prose.evaluate(size)
    for _ in range(2):
        page.locator('#g-menu [data-do="size"]').click()
    assert prose.evaluate(size) > 1.25 * before
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    page.reload()
    page.locator("#g-box textarea").wait_for()
    assert page.locator("html").get_attribute("data-size") == "3"


def test_preferences_are_all_that_the_browser_keeps(page: Page) -> None:
    say(page, "What is a meningioma?", EXAMPLES / "glioma.png")
    page.locator('#g-menu [data-do="theme"]').click()
    kept: dict[str, Any] = page.evaluate("({ ...localStorage, ...sessionStorage })")
    assert kept == {"galeno-theme": "light"}
    assert page.context.cookies() == []
