from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.passages import articles_hash, load_library, load_passages, missing_topics, read_library
from knowledge_base.problems import ArticleError
from knowledge_base.schema import TOPICS

Edit = Callable[[str, str, str], None]
TODAY = date(2026, 11, 22)


def problems(folder: Path) -> list[str]:
    with pytest.raises(ArticleError) as caught:
        load_passages(folder)
    return str(caught.value).splitlines()


def test_reads_passages_with_ids_and_sources(articles: Path) -> None:
    passages = load_passages(articles)
    assert len(passages) == 8
    first = passages[0]
    assert first.passage_id == "meningioma/overview/en/1"
    assert first.title == "What is a meningioma?"
    assert first.text.startswith("A meningioma is a tumor")
    assert first.sources[0].url == "https://www.cancer.gov/page"


def test_names_of_topics_in_both_languages(articles: Path) -> None:
    assert load_library(articles).topic_names["pneumonia", "es"] == "Neumonía"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "meningioma/en.md",
            "## overview",
            "## summary",
            "articles/meningioma/en.md:3: unknown section 'summary'",
        ),
        ("meningioma/es.md", "## treatment", "## recovery", "section 'treatment' has no twin in es.md"),
        ("meningioma/en.md", "sources: page\n", "", "has no source"),
        (
            "meningioma/en.md",
            "sources: page\n",
            "sources: pgae\n",
            "en.md:6: source 'pgae' is not in sources.toml",
        ),
        (
            "meningioma/en.md",
            "## overview",
            "## treatment",
            "section 'treatment' is there already, in line 3",
        ),
        (
            "meningioma/en.md",
            "A meningioma is a tumor",
            "So it\nis **a tumor**",
            "meningioma/en.md:9: passage 'What is a meningioma?' has markup",
        ),
        ("meningioma/en.md", "A meningioma is a", "\n###Cures\nIt is a", "has markup ('#')"),
        ("meningioma/en.md", "A meningioma is a", "See [the page][1]: it is a", "has markup ('][')"),
        ("meningioma/en.md", "A meningioma is a", "See https://www.cancer.gov: a", "has markup ('https://')"),
        ("meningioma/en.md", "A meningioma is a", "It is <b>a</b>", "has markup ('<b')"),
        ("meningioma/en.md", "A meningioma is a", "\n12. It is a", "has markup ('12.')"),
        ("meningioma/sources.toml", 'fact = "what the thing is"\n', "", "source 'page': has no 'fact'"),
        ("meningioma/sources.toml", "year = 2024", 'year = "2024"', "'year' is '2024', expected int"),
        ("meningioma/sources.toml", "[page]", "[page", "sources.toml:1: is not TOML"),
        ("meningioma/sources.toml", 'fact = "', 'fact = """', "sources.toml:6: is not TOML"),
        ("meningioma/sources.toml", "2026-11-21", "", "sources.toml:7: is not TOML"),
        (
            "meningioma/sources.toml",
            "2024",
            "-5",
            "sources.toml:1: source 'page': 'year' is -5, expected 0 or",
        ),
        ("meningioma/sources.toml", "2024", "2027", "'year' is 2027, expected 0 or 1900 to 2026"),
        ("pneumonia/es.md", "# Neumonía", "", "has no '# name' of the topic"),
    ],
)
def test_says_what_is_wrong_and_where(
    articles: Path, edit: Edit, name: str, old: str, new: str, said: str
) -> None:
    edit(name, old, new)
    assert any(said in line for line in problems(articles)), problems(articles)


def test_a_document_of_the_project_is_an_address(articles: Path, edit: Edit) -> None:
    edit("pneumonia/sources.toml", "https://www.cancer.gov/page", "docs/ARCHITECTURE.md")
    assert load_passages(articles)
    assert read_library(articles, TODAY).problems == ()
    edit("pneumonia/sources.toml", "docs/ARCHITECTURE.md", "docs/NONE.md#top")
    (problem,) = read_library(articles, TODAY).problems
    assert "pneumonia/sources.toml:1: source 'page': 'url' is 'docs/NONE.md#top', and there is no such" in (
        str(problem)
    )
    edit("pneumonia/sources.toml", "docs/NONE.md#top", "/etc/secret.md")
    assert "expected an address that begins with https://" in problems(articles)[0]


def test_a_page_checked_tomorrow_is_refused_where_the_day_is_known(articles: Path) -> None:
    assert read_library(articles).problems == ()
    assert read_library(articles, date(2026, 11, 20)).problems == ()  # it is the 21st somewhere
    problem = read_library(articles, date(2026, 11, 19)).problems[0]
    assert str(problem).startswith(
        "articles/meningioma/sources.toml:1: source 'page': 'checked' is 2026-11-21"
    )


def test_a_year_may_begin_a_row(articles: Path, edit: Edit) -> None:
    edit("meningioma/en.md", "A meningioma is a tumor", "So it was in\n2021. A meningioma is a tumor")
    assert load_passages(articles)


def test_a_topic_that_is_gone_is_missed(articles: Path) -> None:
    missing = [str(problem) for problem in missing_topics(articles)]
    assert len(missing) == len(TOPICS) - 2
    assert "articles/glioma:1: there is no such topic, expected en.md, es.md and sources.toml" in str(missing)


@pytest.mark.parametrize("name", ["es.md", "sources.toml"])
def test_a_folder_in_place_of_a_file(articles: Path, name: str) -> None:
    path = articles / "meningioma" / name
    path.unlink()
    path.mkdir()
    assert any(f"meningioma/{name}:1: cannot be read" in line for line in problems(articles))
    assert articles_hash(articles)


def test_too_short_and_too_long(articles: Path, edit: Edit) -> None:
    edit("meningioma/en.md", "A meningioma is a tumor", " ".join(["word"] * 90) + " A meningioma is a tumor")
    assert any("words, expected 40 to 120" in line for line in problems(articles))


def test_unequal_counts(articles: Path) -> None:
    path = articles / "pneumonia" / "en.md"
    more = path.read_text("utf-8") + "\n### How bad is it?\nsources: page\n\n" + "It may well be bad. " * 12
    path.write_text(more, "utf-8")
    assert "section 'symptoms' has 1 passages, en.md has 2" in problems(articles)[0]


def test_sections_in_another_order(articles: Path) -> None:
    path = articles / "pneumonia" / "es.md"
    head, one, two = path.read_text("utf-8").split("\n## ")
    path.write_text(f"{head}\n## {two}\n\n## {one}", "utf-8")
    assert "section 'symptoms' stands where en.md has 'overview'" in problems(articles)[0]


def test_two_passages_with_the_same_text(articles: Path) -> None:
    content = (articles / "pneumonia" / "en.md").read_text("utf-8")
    text = next(part for part in content.split("\n\n") if part.startswith("Pneumonia is"))
    spoiled = (articles / "meningioma" / "en.md").read_text("utf-8")
    other = next(part for part in spoiled.split("\n\n") if part.startswith("A meningioma is treated"))
    (articles / "meningioma" / "en.md").write_text(spoiled.replace(other, text), "utf-8")
    assert (
        "pneumonia/en.md:5: pneumonia/overview/en/1 says the same as meningioma/treatment/en/1"
        in (problems(articles)[0])
    )


def test_the_second_of_two_with_one_title_is_named_by_its_line(articles: Path) -> None:
    for language in ("en", "es"):
        path = articles / "pneumonia" / f"{language}.md"
        content = path.read_text("utf-8")
        again = content[content.rindex("### ") :]
        path.write_text(f"{content}\n{again}", "utf-8")
    rows = (articles / "pneumonia" / "en.md").read_text("utf-8").splitlines()
    line = len(rows) - rows[::-1].index("### What are the symptoms of pneumonia?")
    assert f"pneumonia/en.md:{line}: pneumonia/symptoms/en/2 says the same" in problems(articles)[0]


def test_an_article_that_is_not_translated(articles: Path) -> None:
    english, spanish = articles / "pneumonia" / "en.md", articles / "pneumonia" / "es.md"
    spanish.write_text(english.read_text("utf-8"), "utf-8")
    assert "pneumonia/symptoms/es/1 says the same as pneumonia/symptoms/en/1" in str(problems(articles))


def test_missing_twin_and_unknown_topic(articles: Path) -> None:
    (articles / "pneumonia" / "es.md").unlink()
    (articles / "gout").mkdir()
    found = "\n".join(problems(articles))
    assert "pneumonia/es.md:1: there is no such file" in found
    assert "unknown topic 'gout'" in found


def test_a_broken_file_does_not_hide_the_others(articles: Path) -> None:
    (articles / "meningioma" / "en.md").write_bytes(b"\xff\xfe# \x00")
    library = read_library(articles)
    assert any("is not UTF-8" in str(problem) for problem in library.problems)
    assert any(passage.topic == "pneumonia" for passage in library.passages)


def test_an_unused_source_is_a_remark(articles: Path) -> None:
    path = articles / "pneumonia" / "sources.toml"
    path.write_text(path.read_text("utf-8") + path.read_text("utf-8").replace("[page]", "[other]"), "utf-8")
    library = load_library(articles)
    assert [str(remark) for remark in library.unused] == [
        "articles/pneumonia/sources.toml:8: source 'other' is not cited by any passage"
    ]


def test_hash_changes_with_the_text_and_not_with_line_ends(articles: Path, edit: Edit) -> None:
    before = articles_hash(articles)
    path = articles / "pneumonia" / "en.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert articles_hash(articles) == before
    edit("pneumonia/es.md", "fiebre", "calentura")
    assert articles_hash(articles) != before


def test_the_project_s_own_articles_are_sound() -> None:
    passages = load_passages()
    assert {passage.language for passage in passages} == {"en", "es"}
    assert min(sum(passage.language == spoken for passage in passages) for spoken in ("en", "es")) >= 260
    assert missing_topics() == []
    assert read_library(today=date(9999, 1, 1)).problems == ()
