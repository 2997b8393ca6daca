from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base.passages import articles_hash, load_library, load_passages, read_library
from knowledge_base.problems import ArticleError

Edit = Callable[[str, str, str], None]


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
        ("meningioma/en.md", "A meningioma is a tumor", "A meningioma is **a tumor**", "has markup"),
        ("meningioma/sources.toml", 'fact = "what the thing is"\n', "", "source 'page': has no 'fact'"),
        ("meningioma/sources.toml", "year = 2024", 'year = "2024"', "'year' is '2024', expected int"),
        ("meningioma/sources.toml", "[page]", "[page", "sources.toml:1: is not TOML"),
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
    edit("pneumonia/sources.toml", "docs/ARCHITECTURE.md", "/etc/secret.md")
    assert "expected an address that begins with https://" in problems(articles)[0]


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
    assert "has the same text as meningioma/treatment/en/1" in problems(articles)[0]


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
    assert [str(remark).split(": ", 1)[1] for remark in library.unused] == [
        "source 'other' is not cited by any passage"
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
    assert len(passages) >= 180
