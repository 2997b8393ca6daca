import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assistant.conversation import Language
from ui.about import about_page
from ui.about_data import COLLECTIONS, LICENSE_TEXTS, PARTS, data_section
from ui.about_figures import Figure, figures_of
from ui.about_limits import limits_section
from ui.texts import MESSAGES, load_texts
from ui.versions import PLACES, ROOT, versions
from ui.worst_figures import LIMITS, Limit, measured, worst_of

SECTIONS = ["what", "not", "story", "mission", "models", "limits", "data", "privacy", "version"]
CHEST = "vision_models/models/chest_xray/card.toml"
SHARE = "[figures.{}]\nvalue = {}\nlow = 0.5\nhigh = 0.9\nn = {}\n"
VOID = {"br", "img"}


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


class Outline(HTMLParser):
    """What a page is made of: its headings, ids, inner links, tables, and whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.inner_links: list[str] = []
        self.tables: list[list[str]] = []
        self.loose_cells: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a" and str(given.get("href")).startswith("#"):
            self.inner_links.append(str(given["href"])[1:])
        if tag == "table":
            self.tables.append([])
        if self.tables and tag in ("caption", "th"):
            self.tables[-1].append(tag)
        if tag == "th" and given.get("scope") not in ("row", "col"):
            self.loose_cells.append(str(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def row_of(page: str, name: str) -> list[str]:
    """The cells of the row that ``name`` heads."""
    _, _, rest = page.partition(f"{name}</th>")
    return re.findall("<td>(.*?)</td>", rest.partition("</tr>")[0])


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_section_is_there_in_its_order_and_the_contents_lead_to_it(language: Language) -> None:
    page = Outline(about_page(language, "112"))
    assert [name.removeprefix("g-about-") for name in page.ids] == SECTIONS
    assert page.inner_links == page.ids
    assert page.open == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_headings_are_in_order_and_tables_say_what_they_are(language: Language) -> None:
    page = Outline(about_page(language, "112"))
    assert page.headings.count(1) == 1
    assert page.headings.count(2) == len(SECTIONS)
    assert all(below - above <= 1 for above, below in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.tables) > 10
    assert all(cells[0] == "caption" for cells in page.tables)
    assert page.loose_cells == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_in_the_page_is_taken_for_a_template(language: Language) -> None:
    """Gradio evaluates ``${…}`` in HTML, and our own placeholders must all be filled in."""
    page = about_page(language, "{112} $x `y` <b>")
    assert not re.search(r"[{}$`]", page)
    assert "&#123;112&#125;" in page
    assert "<b>" not in page


def test_both_languages_have_the_same_parts() -> None:
    english, spanish = (re.sub(r' lang="\w+"', "", about_page(language, "1")) for language in ("en", "es"))
    assert re.findall(r"<(\w+)", english) == re.findall(r"<(\w+)", spanish)
    assert english != spanish


def test_each_of_the_five_projects_says_what_was_kept_and_learnt_and_what_is_done_now() -> None:
    story = about_page("en", "112").partition('id="g-about-story"')[2].partition("</section>")[0]
    assert re.findall(r"<h3>(\d)\.", story) == ["1", "2", "3", "4", "5"]
    assert re.findall("<dt>(.*?)</dt>", story) == 5 * [
        "What was kept",
        "What was learnt",
        "What Galeno does now",
    ]


def test_figures_are_read_from_the_models_not_typed(tmp_path: Path) -> None:
    card = '[facts]\nversion = "1.2.0"\nimage_size = 224\n[figures.test]\naccuracy = 0.91234\nimages = 1311\n'
    write(tmp_path / "vision_models/models/brain_mri/card.toml", card)
    write(tmp_path / "intents/figures.toml", "[heldout]\nmacro_f1 = 0.9\n")
    english, spanish = about_page("en", "112", tmp_path), about_page("es", "112", tmp_path)
    assert "Version 1.2.0" in english
    assert "<td>0.912</td>" in english
    assert "<td>1,311</td>" in english
    assert "heldout macro f1" in english
    assert "<td>0,912</td>" in spanish
    assert "224" not in english


def test_no_sentence_of_the_page_holds_a_measured_number() -> None:
    for language in ("en", "es"):
        tables = tomllib.loads((MESSAGES / f"ui.{language}.toml").read_text(encoding="utf-8"))
        for table in ("about", "story", "limits", "limit_places"):
            for key, value in tables[table].items():
                text = str(value).replace("95 %", "").replace("90 %", "")  # the interval and an aim
                assert not re.search(r"\d\s?%|\d[.,]\d", text), f"{language} {table}.{key}"


def test_without_figures_it_says_so(tmp_path: Path) -> None:
    page = about_page("en", "112", tmp_path)
    assert "not in this copy yet" in page
    assert Outline(page).ids == [f"g-about-{name}" for name in SECTIONS]
    assert "g-limits" not in page


def test_a_broken_card_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "vision_models/models/gate/card.toml", "= broken")
    write(tmp_path / "assistant/figures.toml", "= broken")
    assert "not in this copy yet" in about_page("en", "112", tmp_path)


def test_words_and_flags_are_no_figures() -> None:
    assert list(figures_of({"a": "x", "b": True, "c": {"d": 1}})) == [Figure("c_d", 1.0)]


def test_a_number_stands_with_its_interval_and_its_cases(tmp_path: Path) -> None:
    measured_ones = "[figures.tumor_sensitivity]\nvalue = 0.982\nlow = 0.971\nhigh = 0.989\nn = 1852\n"
    write(tmp_path / "vision_models/models/brain_mri/card.toml", measured_ones)
    page = about_page("es", "112", tmp_path)
    assert "0,982 (0,971–0,989; n = 1\u00a0852)" in page
    assert "Tumores que encuentra" in page


def test_the_search_stands_beside_other_ways_in_words(tmp_path: Path) -> None:
    figures = 'articles = "a"\n[{0}.en]\ntopic_in_first_3 = 0.98\nmrr = 0.9\nout_of_scope_answered = 0.01\n'
    folder = tmp_path / "knowledge_base"
    write(folder / "figures.toml", figures.format("galeno"))
    write(folder / "figures_beside.toml", figures.format("all-MiniLM-L6-v2"))
    english, spanish = about_page("en", "112", tmp_path), about_page("es", "112", tmp_path)
    assert "By meaning alone (all-MiniLM-L6-v2)" in english
    assert (
        "Right topic among the first three passages, in English</th><td>98.0\u00a0%</td><td>98.0" in english
    )
    assert (
        "Tema correcto entre los tres primeros pasajes, en inglés</th><td>98,0\u00a0%</td><td>98,0" in spanish
    )
    table = english.partition('class="g-wide"')[2].partition("</table>")[0]
    assert "topic" not in table.replace("Right topic", "")


def test_a_broken_file_beside_the_search_takes_nothing_else_down(tmp_path: Path) -> None:
    write(tmp_path / "knowledge_base/figures.toml", 'articles = "a"\n')
    write(tmp_path / "knowledge_base/figures_beside.toml", "= broken")
    assert "not in this copy yet" in about_page("en", "112", tmp_path)


def test_the_worst_source_is_shown_and_another_when_the_file_changes(tmp_path: Path) -> None:
    shares = {"kermany_sensitivity": 0.99, "nih_chestxray14_sensitivity": 0.72, "sensitivity": 0.1}
    write(tmp_path / CHEST, "".join(SHARE.format(name, value, 94) for name, value in shares.items()))
    page = limits_section(load_texts("en"), tmp_path)
    found = "Pneumonias that it finds (sensitivity)"
    assert row_of(page, found) == [
        "nih_chestxray14: adults, NIH",
        "72.0\u00a0% (50.0–90.0; n\u00a0=\u00a094)",
    ]
    shares["kermany_sensitivity"] = 0.6
    write(tmp_path / CHEST, "".join(SHARE.format(name, value, 1094) for name, value in shares.items()))
    page = limits_section(load_texts("es"), tmp_path)
    found = "Neumonías que encuentra (sensibilidad)"
    assert row_of(page, found)[0].startswith("kermany")
    assert row_of(page, found)[1] == "60,0\u00a0% (50,0–90,0; n\u00a0=\u00a01\u00a0094)"


def test_a_limit_that_was_not_measured_has_no_row(tmp_path: Path) -> None:
    write(tmp_path / CHEST, SHARE.format("kermany_sensitivity", 0.9, 10))
    page = limits_section(load_texts("en"), tmp_path)
    assert page.count('scope="row"') == 1


def test_of_errors_the_highest_is_the_worst_and_of_doubts_the_widest() -> None:
    figures = [Figure("let_photo", 0.02, 0.01, 0.03, 190), Figure("let_ct", 0.0, 0.0, 0.26, 11)]
    errors = worst_of(Limit("gate", "others_let_through", r"let_(\w+)", highest=True), figures)
    doubts = worst_of(Limit("gate", "others_unsure", r"let_(\w+)", highest=True, unsure=True), figures)
    assert errors is not None
    assert doubts is not None
    assert (errors.figure.name, errors.places) == ("let_photo", (("photo",),))
    assert (doubts.figure.name, doubts.places) == ("let_ct", (("ct",),))


def test_of_equal_figures_all_places_are_named_and_the_fewest_cases_count() -> None:
    limit = Limit("intents", "understood", "a_(en|es)")
    equal = worst_of(limit, [Figure("a_en", 0.9), Figure("a_es", 0.9), Figure("b", 0.1)])
    assert equal is not None
    assert equal.places == (("en",), ("es",))
    fewer = worst_of(limit, [Figure("a_en", 0.9, count=50), Figure("a_es", 0.9, count=20)])
    assert fewer is not None
    assert (fewer.places, fewer.figure.count) == ((("es",),), 20)


def test_what_was_measured_on_nothing_is_not_the_worst() -> None:
    limit = Limit("chest_xray", "pneumonia_found", r"(\w+)_sensitivity")
    empty = Figure("a_sensitivity", float("nan"), float("nan"), float("nan"), 0)
    assert worst_of(limit, [empty]) is None


def test_the_cases_of_a_language_stand_in_a_figure_of_their_own(tmp_path: Path) -> None:
    galeno = "[galeno.{}]\ntopic_and_section_in_first_3 = {}\nquestions_in_scope = {}\n"
    write(
        tmp_path / "knowledge_base/figures.toml",
        galeno.format("en", 0.95, 210) + galeno.format("es", 0.9, 70),
    )
    page = limits_section(load_texts("en"), tmp_path)
    name = "Right topic and part of it among the first three passages"
    assert row_of(page, name) == ["in Spanish", "90.0\u00a0% (n\u00a0=\u00a070)"]


def test_only_networks_that_never_saw_a_collection_count_as_such(tmp_path: Path) -> None:
    """``without_clahe`` is a probe of the shipped network, and ``no_clahe`` saw everything."""
    run = '[[run]]\nkey = "{}"\naccuracy = {}\nimages = 1000\n'
    runs = run.format("no_clahe", 0.1) + run.format("without_kermany", 0.8) + '[[run]]\nkey = "unfinished"\n'
    write(tmp_path / CHEST, "[probes.without_clahe_accuracy]\nvalue = 0.2\nlow = 0.1\nhigh = 0.3\nn = 300\n")
    write(tmp_path / CHEST.replace("card", "comparisons"), runs)
    unseen = next(limit for limit in LIMITS if limit.name == "unseen" and limit.model == "chest_xray")
    worst = worst_of(unseen, measured(tmp_path, "chest_xray"))
    assert worst is not None
    assert (worst.places, worst.figure.value, worst.figure.count) == ((("kermany",),), 0.8, 1000)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_limit_is_measured_in_this_checkout_and_has_its_words(language: Language) -> None:
    texts = load_texts(language)
    for limit in LIMITS:
        figures = measured(ROOT, limit.model)
        assert worst_of(limit, figures), f"nothing fits {limit.pattern!r} of {limit.model}"
        assert texts(f"limits.{limit.name}")
        for figure in figures:
            match = re.fullmatch(limit.pattern, figure.name)
            for place in match.groups() if match else ():
                assert place is None or texts.has("limit_places", place.strip("_")), place


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_work_has_its_name_its_license_and_whom_it_serves(language: Language) -> None:
    texts = load_texts(language)
    for work in (*COLLECTIONS, *PARTS):
        assert texts.has("works", work.key)
        assert texts(f"work_descriptions.{work.key}")
        assert work.license in LICENSE_TEXTS or texts.has("licenses", work.license)
        assert all(texts.has("works_of", part) for part in work.used_by)
        assert work.url.startswith("https://") or not work.url


def test_the_weights_that_carry_a_condition_are_those_that_learnt_from_its_data() -> None:
    page = data_section(load_texts("en"))
    assert page.count("may not be used commercially") == 1
    assert "carry this condition too: the gate and brain MRI." in page
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "lgg_flair (Buda et al., CC BY-NC-SA 4.0)" in notice


def test_versions_are_those_of_the_files(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[project]\nversion = "3.1.0"\n')
    write(tmp_path / "vision_models/models/gate/card.toml", '[facts]\nversion = "1.1.0"\n')
    write(tmp_path / "intents/models/router/card.toml", 'version = "2.0.0"\n')
    write(tmp_path / "knowledge_base/articles/glioma/sources.toml", "[a]\nchecked = 2026-11-21\n")
    write(
        tmp_path / "knowledge_base/articles/covid19/sources.toml",
        "[b]\nchecked = 2026-12-02\n[c]\nyear = 0\n",
    )
    found = {"galeno": "3.1.0", "gate": "1.1.0", "router": "2.0.0", "knowledge_base": "2026-12-02"}
    assert versions(tmp_path) == found
    write(tmp_path / "knowledge_base/index/manifest.json", json.dumps({"articles": "0123456789abcdef"}))
    assert versions(tmp_path)["knowledge_base"] == "2026-12-02 (01234567)"
    page = about_page("es", "112", tmp_path)
    assert row_of(page, "Base de conocimiento") == ["2026-12-02 (01234567)"]


def test_a_part_without_a_version_is_left_out(tmp_path: Path) -> None:
    assert versions(tmp_path) == {}
    write(tmp_path / "pyproject.toml", "= broken")
    write(tmp_path / "intents/models/router/card.toml", "version = 2\n")
    write(tmp_path / "vision_models/models/gate/card.toml", '[facts]\nname = "gate"\n')
    write(tmp_path / "knowledge_base/index/manifest.json", "[]")
    assert versions(tmp_path) == {}
    assert "<table" not in about_page("en", "112", tmp_path).partition('id="g-about-version"')[2]


def test_this_checkout_has_every_version_and_a_name_for_it() -> None:
    found = versions()
    assert found.keys() == {*PLACES, "knowledge_base"}
    for language in ("en", "es"):
        assert all(load_texts(language).has("report_versions", part) for part in found)
