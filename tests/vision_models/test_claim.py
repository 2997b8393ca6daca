"""The checklist beside each card: all items, in order, and no link that leads nowhere."""

import re
from pathlib import Path

import pytest

from vision_models.card import MODEL_NAMES, MODELS
from vision_models.training import report

ANSWERS = {"done", "partly", "**not done**", "not applicable"}
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https:)([^)#]*)(?:#([a-z-]+))?\)")


@pytest.fixture(params=MODEL_NAMES)
def path(request: pytest.FixtureRequest) -> Path:
    return MODELS / request.param / "CLAIM.md"


def test_all_44_items_are_answered_in_order(path: Path) -> None:
    rows = ROW.findall(path.read_text(encoding="utf-8"))
    assert [int(number) for number, *_ in rows] == list(range(1, 45))
    assert {answer for _, _, answer, _ in rows} <= ANSWERS
    assert "**not done**" in {answer for _, _, answer, _ in rows}


def test_every_link_leads_to_a_file_and_to_a_part_that_a_card_can_have(path: Path) -> None:
    written = re.findall(r"### ([A-Z][a-z ]+)", Path(report.__file__).read_text(encoding="utf-8"))
    card = (path.parent / "README.md").read_text(encoding="utf-8")
    headings = [*written, *re.findall(r"^## (.+)$", card, re.MULTILINE)]
    parts = {heading.lower().replace(" ", "-") for heading in headings}
    for target, part in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).is_file(), target
        assert not part or part in parts, part


def test_no_measured_number_is_typed_by_hand(path: Path) -> None:
    answers = " ".join(how for *_, how in ROW.findall(path.read_text(encoding="utf-8")))
    assert re.findall(r"(?<!-)\d\.\d|\d %", answers.replace("95 % intervals", "")) == []
