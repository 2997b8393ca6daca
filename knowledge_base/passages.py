"""The articles as passages, with everything that is wrong with them said by file and line."""

import hashlib
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from knowledge_base.markdown import Article, read_article
from knowledge_base.problems import ArticleError, Problem
from knowledge_base.schema import LANGUAGES, TOPICS, Language, Passage, Source
from knowledge_base.sources import read_sources

ARTICLES = Path(__file__).parent / "articles"


@dataclass(frozen=True, slots=True)
class Library:
    """Everything in the articles' folder.

    ``topic_names`` gives what each topic is called, by topic and language. ``unused`` names the sources that
    no passage rests on: a remark, no problem.
    """

    passages: tuple[Passage, ...]
    topic_names: dict[tuple[str, Language], str]
    problems: tuple[Problem, ...]
    unused: tuple[Problem, ...]


def load_passages(folder: Path = ARTICLES) -> tuple[Passage, ...]:
    """Every passage, in the order of ``TOPICS``, English before Spanish, as the files have them.

    Raises ``ArticleError``, with a line for each problem, when anything is wrong with any of them.
    """
    return load_library(folder).passages


def load_library(folder: Path = ARTICLES) -> Library:
    """As ``load_passages``, with the names of the topics."""
    library = read_library(folder)
    if library.problems:
        raise ArticleError(library.problems)
    return library


def read_library(folder: Path = ARTICLES) -> Library:
    """Reads what can be read and raises nothing: the problems are in the answer."""
    passages: list[Passage] = []
    problems: list[Problem] = []
    unused: list[Problem] = []
    names: dict[tuple[str, Language], str] = {}
    for topic in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in TOPICS):
        problems.append(
            Problem(topic, 1, f"unknown topic {topic.name!r}, expected one of {', '.join(TOPICS)}")
        )
    for name in TOPICS:
        place = folder / name
        if not place.is_dir():
            continue
        sources, wrong = read_sources(place / "sources.toml")
        problems += wrong
        articles = {language: read_article(place / f"{language}.md") for language in LANGUAGES}
        used: set[str] = set()
        for language, article in articles.items():
            problems += article.problems
            names[name, language] = article.name
            for draft in article.drafts:
                used.update(draft.source_keys)
            passages += _passages(name, language, article, sources, problems)
        problems += _without_twin(articles["en"], articles["es"])
        for key in sources.keys() - used:
            unused.append(Problem(place / "sources.toml", 1, f"source {key!r} is not cited by any passage"))
    problems += _same_text(passages, folder)
    unused.sort(key=str)
    return Library(tuple(passages), names, tuple(problems), tuple(unused))


def articles_hash(folder: Path = ARTICLES) -> str:
    """A hash of the articles' text, short enough to print; their sources, which nobody searches, left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/*.md")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _passages(
    topic: str, language: Language, article: Article, sources: dict[str, Source], problems: list[Problem]
) -> list[Passage]:
    made = []
    for draft in article.drafts:
        for key in draft.source_keys:
            if key not in sources:
                sentence = f"source {key!r} is not in sources.toml"
                problems.append(Problem(article.path, draft.sources_line, sentence))
        made.append(
            Passage(
                passage_id=f"{topic}/{draft.section}/{language}/{draft.number}",
                topic=topic,
                section=draft.section,
                language=language,
                number=draft.number,
                title=draft.title,
                text=draft.text,
                sources=tuple(sources[key] for key in draft.source_keys if key in sources),
            )
        )
    return made


def _without_twin(english: Article, spanish: Article) -> list[Problem]:
    """What one language has and the other has not, or has in another order."""
    problems = []
    for here, there in ((english, spanish), (spanish, english)):
        for section, line in here.sections.items():
            if section not in there.sections and there.drafts:
                problems.append(
                    Problem(here.path, line, f"section {section!r} has no twin in {there.path.name}")
                )
    shared = [section for section in english.sections if section in spanish.sections]
    for one, other in zip_longest(
        shared, [section for section in spanish.sections if section in english.sections]
    ):
        if one != other:
            sentence = f"section {other!r} stands where en.md has {one!r}"
            problems.append(Problem(spanish.path, spanish.sections[other], sentence))
            break
    for section in shared:
        counts = [sum(draft.section == section for draft in article.drafts) for article in (english, spanish)]
        if counts[0] != counts[1]:
            sentence = f"section {section!r} has {counts[1]} passages, en.md has {counts[0]}"
            problems.append(Problem(spanish.path, spanish.sections[section], sentence))
    return problems


def _same_text(passages: list[Passage], folder: Path) -> list[Problem]:
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for passage in passages:
        key = (passage.language, passage.text.casefold())
        if key in seen:
            path = folder / passage.topic / f"{passage.language}.md"
            rows = path.read_text("utf-8").splitlines()
            line = next((at for at, row in enumerate(rows, 1) if row == f"### {passage.title}"), 1)
            problems.append(Problem(path, line, f"{passage.passage_id} has the same text as {seen[key]}"))
        seen.setdefault(key, passage.passage_id)
    return problems
