import copy
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.comparison import (
    TO_BEAT,
    WITHOUT_FLOOR,
    as_markdown,
    goals_reached,
    is_beaten,
    read_figures,
    read_first_run,
    rows_of,
    ways_of,
)


def way(topic: float, section: float, mrr: float) -> dict[str, Any]:
    both = {"topic_in_first_3": topic, "topic_and_section_in_first_3": section, "mrr": mrr}
    return {"en": dict(both), "es": dict(both)}


def good() -> dict[str, Any]:
    """Figures that reach every goal."""
    figures = {"galeno": way(0.98, 0.93, 0.9), "speed": {"median_query_ms": 11.0}, "articles": "a"}
    for language in ("en", "es"):
        figures["galeno"][language]["out_of_scope_answered"] = 0.04
    figures[WITHOUT_FLOOR] = way(0.98, 0.93, 0.9)
    return figures | {name: way(0.98, 0.9, 0.8) for name in TO_BEAT}


def test_goals_that_are_just_reached_are_reached() -> None:
    assert all(goals_reached(good()).values())


@pytest.mark.parametrize(
    ("figure", "value", "lost"),
    [
        ("topic_in_first_3", 0.969, "right topic in the first three, Spanish"),
        ("topic_and_section_in_first_3", 0.919, "right topic and section in the first three, Spanish"),
        ("topic_and_section_in_first_3", 0.951, "the languages apart, in points"),
        ("mrr", 0.879, "place of the first right passage (MRR), Spanish"),
        ("out_of_scope_answered", 0.041, "out of scope, yet given a medical passage, Spanish"),
    ],
)
def test_a_figure_on_the_wrong_side_loses_its_goal(figure: str, value: float, lost: str) -> None:
    figures = good()
    figures["galeno"]["es"][figure] = value
    assert goals_reached(figures)[lost] is False
    assert goals_reached(figures)[lost.replace("Spanish", "English")] is ("Spanish" in lost)


def test_a_slow_search_loses_its_goal() -> None:
    figures = good() | {"speed": {"median_query_ms": 12.1}}
    assert goals_reached(figures)["time of a query, median on one core"] is False


@pytest.mark.parametrize("figure", ["topic_in_first_3", "topic_and_section_in_first_3", "mrr"])
def test_one_language_where_it_is_better_is_enough_not_to_be_beaten(figure: str) -> None:
    figures = good()
    assert is_beaten(figures, "bm25_alone")
    figures["bm25_alone"]["es"][figure] = 0.99
    assert not is_beaten(figures, "bm25_alone")


def test_what_was_not_measured_is_not_beaten() -> None:
    figures = good()
    del figures["all-MiniLM-L6-v2"]
    assert not is_beaten(figures, "all-MiniLM-L6-v2")
    assert as_markdown(figures, {}).splitlines()[-1].count("not all measured") == 1


def test_the_table_has_a_column_for_every_way_and_the_first_run() -> None:
    figures = good() | {"another": way(0.5, 0.4, 0.321)}
    first_run = copy.deepcopy(good())
    first_run["galeno"]["en"]["mrr"] = 0.777
    lines = as_markdown(figures, first_run).splitlines()
    heads = [cell.strip() for cell in lines[0].split("|")[1:-1]]
    assert heads[:5] == ["", "Galeno", "goal", "reached", "first run"]
    assert heads[-1] == "another"
    mrr = next(line for line in lines if "MRR), English" in line)
    assert [cell.strip() for cell in mrr.split("|")[2:-1]] == [
        "0.900", "≥ 0.880", "yes", "0.777", "0.900", "0.800", "0.800", "0.800", "0.321",
    ]  # fmt: skip
    assert len({len(line) for line in lines}) == 1


def test_other_encoders_count_only_when_measured_on_the_same_articles(tmp_path: Path) -> None:
    (tmp_path / "figures.toml").write_text('articles = "new"\n[galeno.en]\nmrr = 0.5\n', "utf-8")
    beside = tmp_path / "figures_beside.toml"
    beside.write_text('articles = "old"\n[other.en]\nmrr = 0.5\n', "utf-8")
    assert ways_of(read_figures(tmp_path)) == ["galeno"]
    beside.write_text('articles = "new"\n[other.en]\nmrr = 0.5\n', "utf-8")
    assert ways_of(read_figures(tmp_path)) == ["galeno", "other"]
    assert read_first_run(tmp_path) == {}


def test_the_first_run_is_that_of_the_questions_of_today() -> None:
    """Frozen: these are the figures of the first run on 280 questions a language."""
    first = {(row.figure, row.language): row.first_run for row in rows_of({"galeno": {}}, read_first_run())}
    assert first["topic_and_section_in_first_3", "en"] == 0.9238
    assert first["topic_and_section_in_first_3", "es"] == 0.9048
    assert (first["mrr", "en"], first["mrr", "es"]) == (0.8365, 0.8332)
