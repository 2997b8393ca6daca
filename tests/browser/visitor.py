"""What a visitor does on the page, and how a test knows that the page is done."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
BOX = "#g-box textarea"
REPLY = "#g-transcript .bot-row"
DESKTOP, TABLET, PHONE = (1440, 900), (768, 1024), (360, 740)

# A machine that trains at the same time is slow, and not wrong.
expect.set_options(timeout=30_000)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes: the browser's language, the size of the window, light or dark."""

    locale: str = "en-US"
    size: tuple[int, int] = DESKTOP
    dark: bool = False

    def __str__(self) -> str:
        return f"{self.locale}-{self.size[0]}-{'dark' if self.dark else 'light'}"


#: Who is meant where it does not matter.
ANYBODY = Visitor()

#: Both languages, both themes, three sizes: each pair of them at least once.
VISITORS = (
    Visitor("es-ES", DESKTOP),
    Visitor("en-US", DESKTOP, dark=True),
    Visitor("en-US", PHONE),
    Visitor("es-MX", PHONE, dark=True),
    Visitor("es-ES", TABLET, dark=True),
    Visitor("en-GB", TABLET),
)


def attach(page: Page, *files: Path) -> None:
    page.set_input_files("#g-box input[type=file]", files)
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(len(files))


def say(page: Page, text: str, *files: Path) -> Locator:
    """Sends a message as a person does, and waits until the reply is whole."""
    replies = page.locator(REPLY).count()
    if files:
        attach(page, *files)
    page.fill(BOX, text)
    page.keyboard.press("Enter")
    return settle(page, replies)


def settle(page: Page, replies: int = 0) -> Locator:
    """The reply after ``replies`` others, once the message box offers to send again."""
    expect(page.locator(".g-asking")).to_have_count(0)
    expect(page.locator(REPLY)).to_have_count(replies + 1)
    expect(page.locator("#g-box .submit-button")).to_be_visible()
    expect(page.locator(".g-status")).to_have_count(0)
    return page.locator(REPLY).last


def tap_example(page: Page, name: str) -> Locator:
    replies = page.locator(REPLY).count()
    page.locator(f'[data-example="{name}"]').click()
    return settle(page, replies)


def own_message(page: Page) -> Locator:
    """The last message, with the pointer on it, so that what can be done with it shows."""
    row = page.locator("#g-transcript .user-row").last
    row.hover()
    return row
