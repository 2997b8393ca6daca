"""axe-core on every state of the page, the keyboard through everything, the focus seen, and a calm layout."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.visitor import (
    BOX,
    DESKTOP,
    EXAMPLES,
    PHONE,
    VISITORS,
    Visitor,
    attach,
    own_message,
    say,
)  # fmt: skip

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical", "moderate")


def violations(page: Page) -> list[str]:
    """What axe finds, each with the element that shows it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['html'][:200]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("page", VISITORS, indirect=True, ids=str)
def test_axe_finds_nothing_of_weight_in_any_state(page: Page) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    states: dict[str, Callable[[], object]] = {
        "welcome": lambda: None,
        "answer": lambda: say(page, "¿Qué es un meningioma?" if spanish else "What is a meningioma?"),
        "sources": lambda: page.locator(".g-sources summary").click(),
        "passage": lambda: page.locator("a[href*='#g-source-']").first.click(),
        "reading": lambda: [page.keyboard.press("Escape"), say(page, "", EXAMPLES / "glioma.png")],
        "how": lambda: page.locator(".g-how summary").click(),
        "refusal": lambda: say(page, "", EXAMPLES / "photo.png"),
        "emergency": lambda: say(page, "No puedo respirar" if spanish else "I can't breathe"),
        "attached": lambda: attach(page, EXAMPLES / "normal.png"),
        "changing": lambda: own_message(page).locator("[data-do=edit]").click(),
        "report": lambda: page.locator(".g-report-menu summary").click(),
        "about": lambda: page.locator("#g-about-open").click(),
    }
    found = {}
    for name, reach in states.items():
        reach()
        page.wait_for_timeout(250)
        found[name] = violations(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
    expect(page.locator(".g-about h1")).to_be_visible()


@pytest.mark.parametrize("page", [Visitor(), Visitor("es-ES", DESKTOP, dark=True)], indirect=True, ids=str)
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(page: Page) -> None:
    say(page, "", EXAMPLES / "glioma.png")
    page.locator("#g-brand svg").click()  # from the top
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => {
              const part = document.activeElement;
              if (part === document.body) return null;
              const shows = [part, part.closest("label"), part.closest(".full-container")].some((shown) => {
                if (!shown) return false;
                const style = getComputedStyle(shown);
                return style.outlineStyle !== "none" || style.boxShadow !== "none";
              });
              const name = part.dataset.do || part.dataset.sets || part.className || part.id || part.tagName;
              return `${shows ? "" : "UNSEEN "}${part.id || name}`;
            }"""
        )
        if where is None:
            break
        reached.append(where)
    assert [name for name in reached if name.startswith("UNSEEN")] == []
    text = " ".join(reached)
    for wanted in (
        "theme", "size", "g-new", "g-about-open", "g-stage", "g-shows-as_sent", "g-shows-overlay",
        "g-shows-outline", "opacity", "zoom", "copy", "thumb", "report", "retry", "undo", "upload-button",
        "g-camera", "submit-button",
    ):  # fmt: skip
        assert wanted in text, f"{wanted} is not reached: {text}"


def test_a_question_is_asked_and_its_source_read_without_a_pointer(page: Page) -> None:
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("What is a meningioma?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-do=retry]")).to_be_visible()
    page.locator("#g-transcript [role=log]").evaluate("log => log.querySelector('a').focus()")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Tab")  # to the source
    page.keyboard.press("Tab")  # to "Close"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_screen_reader_hears_things_in_their_order(page: Page) -> None:
    say(page, "What is a meningioma?", EXAMPLES / "glioma.png")
    log = page.get_by_role("log", name="Conversation with Galeno")
    assert log.get_attribute("aria-live") == "polite"
    parts = log.locator(".bot-row :is(h2, .g-bars, .g-cannot, .md, .g-sources, .g-actions)")
    told = parts.evaluate_all(
        "parts => parts.map((part) => part.classList.contains('md') ? 'md' : part.className || part.tagName)"
    )
    assert told == ["H2", "g-bars", "g-cannot", "md", "g-sources", "g-actions"]
    speakers = log.locator(".message-row[role=group]")
    assert speakers.evaluate_all("rows => rows.map((row) => row.ariaLabel)") == ["You", "Galeno"]
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("page", [Visitor(), Visitor("es-ES", PHONE, dark=True)], indirect=True, ids=str)
def test_nothing_jumps_while_a_reply_is_written(page: Page) -> None:
    """The layout shifts that browsers count, and where the message stands, while the second reply grows."""
    say(page, "What is a meningioma?")
    page.evaluate(
        """() => {
          window.shifted = 0;
          window.places = [];
          const add = (shift) => (window.shifted += shift.value);
          new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: "layout-shift" });
          const watch = () => {
            const asked = [...document.querySelectorAll("#g-transcript .user-row")];
            const row = asked.length > 1 && document.querySelector(".bot-row:last-child .md") && asked.at(-1);
            if (row) window.places.push(Math.round(row.getBoundingClientRect().top));
            requestAnimationFrame(watch);
          };
          watch();
        }"""
    )
    say(page, "How is a glioma treated?")
    page.wait_for_timeout(500)
    places = page.evaluate("window.places.slice(2)")
    assert len(places) > 10
    assert max(places) - min(places) <= 2
    # Below 0.1 is what Google's web vitals call good. The new message itself comes in with one.
    assert page.evaluate("window.shifted") < 0.1


def test_whoever_wants_no_motion_gets_none(open_page: Callable[..., Page]) -> None:
    page = open_page(Visitor(), reduced_motion="reduce")
    say(page, "hello")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((part) => {
             const style = getComputedStyle(part);
             return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
           }).length"""
    )
    assert moving == 0
