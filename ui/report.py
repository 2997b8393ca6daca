"""What a person takes to a doctor: the values of a report, what it says of a reading, and its Markdown.

Pure. The pictures are only in the PDF (``ui.report_pdf``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from assistant.conversation import Citation, Language, Reply
from ui.escaping import plain, safe_url
from ui.report_facts import clean, facts, file_name, headline, likelihoods, set_words, written_date
from ui.texts import Texts, load_texts
from vision_models.analysis import Analysis

_UNSAFE_LINK = re.compile(r"\]\((?!<?https?://)")


@dataclass(frozen=True, slots=True)
class Item:
    """One turn: what the person wrote (may be empty), the names of the files sent with it, the reply."""

    question: str
    files: tuple[str, ...]
    reply: Reply


@dataclass(frozen=True, slots=True)
class Report:
    """A conversation, or one reading of it.

    ``emergency``: the emergency number of the settings. ``versions``: what answered, by the keys of the
    table ``report_versions`` of the messages; a key without a name there is shown in words.
    """

    items: tuple[Item, ...]
    language: Language
    made: date
    emergency: str
    versions: Mapping[str, str]


def as_markdown(report: Report) -> str:
    """The report as Markdown. What the person wrote is shown letter by letter and takes no effect."""
    texts = load_texts(report.language)
    parts = [
        f"# {title(report)}",
        f"{texts('report.made', date=written_date(report.made, texts))}  \n*{texts('report.footer')}*",
        texts("report.what"),
        f"**{texts('report.emergency', emergency=_ours(clean(report.emergency)))}**",
    ]
    for number, (item, readings) in enumerate(zip(report.items, told(report), strict=True), start=1):
        parts += _item(number, item, readings, texts)
    parts += [f"## {texts('about.not_heading')}", _bullets(_ours(line) for line in disclaimer(report))]
    parts += [f"## {texts('report.versions')}", _bullets(f"**{n}:** {_ours(v)}" for n, v in versions(report))]
    return "\n\n".join(parts) + "\n"


def title(report: Report) -> str:
    texts = load_texts(report.language)
    one = len(report.items) == 1 and bool(report.items[0].reply.analyses)
    return texts("report.title_reading" if one else "report.title")


def told(report: Report) -> tuple[tuple[tuple[Analysis, int | None], ...], ...]:
    """The readings of each item, each with the number of the item that showed it before (``None``: none).

    A follow-up brings the reading that it is about once more; only a map of another finding is new.
    """
    first: dict[tuple[str, str | None], int] = {}
    rows = []
    for number, item in enumerate(report.items, start=1):
        row = []
        for analysis in item.reply.analyses:
            known = first.setdefault((analysis.sha256, analysis.target_class), number)
            again = known < number and bool(analysis.sha256) and analysis.accepted
            row.append((analysis, known if again else None))
        rows.append(tuple(row))
    return tuple(rows)


def disclaimer(report: Report) -> tuple[str, ...]:
    """What Galeno is not; where an image was read, also what a reading cannot tell."""
    texts = load_texts(report.language)
    told_of = texts.paragraphs("about.not", emergency=clean(report.emergency))
    read = any(analysis.accepted for item in report.items for analysis in item.reply.analyses)
    return told_of + (texts.paragraphs("limits.cannot") if read else ())


def versions(report: Report) -> tuple[tuple[str, str], ...]:
    """The versions by their names, and the models of readings that are not among them."""
    texts = load_texts(report.language)
    rows = [(texts.name("report_versions", key), clean(value)) for key, value in report.versions.items()]
    models = {analysis.model for item in report.items for analysis in item.reply.analyses if analysis.model}
    named = {known for key, value in report.versions.items() for known in (value, f"{key}-{value}")}
    return (
        *rows,
        *((texts.name("report_versions", "read_by"), clean(model)) for model in sorted(models - named)),
    )


def attached(item: Item, texts: Texts) -> str:
    """The line that names what was sent with a question; empty where nothing was."""
    names = ", ".join(file_name(name, texts) for name in item.files)
    return texts("page.attached", name=names) if names else ""


def _item(
    number: int, item: Item, readings: tuple[tuple[Analysis, int | None], ...], texts: Texts
) -> Iterator[str]:
    yield f"## {texts('report.question', number=number)}"
    yield _quoted(clean(item.question)) or f"*{texts('report.no_question')}*"
    if names := attached(item, texts):
        yield plain(names)
    pieces = ["\n\n".join(_reading(analysis, again, texts)) for analysis, again in readings]
    answer = f"### {texts('report.answer')}\n\n{_answer(item.reply.text)}"
    yield from [answer, *pieces] if item.reply.action == "triage" else [*pieces, answer]
    if item.reply.citations:
        yield f"### {texts('report.sources')}"
        yield "\n".join(_source(n, c) for n, c in enumerate(item.reply.citations, start=1))


def _reading(analysis: Analysis, again: int | None, texts: Texts) -> Iterator[str]:
    name = plain(file_name(analysis.image, texts))
    if again is not None:
        yield texts("report.again", image=name, number=again)
        return
    if not analysis.accepted:
        yield f"### {texts('reading.refused', image=name)}"
        yield texts.code("reasons", analysis.reason)
    else:
        yield f"### {texts.name('modalities', analysis.modality)}: {name}"
        yield f"**{texts('report.finding')}:** {_ours(', '.join(filter(None, headline(analysis, texts))))}"
    if rows := likelihoods(analysis, texts):
        head = (texts("report.class"), texts("report.probability"), texts("report.prediction_set"))
        cells = [(row.name, _ours(row.words), set_words(row, texts)) for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in (head, ("---", "---:", "---"), *cells)]
        yield "\n".join(lines)
        yield texts("report.set_what")
    yield _bullets(
        f"**{fact.label}:** {_ours(fact.value)}" + (f"  \n  *{fact.note}*" if fact.note else "")
        for fact in facts(analysis, texts)
    )


def _quoted(text: str) -> str:
    return "  \n".join(f"> {line}".rstrip() for line in plain(text).split("\n")) if text else ""


def _answer(text: str) -> str:
    """Our own Markdown, in which HTML, pictures and links to anything but the web take no effect."""
    text = _ours(clean(text)).replace("![", "&#33;[")
    return _UNSAFE_LINK.sub("]&#40;", text.replace("]:", "]&#58;"))


def _ours(text: str) -> str:
    """A sentence of the messages or a name of a model: only what could be read as HTML is escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _source(number: int, citation: Citation) -> str:
    name, url = plain(clean(citation.title)), safe_url(citation.url)
    linked = f"[{name}](<{url}>)" if url else name
    return f"{number}. {linked}. {plain(clean(citation.publisher))}"


def _bullets(lines: Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
