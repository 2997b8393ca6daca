"""The goals, and the figures as they are written."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.load.crowd import Record
from tests.load.figures import PAGE, Burst, Summary, as_markdown, write

RECORDS = [Record("text", 1, 0.1, 0.4), Record("image", 2, 0.2, 0.9), Record("page", 0, 0, 0.1)]
GOOD = Summary(
    visitors=2,
    seconds=100,
    warm_up=20,
    visits=3,
    records=RECORDS,
    told=[],
    memory=[(at, 700 + (100 if at < 20 else 0)) for at in range(100)],
    server=0.5,
    people=0.1,
    others=0.0,
    errors=[],
    left=0,
    burst=Burst(150, 80, "Queue is full.", 150, 9.0, 0.4),
)


def test_all_goals_met() -> None:
    assert GOOD.missed() == []
    assert "Every goal was met." in as_markdown(GOOD)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (replace(GOOD, records=[*RECORDS, Record("text", 3, fault="mix-up: x")]), "1 times: mix-up: x"),
        (replace(GOOD, records=[*RECORDS, Record("text", 3, 2, 3)]), "p95 of text is"),
        (replace(GOOD, records=RECORDS[:1]), "p95 of image is inf s"),
        (replace(GOOD, memory=[(at, 700 + at) for at in range(100)]), "memory grew by"),
        (replace(GOOD, told=["full"]), "1 refusals"),
        (replace(GOOD, errors=["ERROR x"]), "1 errors in the log"),
        (replace(GOOD, left=2), "2 uploads were left behind"),
        (replace(GOOD, burst=Burst(150, 0, "", 150, 9.0, 0.4)), "nobody was refused"),
        (replace(GOOD, burst=Burst(150, 80, "", 149, 9.0, 0.4)), "1 of a burst of 150 were never answered"),
        (replace(GOOD, burst=Burst(150, 80, "", 150, 9.0, 9.0)), "after the burst a text took"),
    ],
)
def test_a_goal_that_is_missed_is_named(bad: Summary, said: str) -> None:
    (sentence,) = bad.missed()
    assert sentence.startswith(said)
    assert f"- {sentence}" in as_markdown(bad)


def test_the_figures_stand_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "LOAD.md"
    page.write_text("a\n<!-- load: written by `make load` -->\nold\n<!-- end of load -->\nb\n")
    write("load", "new\n", page)
    assert page.read_text() == "a\n<!-- load: written by `make load` -->\n\nnew\n\n<!-- end of load -->\nb\n"
    with pytest.raises(ValueError, match="soak"):
        write("soak", "new\n", page)


@pytest.mark.parametrize("name", ["load", "soak"])
def test_the_page_has_room_for_both(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert (
        text.count(f"<!-- {name}: written by `make {name}` -->") == text.count(f"<!-- end of {name} -->") == 1
    )
