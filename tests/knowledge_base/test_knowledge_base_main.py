import pytest

from knowledge_base.__main__ import main
from knowledge_base.coverage import report
from knowledge_base.passages import load_library


def test_check_prints_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    printed = capsys.readouterr().out
    assert "treatment" in printed
    assert "index: up to date" in printed


def test_report_counts_passages_and_sources(articles) -> None:
    text = report(load_library(articles))
    assert "en: 4 passages" in text
    assert "sources: 1 pages, from 2024 to 2024" in text


def test_an_unknown_command_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bake"])
    assert "check" in capsys.readouterr().err
