import re
import tomllib
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from vision_models.analysis import CLASS_NAMES
from vision_models.screening import report
from vision_models.screening.errors import ScreenError
from vision_models.screening.report import LANGUAGES, STEPS, Facts, histogram, modality, page
from vision_models.screening.rows import COLUMNS, NO_PICTURE, Row
from vision_models.training.data import GATE_CLASSES

ENDED = datetime(2026, 11, 23, 9, 5)


def made(path: str, **values: str) -> Row:
    return dict.fromkeys(COLUMNS, "") | {"path": path} | values


def brain(path: str, finding: str, share: float, abstained: str = "false") -> Row:
    others = {f"p_{name}": str((1 - share) / 3) for name in CLASS_NAMES["brain_mri"]}
    return made(
        path,
        verdict="brain_mri",
        finding=finding,
        abstained=abstained,
        model="brain_mri-1.0.0",
        **(others | {f"p_{finding}": str(share)}),
    )


ROWS = [
    brain("secret-name-1.png", "glioma", 0.95),
    brain("secret-name-2.png", "glioma", 0.55, "true"),
    brain("secret-name-3.png", "no_tumor", 1.0),
    made("secret-name-4.png", verdict="rejected", reason="photo"),
    made("secret-name-5.png", error="unreadable"),
    made("secret-name-6.png", error="unreadable"),
    made("secret-name-7.png", error="crashed"),
]
FACTS = Facts("/data/films", "out.csv", "0123456789abcdef", 5, 2.0, 2)


class Text(HTMLParser):
    """The words of each row of a table, and what tags there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        self._inside = tag in ("td", "th")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1].append(data.strip())


def test_counts_by_verdict_finding_reason_and_error() -> None:
    rows = Text(page(ROWS, FACTS, "en", ENDED)).rows
    for line in (
        ["Brain MRI", "3", "42.9%"],
        ["Refused", "1", "14.3%"],
        ["No picture", "3", "42.9%"],
        ["Glioma", "2", "66.7%", "1"],
        ["No sign of a tumor", "1", "33.3%", "0"],
        ["Everyday photo", "1", "14.3%"],
        ["Damaged, or no image", "2", "28.6%"],
        ["Ended the program that read it", "1", "14.3%"],
        ["Images", "7"],
        ["Read by an earlier run, which this one went on from", "2"],
        ["Time", "2.0 s"],
        ["Images a second", "2.5"],
        ["Images a second and core", "1.2"],
        ["Ended", "2026-11-23 09:05"],
    ):
        assert line in rows, line


def test_the_same_in_spanish() -> None:
    rows = Text(page(ROWS, FACTS, "es", ENDED)).rows
    for line in (
        ["Resonancia cerebral", "3", "42,9 %"],
        ["Sin signos de tumor", "1", "33,3 %", "0"],
        ["Imágenes por segundo", "2,5"],
        ["Dañado, o no es una imagen", "2", "28,6 %"],
    ):
        assert line in rows, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_picture_no_name_and_nothing_from_elsewhere(language: str) -> None:
    html = page(ROWS, FACTS, language, ENDED)
    assert not {"img", "script", "link", "iframe", "a"} & set(Text(html).tags)
    assert "secret-name" not in html
    assert not re.search(r"https?:|url\(|data:", html)


def test_what_somebody_named_a_folder_is_text() -> None:
    facts = Facts("<script>alert(1)</script>", "<b>.csv", "m", 1, 1.0, 1)
    html = page(ROWS, facts, "en", ENDED)
    assert "<script" not in html
    assert "<b>" not in html


def test_the_histogram_is_of_each_class() -> None:
    found = modality(ROWS, "brain_mri")
    charts = {chart.finding: chart.counts for chart in found.charts}
    assert list(charts) == list(CLASS_NAMES["brain_mri"])
    assert all(sum(counts) == 3 and len(counts) == STEPS for counts in charts.values())
    assert (charts["glioma"][9], charts["glioma"][5], charts["glioma"][0]) == (1, 1, 1)


def test_the_ends_of_a_histogram() -> None:
    assert histogram([0.0, 0.0999, 0.1, 0.9, 1.0]) == (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_of_nothing_but_errors(language: str) -> None:
    html = page(ROWS[4:], Facts("f", "o.csv", "m", 0, 0.0, 1), language, ENDED)
    assert "svg" not in Text(html).tags


def test_an_open_kind_of_pneumonia_is_a_finding() -> None:
    shares = {f"p_{name}": "0.25" for name in CLASS_NAMES["chest_xray"]}
    row = made("a", verdict="chest_xray", finding="pneumonia", abstained="false", **shares)
    assert ["Pneumonia, kind open", "1", "100.0%", "0"] in Text(page([row], FACTS, "en", ENDED)).rows


def test_both_languages_name_everything() -> None:
    tables = [
        tomllib.loads((report.FOLDER / "messages" / f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    ]
    assert tables[0].keys() == tables[1].keys()
    for table in tables:
        assert table["names"].keys() >= {name for names in CLASS_NAMES.values() for name in names}
        assert table["reason"].keys() == {*NO_PICTURE, *GATE_CLASSES[2:], "unknown", "blank", "crashed"}
    assert tables[0]["names"].keys() == tables[1]["names"].keys()


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    with pytest.raises(ScreenError, match="the table is whole, but the report"):
        report.write(tmp_path / "page", ROWS, FACTS, "en")
