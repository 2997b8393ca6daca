"""Reads one article in one language: its name, its sections, its passages. Looks at no other file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from knowledge_base.problems import Problem
from knowledge_base.schema import SECTIONS

WORDS = range(40, 121)

#: Marks that plain prose has no use for: lists, quotes, stress, links, tables, HTML, and rows that begin with
#: # but are no heading: too deep, indented, or without a blank after it.
#: A year that ends a sentence may begin a row: only one or two digits number a list.
_MARKUP = re.compile(
    r"^\s*(?:[-*+>]|\d{1,2}[.)])\s|\*\w|\w\*|__|\][\[(]|^\s*\||^\s*#|`|<[a-zA-Z/]|https?://|\bwww\."
)


@dataclass(slots=True)
class Draft:
    """A passage as it stands in the file, before its sources are looked up. ``line`` is that of its title.

    ``rows`` are those of its text, by their line.
    """

    section: str
    number: int
    title: str
    line: int
    source_keys: tuple[str, ...] = ()
    sources_line: int = 0
    rows: dict[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.rows.values()).split())


@dataclass(slots=True)
class Article:
    """One file. ``sections`` gives the line of each section's heading, in order."""

    path: Path
    name: str = ""
    sections: dict[str, int] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, line: int, sentence: str) -> None:
        self.problems.append(Problem(self.path, line, sentence))


def read_article(path: Path) -> Article:
    """Parses a file; what is wrong with it stands in ``problems`` and the rest is still read."""
    article = Article(path)
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError:
        article.complain(1, "there is no such file: each topic needs its twin in the other language")
        return article
    except OSError as error:
        article.complain(1, f"cannot be read ({error.strerror}), expected a text file")
        return article
    except UnicodeDecodeError as error:
        article.complain(1, f"is not UTF-8 at byte {error.start}")
        return article

    section, draft = "", None
    for line, row in enumerate(content.removeprefix("\ufeff").splitlines(), start=1):
        heading = re.match(r"(#{1,3})\s+(.*\S)", row)
        if heading is None:
            _take_row(article, draft, line, row)
        elif heading[1] == "#":
            if article.name:
                article.complain(line, f"a second '# {heading[2]}', expected one name for the topic")
            article.name = article.name or heading[2]
        elif heading[1] == "##":
            section, draft = heading[2], None
            _open_section(article, section, line)
        else:
            if not section:
                article.complain(line, f"passage {heading[2]!r} stands before the first '## section'")
            number = 1 + sum(other.section == section for other in article.drafts)
            draft = Draft(section, number, heading[2], line)
            article.drafts.append(draft)
    article.problems.extend(Problem(path, line, sentence) for line, sentence in _faults(article))
    return article


def _open_section(article: Article, section: str, line: int) -> None:
    if section not in SECTIONS:
        article.complain(line, f"unknown section {section!r}, expected one of {', '.join(SECTIONS)}")
    if section in article.sections:
        article.complain(line, f"section {section!r} is there already, in line {article.sections[section]}")
    article.sections.setdefault(section, line)


def _take_row(article: Article, draft: Draft | None, line: int, row: str) -> None:
    if not row.strip():
        return
    if draft is None:
        article.complain(line, f"text outside a passage: {row.strip()[:40]!r}")
    elif row.startswith("sources:") and not draft.rows:
        draft.source_keys = tuple(
            key.strip() for key in row.removeprefix("sources:").split(",") if key.strip()
        )
        draft.sources_line = line
    else:
        draft.rows[line] = row


def _faults(article: Article) -> Iterator[tuple[int, str]]:
    if not article.name:
        yield 1, "has no '# name' of the topic"
    for section, line in article.sections.items():
        if not any(draft.section == section for draft in article.drafts):
            yield line, f"section {section!r} has no passage"
    for draft in article.drafts:
        if not draft.source_keys:
            yield (
                draft.line,
                f"passage {draft.title!r} has no source: the line under it must be 'sources: key, …'",
            )
        count = len(draft.text.split())
        if count not in WORDS:
            yield draft.line, f"passage {draft.title!r} has {count} words, expected {WORDS[0]} to {WORDS[-1]}"
        for line, row in draft.rows.items():
            if found := _MARKUP.search(row):
                sentence = f"passage {draft.title!r} has markup ({found[0].strip()!r})"
                yield line, f"{sentence}, expected plain sentences"
