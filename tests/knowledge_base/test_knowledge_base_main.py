import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from knowledge_base import encoder, fusion, index, passages, questions
from knowledge_base.__main__ import main
from knowledge_base.coverage import report
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.passages import load_library, read_library
from knowledge_base.questions import load_passage_questions
from tests.knowledge_base.conftest import SOURCES

TODAY = date(2026, 11, 22)


def test_check_prints_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    printed = capsys.readouterr().out
    assert "treatment" in printed
    assert "index: up to date" in printed


@pytest.fixture
def house(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two sound topics as if they were the project's, with an index of theirs and of its encoder."""
    folder = tmp_path / "index"
    index.build_index(FakeEncoder(), articles=articles, questions=tmp_path / "none", folder=folder)
    load = partial(index.load_index, articles=articles, questions=tmp_path / "none", folder=folder)
    monkeypatch.setattr(index, "load_index", load)
    monkeypatch.setattr(index, "shipped_fingerprint", lambda: FakeEncoder().fingerprint)
    monkeypatch.setattr(passages, "read_library", partial(read_library, articles))
    monkeypatch.setattr(passages, "missing_topics", list)
    monkeypatch.setattr(fusion, "load_fusion", lambda: fusion.NEUTRAL)
    monkeypatch.setattr(questions, "load_passage_questions", lambda _: ())
    return tmp_path


def test_check_of_a_sound_house(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_passage_without_text_is_one_of_the_problems(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house / "articles" / "pneumonia" / "en.md"
    path.write_text(path.read_text("utf-8") + "\n### And then?\n", "utf-8")
    assert main(["check"]) == 1
    assert "'And then?' has 0 words" in capsys.readouterr().err


def test_check_fails_for_another_encoder(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "shipped_fingerprint", lambda: "another")
    assert main(["check"]) == 1
    assert "it was made with another encoder" in capsys.readouterr().err


def test_check_fails_for_weights_of_another_encoder(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusion, "load_fusion", lambda: replace(fusion.NEUTRAL, encoder="another"))
    assert main(["check"]) == 1
    assert "the search is tuned for the encoder another" in capsys.readouterr().err


def test_check_fails_for_questions_of_a_passage_that_is_gone(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (house / "glioma.yaml").write_text("- passage: Cures\n  en: [a]\n", "utf-8")
    monkeypatch.setattr(questions, "load_passage_questions", partial(load_passage_questions, folder=house))
    assert main(["check"]) == 1
    assert "has the title 'Cures'" in capsys.readouterr().err


def test_check_fails_for_damaged_vectors(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "index" / "es.npy").write_bytes(b"x")
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert "es.npy: is not what its manifest describes" in shown.err
    assert "up to date" not in shown.out


def test_a_topic_that_is_missing_is_refused(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = passages.Problem(Path("articles/glioma"), 1, "there is no such topic")
    monkeypatch.setattr(passages, "missing_topics", lambda: [missing])
    monkeypatch.setattr(encoder, "load_encoder", lambda name, **_: pytest.fail("index went on"))
    for command in ("check", "index"):
        assert main([command]) == 1
        assert "articles/glioma:1: there is no such topic" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["index", "tune"])
def test_an_encoder_that_cannot_be_loaded_is_one_sentence(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, **_: int) -> None:
        raise RuntimeError("no such name\nand much more")

    monkeypatch.setattr(encoder, "load_encoder", load)
    assert main([command, "--encoder", "hub/nope"]) == 1
    said = "hub/nope: no encoder can be loaded from there: no such name and much more\n"
    assert capsys.readouterr().err == said


def test_report_counts_passages_and_sources(articles: Path) -> None:
    text = report(load_library(articles), TODAY)
    assert "en: 4 passages" in text
    assert "sources: 1 pages, 0 undated, the others from 2024 to 2024" in text
    assert "years ago" not in text
    assert "over a year" not in text


def test_report_names_topics_whole_and_what_is_old(articles: Path) -> None:
    old = SOURCES.replace("2024", "2015").replace("2026-11-21", "2025-11-21")
    (articles / "pneumonia" / "sources.toml").write_text(old, "utf-8")
    undated = SOURCES.replace("2024", "0").replace("gov/page", "gov/other")
    (articles / "meningioma" / "sources.toml").write_text(undated, "utf-8")
    text = report(load_library(articles), TODAY)
    assert "bacterial_pneumonia" in text
    assert "sources: 2 pages, 1 undated, the others from 2015 to 2015" in text
    assert "dated over 10 years ago: 1: pneumonia/page" in text
    assert "last looked at over a year ago: 1: pneumonia/page" in text


def test_an_unknown_command_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bake"])
    assert "check" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["encoder", "made"], ["finetune", "--base", "made"]])
def test_a_pack_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--data", str(tmp_path)]) == 1
    assert "medquad_pairs.jsonl.gz: no such file" in capsys.readouterr().err


def test_a_library_of_training_that_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    assert main(["words"]) == 1
    assert "run pip install -r requirements-train.txt" in capsys.readouterr().err
