"""A reading is looked at: views, heat map, outline, strength, enlarging, and what stands beside them."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import EXAMPLES, VISITORS, Visitor, say, tap_example

pytestmark = pytest.mark.browser


def shown(reading: Locator) -> list[str]:
    layers = reading.locator(".g-layer")
    visible = "layer => getComputedStyle(layer).display !== 'none'"
    return [
        layer.evaluate("layer => layer.classList[1]") for layer in layers.all() if layer.evaluate(visible)
    ]


@pytest.mark.parametrize("page", VISITORS, indirect=True, ids=str)
def test_the_picture_is_looked_at_in_every_way(page: Page) -> None:
    spanish = page.evaluate("navigator.language").startswith("es")
    reading = tap_example(page, "glioma").locator(".g-reading")
    assert shown(reading) == ["g-as_sent", "g-overlay", "g-outline"]
    reading.get_by_role("radio", name="Tras CLAHE" if spanish else "After CLAHE").check()
    assert shown(reading) == ["g-enhanced", "g-overlay", "g-outline"]
    reading.get_by_role("checkbox", name="Mapa de calor" if spanish else "Heat map").uncheck()
    reading.get_by_role("checkbox", name="Contorno" if spanish else "Outline").uncheck()
    assert shown(reading) == ["g-enhanced"]
    for image in reading.locator("img").all():
        assert image.get_attribute("alt")
        assert image.evaluate("image => image.complete && image.naturalWidth > 200")


def test_the_map_is_made_stronger_and_the_picture_larger(page: Page) -> None:
    reading = tap_example(page, "glioma").locator(".g-reading")
    strength, zoom = (
        reading.get_by_role("slider", name="Strength of the map"),
        reading.get_by_role("slider", name="Enlarge"),
    )
    strength.fill("100")
    assert reading.locator(".g-overlay").evaluate("map => getComputedStyle(map).opacity") == "1"
    stage = reading.locator(".g-stage")
    before = stage.bounding_box()
    zoom.fill("300")
    assert stage.evaluate("stage => stage.scrollWidth / stage.clientWidth") == pytest.approx(3, abs=0.05)
    middle = stage.evaluate("stage => (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth")
    assert middle == pytest.approx(0.5, abs=0.02)
    assert stage.bounding_box() == before  # nothing around it moves


def test_an_enlarged_picture_is_moved_with_keys_and_with_the_pointer(page: Page) -> None:
    reading = tap_example(page, "glioma").locator(".g-reading")
    stage = reading.locator(".g-stage")
    reading.get_by_role("slider", name="Enlarge").fill("300")
    at = stage.evaluate("stage => stage.scrollLeft")
    stage.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.g-stage').scrollLeft > before", arg=at)
    page.wait_for_timeout(300)
    at = stage.evaluate("stage => stage.scrollLeft")
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 100)
    page.mouse.up()
    assert stage.evaluate("stage => stage.scrollLeft") == pytest.approx(at + 80, abs=3)


@pytest.mark.parametrize("page", [Visitor("es-ES")], indirect=True, ids=str)
def test_beside_it_stand_the_probabilities_the_gate_the_times_and_what_it_cannot_tell(page: Page) -> None:
    reading = tap_example(page, "bacterial_pneumonia").locator(".g-reading")
    bars = reading.locator(".g-bars li")
    shares = [bar.locator(".g-bar span").evaluate("bar => parseFloat(bar.style.width)") for bar in bars.all()]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.5)
    expect(reading.locator(".g-cannot")).to_contain_text("Lo que esto no puede decir")
    expect(reading.locator(".g-gate")).to_contain_text("Reconocida como: Radiografía de tórax")
    how = reading.locator(".g-how")
    expect(how.locator("li").first).to_be_hidden()
    how.locator("summary").click()
    expect(how).to_contain_text("chest_xray-")
    expect(how.locator("li")).to_have_count(5)
    expect(how.locator("li").first).to_contain_text("ms")


def test_each_step_is_shown_while_a_picture_is_read(page: Page) -> None:
    say(page, "hello")
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => document.querySelectorAll(".g-steps .g-now").forEach((step) => {
            if (window.seen.at(-1) !== step.textContent) window.seen.push(step.textContent);
          })).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    names = ("normal", "meningioma", "covid19", "glioma", "no_tumor", "viral_pneumonia")
    say(page, "", *(EXAMPLES / f"{name}.png" for name in names))
    seen = page.evaluate("window.seen")
    assert "Checking the file…" in seen
    assert "Reading the image…" in seen
    assert seen.index("Reading the image…") < len(seen) - 1 - seen[::-1].index("Checking the file…")


def test_two_readings_are_looked_at_each_by_itself(page: Page) -> None:
    tap_example(page, "glioma")
    first = page.locator(".g-reading")
    first.get_by_role("radio", name="After CLAHE").check()
    say(page, "and this?", EXAMPLES / "meningioma.png")
    expect(page.locator(".g-reading")).to_have_count(2)
    assert "g-enhanced" in shown(page.locator(".g-reading").first)
    assert "g-as_sent" in shown(page.locator(".g-reading").last)
