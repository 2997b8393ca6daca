"""The report as a PDF on A4: bytes in, bytes out, nothing written to disk."""

import io
from collections.abc import Iterator
from threading import Lock
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)
from reportlab.platypus.flowables import CallerMacro

from assistant.conversation import Citation
from ui.escaping import safe_url
from ui.report import Item, Report, attached, disclaimer, title, told, versions
from ui.report_facts import clean, file_name, written_date
from ui.report_page import BOTTOM, COLUMN, HEIGHT, MARGIN, QUIET, REGULAR, RULE, TOP, draw_page, styles
from ui.report_reading import reading, warm_box
from ui.report_text import SIGN, blocks, link, printable, xml
from ui.texts import Texts, load_texts
from vision_models.analysis import Analysis

#: Letters of a question in the outline of the document.
OUTLINE_LETTERS = 60
NOTE_LINES, LINE_HEIGHT = 6, 8 * mm
#: Lines of a question in one paragraph.
LINES = 60
#: What must be left of a page for a question, and for one that a reading with its pictures follows.
ROOM_FOR_QUESTION, ROOM_FOR_CARD = 45 * mm, 170 * mm


#: reportlab reads a typeface's file at a position that all documents share.
_typeface = Lock()


def as_pdf(report: Report) -> bytes:
    """The report as a PDF. The same report gives the same bytes. Safe to call from several threads."""
    with _typeface:
        _, pages = _build(report, pages=0)
        content, _ = _build(report, pages)
    return content


def _build(report: Report, pages: int) -> tuple[bytes, int]:
    """The document and how many pages it has; ``pages`` is that number, as its foot tells it."""
    texts = load_texts(report.language)
    made = written_date(report.made, texts)
    buffer = io.BytesIO()

    def on_page(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setDateFormatter(lambda *_: f"D:{report.made:%Y%m%d}000000Z")
        page = texts("report.page", page=document.page, pages=pages)
        draw_page(canvas, title(report) if document.page > 1 else "", made, texts("report.footer"), page)

    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=title(report),
        author="Galeno",
        subject=texts("report.footer"),
        creator="Galeno",
        lang=report.language,
        displayDocTitle=True,
        pageCompression=1,
        invariant=1,
        initialFontName=REGULAR,
    )
    frame = Frame(
        MARGIN,
        BOTTOM,
        COLUMN,
        HEIGHT - TOP - BOTTOM,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    document.addPageTemplates([PageTemplate("page", [frame], onPage=on_page, pagesize=A4)])
    document.build(list(_story(report, texts)))
    return buffer.getvalue(), document.page


def _story(report: Report, texts: Texts) -> Iterator[Flowable]:
    yield from _opening(report, texts)
    for number, (item, readings) in enumerate(zip(report.items, told(report), strict=True), start=1):
        yield from _item(number, item, readings, texts)
    yield from _closing(report, texts)


def _opening(report: Report, texts: Texts) -> Iterator[Flowable]:
    style = styles()
    yield Paragraph(xml(title(report)), style["title"])
    yield Paragraph(xml(texts("report.made", date=written_date(report.made, texts))), style["date"])
    emergency = xml(texts("report.emergency", emergency=clean(report.emergency)))
    yield warm_box(
        Paragraph(xml(texts("report.what")), style["warm"]), Paragraph(f"<b>{emergency}</b>", style["warm"])
    )
    yield Spacer(0, 6 * mm)
    yield _to_fill_in(texts)
    yield Spacer(0, 1.5 * mm)
    yield Paragraph(xml(texts("report.by_hand")), style["small"])
    yield Spacer(0, 6 * mm)


def _to_fill_in(texts: Texts) -> Table:
    """The lines for the name and date of birth."""
    style = styles()
    labels = [Paragraph(xml(texts(f"report.{key}")), style["head"]) for key in ("name", "born")]
    return Table(
        [[labels[0], "", labels[1], ""]],
        [16 * mm, 80 * mm, 36 * mm, COLUMN - 132 * mm],
        style=[
            ("LINEBELOW", (1, 0), (1, 0), 0.6, QUIET),
            ("LINEBELOW", (3, 0), (3, 0), 0.6, QUIET),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("LEFTPADDING", (2, 0), (2, 0), 10),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ],
    )


def _item(
    number: int, item: Item, readings: tuple[tuple[Analysis, int | None], ...], texts: Texts
) -> Iterator[Flowable]:
    style = styles()
    heading = texts("report.question", number=number)
    question = clean(item.question)
    names = attached(item, texts)
    yield CondPageBreak(ROOM_FOR_CARD if _starts_with_card(item, readings) else ROOM_FOR_QUESTION)
    yield _bookmark(f"item-{number}", _outline_title(heading, question or names), ruled=True)
    yield Paragraph(xml(heading), style["item"])
    yield from _question(question, texts)
    if names:
        yield Paragraph(xml(names), style["small"])
    answer = [
        CondPageBreak(25 * mm),
        Paragraph(xml(texts("report.answer")), style["answer"]),
        *(
            _paragraph(block.xml, block.depth, block.bullet)
            for block in blocks(item.reply.text, item.reply.citations)
        ),
    ]
    cards = [part for analysis, again in readings for part in _reading(analysis, again, texts)]
    yield from [*answer, *cards] if item.reply.action == "triage" else [*cards, *answer]
    yield from _sources(item.reply.citations, texts)
    yield Spacer(0, 4 * mm)


def _question(question: str, texts: Texts) -> Iterator[Flowable]:
    """The person's words in a box; of many lines in several paragraphs, which are quicker to lay out."""
    style = styles()
    lines = question.split("\n")
    pieces = ["\n".join(lines[start : start + LINES]) for start in range(0, len(lines), LINES)]
    for piece in pieces[:-1]:
        yield Paragraph(xml(piece), style["question_part"])
    yield Paragraph(xml(pieces[-1]) or f"<i>{xml(texts('report.no_question'))}</i>", style["question"])


def _starts_with_card(item: Item, readings: tuple[tuple[Analysis, int | None], ...]) -> bool:
    shown = [analysis for analysis, again in readings[:1] if again is None and analysis.accepted]
    return bool(shown) and item.reply.action != "triage"


def _reading(analysis: Analysis, again: int | None, texts: Texts) -> tuple[Flowable, ...]:
    if again is None:
        return reading(analysis, texts)
    shown = texts("report.again", image=file_name(analysis.image, texts), number=again)
    return (Paragraph(xml(shown), styles()["small"]),)


def _paragraph(content: str, depth: int, bullet: str) -> Paragraph:
    if not depth:
        return Paragraph(content, styles()["body"])
    indent = 14 * depth
    style = styles()["body"].clone("list", leftIndent=indent, bulletIndent=indent - 12, spaceAfter=3)
    return Paragraph(content, style, bulletText=bullet or None)


def _sources(citations: tuple[Citation, ...], texts: Texts) -> Iterator[Flowable]:
    if citations:
        yield CondPageBreak(22 * mm)
        yield Paragraph(xml(texts("report.sources")), styles()["answer"])
    for number, citation in enumerate(citations, start=1):
        url = safe_url(citation.url)
        address = f"<br/><font size='8'>{link(url, xml(url))}</font>" if url else ""
        content = f"<b>{xml(citation.title)}</b>. {xml(citation.publisher)}{address}"
        yield Paragraph(content, styles()["source"], bulletText=f"[{number}]")


def _closing(report: Report, texts: Texts) -> Iterator[Flowable]:
    style = styles()
    heading = Paragraph(xml(texts("report.notes")), style["part"])
    yield KeepTogether([heading, _bookmark("notes", texts("report.notes")), _ruled_lines()])
    yield Spacer(0, 8 * mm)
    told_of = [Paragraph(xml(line), style["warm"]) for line in disclaimer(report)]
    heading = Paragraph(f"<b>{xml(texts('about.not_heading'))}</b>", style["warm"])
    yield KeepTogether([_bookmark("not", texts("about.not_heading")), warm_box(heading, *told_of)])
    # In one paragraph: alone on a last page it would look like the whole of it.
    named = " · ".join(f"<b>{xml(name)}:</b> {xml(value)}" for name, value in versions(report))
    rows = [named] if named else []
    if _has_missing(report):
        rows.append(xml(texts("report.missing_sign", sign=SIGN)))
    if rows:
        heading = Paragraph(xml(texts("report.versions")), style["part"])
        yield KeepTogether([heading, *(Paragraph(row, style["small"]) for row in rows)])


def _ruled_lines() -> Table:
    rule = ("LINEBELOW", (0, 0), (-1, -1), 0.6, QUIET)
    return Table([[""]] * NOTE_LINES, [COLUMN], [LINE_HEIGHT] * NOTE_LINES, style=[rule])


def _has_missing(report: Report) -> bool:
    """Whether the document shows ``SIGN`` for something."""
    written = (
        text
        for item in report.items
        for text in (item.question, item.reply.text, *item.files, *(a.image for a in item.reply.analyses))
    )
    return any(SIGN in printable(text) for text in written)


def _outline_title(heading: str, text: str) -> str:
    text = " ".join(text.split())
    short = text if len(text) <= OUTLINE_LETTERS else f"{text[:OUTLINE_LETTERS].rstrip()}…"
    return f"{heading}: {short}" if short else heading


def _bookmark(key: str, name: str, ruled: bool = False) -> Flowable:
    """An entry of the document's outline; ``ruled``: with a line above it, but not at the top of a page."""

    def mark(macro: Any) -> None:
        macro.canv.bookmarkHorizontal(key, 0, 10 * mm)
        macro.canv.addOutlineEntry(name, key)
        _, height = macro.canv.absolutePosition(0, 0)
        if ruled and height < HEIGHT - TOP - mm:
            macro.canv.setStrokeColor(RULE)
            macro.canv.setLineWidth(0.8)
            macro.canv.line(0, 0, COLUMN, 0)

    return CallerMacro(drawCallable=mark)
