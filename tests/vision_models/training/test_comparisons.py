"""The table of compared trainings, as it lies beside a card."""

from pathlib import Path

import pytest

from vision_models.card import MODELS
from vision_models.training.comparisons import LOGS_NAME, keep_log, read_rows, write_row


def test_nothing_was_compared_yet(tmp_path: Path) -> None:
    assert read_rows(tmp_path) == []


def test_rows_come_back_in_the_order_that_is_given_and_others_after(tmp_path: Path) -> None:
    for key, what in (("c", "two"), ("a", "one"), ("b", "ñandú")):
        row = {"key": key, "what": what, "accuracy": 0.5, "auroc": ""}
        write_row(row, tmp_path / "brain_mri", ["b", "a"])
    first, second, third = read_rows(tmp_path / "brain_mri")
    assert first == {"key": "b", "what": "ñandú", "accuracy": 0.5, "auroc": ""}
    assert (second["key"], third["key"]) == ("a", "c")


def test_a_row_takes_the_place_of_the_one_with_its_key(tmp_path: Path) -> None:
    for key, accuracy in (("a", 0.5), ("b", 0.6), ("a", 0.7)):
        write_row({"key": key, "accuracy": accuracy}, tmp_path)
    assert read_rows(tmp_path) == [{"key": "a", "accuracy": 0.7}, {"key": "b", "accuracy": 0.6}]


def test_the_newest_log_of_a_variant_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    for text in ("epoch,loss\n0,1\n", "epoch,loss\n0,1\n1,0.5\n"):
        log.write_text(text, encoding="utf-8")
        kept = keep_log("plain", log, tmp_path / "brain_mri")
    assert kept == tmp_path / "brain_mri" / "comparisons" / "plain.csv"
    assert kept.read_text(encoding="utf-8") == log.read_text(encoding="utf-8")


@pytest.mark.parametrize("model", ["brain_mri", "chest_xray"])
def test_each_shipped_row_has_its_log(model: str) -> None:
    rows = read_rows(MODELS / model)
    assert rows
    for row in rows:
        log = MODELS / model / LOGS_NAME / f"{row['key']}.csv"
        assert len(log.read_text(encoding="utf-8").splitlines()) == 1 + row["epochs"], row["key"]
