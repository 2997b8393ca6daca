"""The articles as passages, with everything that is wrong with them said by file and line."""

import hashlib
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path

from knowledge_base.likeness import alike
from knowledge_base.markdown import Article, read_article
from knowledge_base.problems import ArticleError, Problem
from knowledge_base.schema import LANGUAGES, TOPICS, Language, Passage
from knowledge_base.sources import Sources, read_sources

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


def missing_topics(folder: Path = ARTICLES) -> list[Problem]:
    """The topics that are not there at all. Apart from the rest: a few topics can be read alone."""
    sentence = "there is no such topic, expected en.md, es.md and sources.toml"
    return [Problem(folder / name, 1, sentence) for name in TOPICS if not (folder / name).is_dir()]


def read_library(folder: Path = ARTICLES, today: date | None = None) -> Library:
    """Reads what can be read and raises nothing: the problems are in the answer.

    ``today`` is for whoever edits them: sources checked after it, or citing a page of ``docs/`` that is not
    there, are refused; ``None`` leaves both out.
    """
    passages: list[Passage] = []
    problems: list[Problem] = []
    unused: list[Problem] = []
    names: dict[tuple[str, Language], str] = {}
    places: dict[str, tuple[Path, int]] = {}
    for topic in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in TOPICS):
        problems.append(
            Problem(topic, 1, f"unknown topic {topic.name!r}, expected one of {', '.join(TOPICS)}")
        )
    for name in TOPICS:
        place = folder / name
        if not place.is_dir():
            continue
        sources = read_sources(place / "sources.toml", today)
        problems += sources.problems
        articles = {language: read_article(place / f"{language}.md") for language in LANGUAGES}
        used: set[str] = set()
        for language, article in articles.items():
            problems += article.problems
            names[name, language] = article.name
            for draft in article.drafts:
                used.update(draft.source_keys)
            made = _passages(name, language, article, sources, problems)
            for passage, draft in zip(made, article.drafts, strict=True):
                places[passage.passage_id] = article.path, draft.line
            passages += made
        problems += _without_twin(articles["en"], articles["es"])
        for key, line in sources.lines.items():
            if key not in used:
                sentence = f"source {key!r} is not cited by any passage"
                unused.append(Problem(place / "sources.toml", line, sentence))
    for one, other, share in alike(passages):
        sentence = f"says the same as {one.passage_id}: they share {share:.0%} of their runs of three words"
        problems.append(Problem(*places[other.passage_id], f"{other.passage_id} {sentence}"))
    return Library(tuple(passages), names, tuple(problems), tuple(unused))


def articles_hash(folder: Path = ARTICLES) -> str:
    """A hash of the articles' text, short enough to print; their sources, which nobody searches, left out."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.glob("*/*.md") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _passages(
    topic: str, language: Language, article: Article, sources: Sources, problems: list[Problem]
) -> list[Passage]:
    made = []
    for draft in article.drafts:
        for key in draft.source_keys:
            if key not in sources.by_key:
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
                sources=tuple(sources.by_key[key] for key in draft.source_keys if key in sources.by_key),
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
