"""What can be done with what was said: citations, copy, again, other words, undo, stop, thumbs, report."""

import io
import json
import re
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.visitor import (
    BOX,
    EXAMPLES,
    PHONE,
    REPLY,
    VISITORS,
    Visitor,
    own_message,
    say,
    settle,
    tap_example,
)  # fmt: skip

pytestmark = pytest.mark.browser

SPANISH = Visitor("es-ES")


@pytest.mark.parametrize("page", VISITORS, indirect=True, ids=str)
def test_a_mark_opens_its_passage_and_source_and_gives_the_focus_back(page: Page) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    answer = say(page, "¿Qué es un meningioma?" if spanish else "What is a meningioma?")
    mark = answer.locator("a[href*='#g-source-']").first
    mark.focus()
    page.keyboard.press("Enter")
    passage = page.get_by_role("dialog")
    expect(passage).to_contain_text(
        "Lo que dice la biblioteca [1]" if spanish else "What the library says [1]"
    )
    quoted = passage.locator("blockquote").inner_text()
    assert answer.locator(".md").first.inner_text()[:60] in quoted
    assert (passage.locator("a").get_attribute("href") or "").startswith("https://")
    assert page.url.split("?")[0].endswith("/")
    page.keyboard.press("Escape")
    expect(passage).to_have_count(0)
    expect(mark).to_be_focused()


def test_a_reply_is_copied_with_its_sources(open_page: Any) -> None:
    page = open_page(SPANISH, permissions=["clipboard-read", "clipboard-write"])
    say(page, "¿Qué es un meningioma?").get_by_role("button", name="Copiar").click()
    expect(page.locator("#g-notice")).to_have_text("Copiado.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "meningioma" in copied
    assert re.search(r"^\[1\] .+ · .+ · https://", copied, re.MULTILINE)


def test_other_words_take_the_place_of_the_message_and_of_what_followed(page: Page) -> None:
    say(page, "What is a meningioma?")
    say(page, "thank you")
    page.locator("#g-transcript .user-row").first.hover()
    page.get_by_role("button", name="Change my message").first.click()
    field = page.get_by_role("textbox", name="Your message").first
    expect(field).to_have_value("What is a meningioma?")
    field.fill("How is a glioma treated?")
    page.keyboard.press("Enter")
    expect(page.locator(REPLY)).to_have_count(1)
    expect(page.locator(REPLY)).to_contain_text("glioma")
    expect(page.locator("#g-transcript .user .md")).to_have_text("How is a glioma treated?")


def test_changing_a_message_can_be_left(page: Page) -> None:
    say(page, "What is a meningioma?")
    own_message(page).get_by_role("button", name="Change my message").click()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.locator(".g-edit")).to_have_count(0)
    expect(page.locator("#g-transcript .user .md")).to_have_text("What is a meningioma?")
    expect(page.get_by_role("button", name="Change my message")).to_be_focused()


def test_a_question_about_a_picture_is_changed_without_sending_it_again(page: Page, app: Any) -> None:
    say(page, "What do you see?", EXAMPLES / "glioma.png")
    own_message(page).get_by_role("button", name="Change my message").click()
    page.get_by_role("textbox", name="Your message").first.fill("Is this a tumor?")
    page.get_by_role("button", name="Send").first.click()
    expect(page.locator("#g-transcript .user .md")).to_have_text("Is this a tumor?")
    settle(page)
    expect(page.locator(".g-files")).to_have_text("glioma.png")
    expect(page.locator(".g-reading .g-bars")).to_be_visible()
    assert app.leftovers() == []


def test_again_answers_again_and_only_the_last_turn_offers_it(page: Page) -> None:
    say(page, "What is a meningioma?")
    tap = page.get_by_role("button", name="Answer again")
    tap.click()
    settle(page)
    expect(page.locator("#g-transcript .user")).to_have_count(1)
    say(page, "How is it treated?")
    expect(page.locator("[data-do=retry]:visible")).to_have_count(1)
    expect(page.locator("[data-do=copy]:visible")).to_have_count(2)


def test_undo_gives_the_words_back_to_the_box(page: Page) -> None:
    say(page, "What is a meningioma?")
    say(page, "How is it treated?")
    page.get_by_role("button", name="Take this turn back").click()
    expect(page.locator(REPLY)).to_have_count(1)
    expect(page.locator(BOX)).to_have_value("How is it treated?")
    page.keyboard.press("Enter")
    page.locator(BOX).press("Enter")
    expect(settle(page, 1)).to_contain_text("meningioma")  # it still knows what "it" is


#: Presses Stop once it is there. A click of Playwright's waits for a page at rest: all may be read by then.
STOP_AT_ONCE = """
new MutationObserver((_, seen) => {
    const stop = document.querySelector("#g-box .stop-button");
    if (stop) { seen.disconnect(); stop.click(); }
}).observe(document.querySelector("#g-box"), {subtree: true, childList: true});
"""


def _many(folder: Path) -> list[Path]:
    """As many large pictures as a turn takes, no two the same: a second or more of reading."""
    example = cv2.imread(str(EXAMPLES / "glioma.png"), cv2.IMREAD_GRAYSCALE)
    assert example is not None
    large = cv2.resize(example, (2500, 2500))
    files = [folder / f"slice {number}.png" for number in range(20)]
    for number, file in enumerate(files):
        large[0, 0] = number
        cv2.imwrite(str(file), large)
    return files


def test_a_turn_can_be_stopped_and_asked_again(page: Page, tmp_path: Path) -> None:
    files = _many(tmp_path)
    page.set_input_files("#g-box input[type=file]", files)
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(len(files))
    page.evaluate(STOP_AT_ONCE)
    page.locator(BOX).press("Enter")
    expect(page.locator(".g-stopped")).to_contain_text("You stopped this answer.")
    expect(page.locator(".g-status")).to_have_count(0)
    expect(page.locator("#g-box .submit-button")).to_be_visible()
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".g-reading")).to_have_count(len(files), timeout=60_000)
    settle(page)


@pytest.mark.parametrize("page", [SPANISH, Visitor("en-US", PHONE, dark=True)], indirect=True, ids=str)
def test_a_thumb_is_noted_and_can_be_taken_back(page: Page, app: Any) -> None:
    reply = say(page, "covid")
    up, down = reply.locator('[data-value="up"]'), reply.locator('[data-value="down"]')
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#g-notice")).not_to_be_empty()
    down.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(500)
    noted = [json.loads(line.split("thumb ", 1)[1]) for line in app.log_lines("ui.feedback: thumb")][-3:]
    assert [line["thumb"] for line in noted] == ["up", "down", "none"]
    assert set(noted[0]) == {"thumb", "passages", "models"}


@pytest.mark.parametrize("page", [SPANISH], indirect=True, ids=str)
def test_the_conversation_is_taken_along_as_pdf_and_as_markdown(page: Page, app: Any, tmp_path: Path) -> None:
    tap_example(page, "meningioma")
    say(page, "¿Cómo se trata?")
    texts = {}
    for kind, name in (("pdf", "PDF, para imprimir"), ("markdown", "Markdown, como texto")):
        page.locator(".g-report-menu summary").click()
        with page.expect_download() as started:
            page.get_by_role("button", name=name).click()
        started.value.save_as(tmp_path / kind)
        assert started.value.suggested_filename.startswith("informe-galeno-")
        texts[kind] = (tmp_path / kind).read_bytes()
    pages = PdfReader(io.BytesIO(texts["pdf"])).pages
    assert sum(len(page.images) for page in pages) >= 3
    pdf = "\n".join(page.extract_text() for page in pages)
    for written in (pdf, texts["markdown"].decode()):
        assert "¿Cómo se trata?" in written
        assert "meningioma.png" in written
        assert "brain_mri-" in written
    assert app.leftovers() == []


def test_one_reading_is_taken_along_alone(page: Page, tmp_path: Path) -> None:
    say(page, "What is pneumonia?")
    reading = say(page, "", EXAMPLES / "normal.png")
    with page.expect_download() as started:
        reading.get_by_role("button", name="PDF of this answer").click()
    started.value.save_as(tmp_path / "one.pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "one.pdf").pages)
    assert "normal.png" in text
    assert "What is pneumonia?" not in text


def test_the_report_is_offered_once_there_is_something_to_report(page: Page) -> None:
    expect(page.locator(".g-report-menu summary")).to_be_hidden()
    say(page, "hello")
    expect(page.locator(".g-report-menu summary")).to_be_visible()
