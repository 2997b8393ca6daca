from pathlib import Path

from intents.goals import Goal, as_markdown, by_language, keep_first

GOALS = (
    Goal("right", "accuracy", 0.96),
    Goal("alarms", "alarms", 0.04, below=True),
    Goal("time", "ms", unit="ms"),
    Goal("unknown", "not_measured", 1),
)


def test_every_goal_says_whether_it_is_reached() -> None:
    table = as_markdown(GOALS, {"accuracy": 0.96, "alarms": 0.05, "ms": 1.234}, {"first": {"accuracy": 0.5}})
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert lines[0] == ["", "today", "goal", "reached", "first"]
    assert lines[2:] == [
        ["right", "96.0 %", "≥ 96.0 %", "yes", "50.0 %"],
        ["alarms", "5.0 %", "≤ 4.0 %", "no", ""],
        ["time", "1.23 ms", "", "", ""],
    ]


def test_what_was_not_measured_reaches_nothing() -> None:
    assert not GOALS[0].is_reached({})
    assert not GOALS[1].is_reached({})


def test_better_is_above_nothing_either_way() -> None:
    assert GOALS[0].gain(0.9, 0.8) > 0
    assert GOALS[1].gain(0.9, 0.8) < 0


def test_a_goal_for_both_languages_and_each() -> None:
    assert [goal.figure for goal in by_language("x", "found", 0.9)] == ["found", "found_en", "found_es"]


def test_the_first_run_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "first.toml"
    keep_first(path, "a = 1\n")
    keep_first(path, "a = 2\n")
    assert path.read_text("utf-8") == "a = 1\n"
