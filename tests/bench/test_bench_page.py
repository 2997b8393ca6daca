"""The table says what was measured, and what was missed by how much."""

from typing import Any

from tests.bench import accuracy
from tests.bench.page import accuracy_table, as_markdown, read
from tests.bench.rows import ROWS, Row


def saved(bare: float, **medians: float) -> list[dict[str, Any]]:
    """As pytest-benchmark saves it, from milliseconds."""
    return [
        {
            "name": name,
            "stats": {"median": value / 1000, "data": [value / 1000] * 99 + [1.0]},
            "extra_info": {"row": name, "bare": bare},
        }
        for name, value in medians.items()
    ]


def test_what_was_measured_stands_beside_its_limit_in_the_order_of_the_rows() -> None:
    found = read(saved(emergency=1.0, bare=5.0, text=7.5))
    assert [measured.row.key for measured in found] == ["text", "emergency"]
    table = as_markdown(found, {}, "Today")
    assert "| text turn, median | ≤ 20 ms | 7.5 ms | 5 ms (the encoder alone) | 1.50 (≤ 1.6) | met |" in table
    assert "Every reach was met." in table


def test_a_row_that_misses_says_by_how_much_and_what_was_tried() -> None:
    table = as_markdown(read(saved(bare=5.0, text=21.0)), {"text": "Tried all."}, "Today")
    assert "Missed:\n- text turn, median: 1 ms too much, 4.20 x, not 1.6 x. Tried all." in table


def test_more_is_better_where_things_are_counted_by_the_second() -> None:
    row = next(row for row in ROWS if row.key == "screen")
    assert row.missed(60.0, 70.0) == ""
    assert row.missed(40.0, 70.0) == "5 /s too few, 1.75 x, not 1.4 x"


def test_slowest_turns_are_those_of_the_same_run() -> None:
    one = saved(bare=5.0, text=7.5)
    one[0]["extra_info"]["p95"] = "text_slow"
    assert read(one)[0].bare == 5.0
    assert {measured.row.key: measured.value for measured in read(one)}["text_slow"] == 7.5


def test_rows_are_named_once_and_every_figure_is_where_it_is_looked_for() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    assert isinstance(ROWS[0], Row)
    now, before = accuracy.now(), accuracy.before()
    assert set(now) == set(before)
    assert f"| {next(iter(now))} |" in accuracy_table(before, now)
