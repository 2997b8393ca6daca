"""The About page: what Galeno is for, where it comes from, how well it does and where it fails.

Every number is read from the files that training and evaluation write, where they exist: ``card.toml`` of
each image model, and the ``figures.toml`` of the router, of the knowledge base and of the assistant.
"""

from collections.abc import Iterable
from pathlib import Path

from assistant.conversation import Language
from ui.about_data import data_section
from ui.about_figures import models_section
from ui.about_limits import limits_section
from ui.escaping import escape
from ui.texts import Texts, load_texts
from ui.versions import ROOT as ROOT
from ui.versions import versions

VISION = Path("vision_models") / "models"
#: The student projects that Galeno grows out of, in the order of the page.
PROJECTS = ("pneumonia", "nih", "covid", "regions", "brain")
PROJECT_PARTS = ("kept", "learnt", "now")


def about_page(language: Language, emergency: str, root: Path = ROOT) -> str:
    """The page as HTML. ``emergency``: the number to call; ``root``: the checkout whose figures it shows."""
    texts = load_texts(language)
    sections = {
        "what": _paragraphs(texts.paragraphs("about.what")),
        "not": _paragraphs(texts.paragraphs("about.not", emergency=emergency.replace(" ", "\u00a0"))),
        "story": _story(texts),
        "mission": _mission(texts),
        "models": models_section(texts, root),
        "limits": limits_section(texts, root),
        "data": data_section(texts),
        "privacy": _paragraphs(texts.paragraphs("about.privacy")),
        "version": _versions(texts, root),
    }
    body = "".join(_section(texts, key, content) for key, content in sections.items())
    return (
        f'<article class="g-about" lang="{language}"><h1>{escape(texts("about.heading"))}</h1>'
        f"{_contents(texts, sections)}{body}</article>"
    )


def _contents(texts: Texts, keys: Iterable[str]) -> str:
    """Links to the sections, by short names: the headings themselves stand on the page only once."""
    links = "".join(
        f'<li><a href="#g-about-{key}">{escape(texts(f"about.{key}_short"))}</a></li>' for key in keys
    )
    return f'<nav class="g-contents" aria-label="{escape(texts("about.contents"))}"><ul>{links}</ul></nav>'


def _section(texts: Texts, key: str, content: str) -> str:
    heading = escape(texts(f"about.{key}_heading"))
    title = f'<h2 tabindex="-1">{heading}</h2>'
    return f'<section class="g-about-{key}" id="g-about-{key}">{title}{content}</section>'


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in sentences)


def _story(texts: Texts) -> str:
    projects = "".join(_project(texts, name) for name in PROJECTS)
    return _paragraphs(texts.paragraphs("story.intro")) + projects


def _project(texts: Texts, name: str) -> str:
    """What it was, in sight, and folded: what was kept of it, what was learnt, and what Galeno does now."""
    parts = "".join(
        f"<dt>{escape(texts(f'story.{part}'))}</dt><dd>{escape(texts(f'story.{name}_{part}'))}</dd>"
        for part in PROJECT_PARTS
    )
    title = escape(texts(f"story.{name}_title"))
    more = escape(texts("story.more")) + f'<span class="g-hidden">: {title}</span>'
    return (
        f"<h3>{title}</h3><p>{escape(texts(f'story.{name}_was'))}</p>"
        f"<details><summary>{more}</summary><dl>{parts}</dl></details>"
    )


def _mission(texts: Texts) -> str:
    """The mission, and the values: of each its name, which is its first sentence, stands out."""
    values = (text.partition(". ") for text in texts.paragraphs("about.values"))
    items = "".join(f"<li><strong>{escape(name)}.</strong> {escape(rest)}</li>" for name, _, rest in values)
    heading = escape(texts("about.values_heading"))
    return f"{_paragraphs(texts.paragraphs('about.mission'))}<h3>{heading}</h3><ul>{items}</ul>"


def _versions(texts: Texts, root: Path) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(texts.name("report_versions", part))}</th>'
        f"<td>{escape(version)}</td></tr>"
        for part, version in versions(root).items()
    )
    heads = "".join(
        f'<th scope="col">{escape(texts(f"about.{key}"))}</th>' for key in ("part", "part_version")
    )
    table = (
        f"<table><caption>{escape(texts('about.versions'))}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return _paragraphs(texts.paragraphs("about.version_text")) + (table if rows else "")
