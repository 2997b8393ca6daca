"""A visitor on the real page: asks, attaches, reads."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
# A machine that trains at the same time is slow, and not wrong.
expect.set_options(timeout=30_000)

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
BOX = "#g-box textarea"
REPLY = "#g-transcript .bot"


def say(page: Page, text: str, *files: Path) -> None:
    """Sends a message as a person does, and waits until the reply is whole."""
    replies = page.locator(REPLY).count()
    if files:
        page.set_input_files("#g-box input[type=file]", files)
        expect(page.locator("#g-box .thumbnail-item").first).to_be_visible()
    page.fill(BOX, text)
    page.keyboard.press("Enter")
    settle(page, replies)


def settle(page: Page, replies: int = 0) -> None:
    """There is one reply more than ``replies``, and the message box offers to send again."""
    expect(page.locator(REPLY)).to_have_count(replies + 1)
    expect(page.locator("#g-box .submit-button")).to_be_visible()
    expect(page.locator(".g-status")).to_have_count(0)


@pytest.mark.parametrize("page", ["es-ES"], indirect=True)
def test_a_question_and_a_scan_get_an_answer_and_a_reading(page: Page, app: Any) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("¿Qué le gustaría entender?")
    say(page, "¿Qué es un meningioma?")
    answer = page.locator(REPLY).last
    expect(answer).to_contain_text("meningioma")
    expect(answer.get_by_role("link", name="[1]").first).to_have_attribute("target", "_blank")
    answer.locator(".g-sources summary").click()
    source = answer.locator(".g-sources li a").first
    expect(source).to_be_visible()
    assert (source.get_attribute("href") or "").startswith("https://")

    say(page, "", EXAMPLES / "glioma.png")
    reading = page.locator(".g-reading").last
    expect(reading.locator("figure")).to_have_count(3)
    heat_map = reading.locator(".g-overlay img")
    expect(heat_map).to_be_visible()
    assert (heat_map.get_attribute("src") or "").startswith("data:image/jpeg;base64,")
    assert "Mapa de calor" in (heat_map.get_attribute("alt") or "")
    assert heat_map.evaluate("image => image.naturalWidth") > 100
    expect(reading.locator(".g-bars li")).to_have_count(4)
    expect(reading.locator(".g-in").first).to_contain_text("posible")
    assert app.leftovers() == []


def test_a_picture_that_is_no_scan_is_refused_with_its_reason(page: Page, app: Any) -> None:
    say(page, "What do you see?", EXAMPLES / "photo.png")
    refusal = page.locator(".g-refused")
    expect(refusal).to_contain_text("Not read: photo.png")
    expect(page.locator("#g-transcript .g-bars")).to_have_count(0)
    assert app.leftovers() == []


def test_an_english_question_gets_an_english_answer(page: Page) -> None:
    say(page, "How is pneumonia treated?")
    expect(page.locator(REPLY).last).to_contain_text("pneumonia")
    expect(page.locator(".g-sources summary").last).to_contain_text("Sources")


def test_an_example_picture_takes_one_tap(page: Page) -> None:
    page.locator('button[data-example="meningioma"]').click()
    settle(page)
    expect(page.locator(".g-reading .g-overlay img")).to_be_visible()


def test_several_pictures_are_read_in_order(page: Page) -> None:
    say(page, "", EXAMPLES / "meningioma.png", EXAMPLES / "normal.png")
    expect(page.locator(".g-reading h3").nth(0)).to_contain_text("meningioma.png")
    expect(page.locator(".g-reading h3").nth(1)).to_contain_text("normal.png")


def test_a_broken_file_is_told_kindly_and_the_next_turn_works(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    say(page, "", broken)
    expect(page.locator(".g-refused")).to_contain_text("Not read: broken.png")
    say(page, "What is a glioma?")
    expect(page.locator(REPLY).last.locator(".g-sources")).to_be_visible()


def test_what_a_person_writes_is_shown_and_never_run(page: Page) -> None:
    text = "<img src=x onerror=\"document.title='run'\"> **{{value}}** ${1+1}"
    say(page, text)
    expect(page.locator("#g-transcript .user").last).to_have_text(text)
    assert page.title() == "Galeno"


def test_the_interface_follows_the_language_and_a_new_chat_starts_over(page: Page) -> None:
    page.locator("#g-language").get_by_label("Español").check()
    expect(page.locator("#g-about-open")).to_have_text("Acerca de")
    expect(page.get_by_role("heading", level=1)).to_contain_text("¿Qué le gustaría")
    say(page, "hola")
    expect(page.locator("#g-welcome")).to_be_hidden()
    page.locator("#g-new").click()
    expect(page.locator("#g-welcome")).to_be_visible()
    expect(page.locator("#g-transcript")).to_be_hidden()


def test_the_about_page_opens_and_closes(page: Page) -> None:
    page.locator("#g-about-open").click()
    expect(page.get_by_role("heading", name="About Galeno")).to_be_visible()
    expect(page.locator(".g-about table").first).to_be_visible()
    expect(page.get_by_text("Privacy, in plain words")).to_be_attached()
    page.get_by_role("button", name="Back to the chat").click()
    expect(page.locator(BOX)).to_be_visible()


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    say(page, "", EXAMPLES / "glioma.png")
    expect(page.locator(".g-overlay img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
