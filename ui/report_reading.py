"""One reading on paper: the pictures side by side, the finding, the table of probabilities, the rest."""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor, white
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer, Table
from reportlab.platypus import Image as Picture

from ui.report_facts import Fact, Likelihood, facts, file_name, headline, likelihoods, set_words
from ui.report_page import ACCENT, COLUMN, QUIET, RULE, SOFT, WARM_LINE, WARM_SOFT, styles
from ui.report_text import xml
from ui.texts import Texts
from vision_models.analysis import Analysis
from vision_models.view import overlay

JPEG_QUALITY = 88
#: A picture to look at that is heavier than this many bytes is made smaller, to ``SMALLER`` pixels a side.
HEAVY, SMALLER = 240_000, 640
GAP = 5 * mm
#: What must be left of a page for the pictures and the probabilities.
ROOM = 144 * mm
BAR_WIDTH, BAR_HEIGHT = 62 * mm, 7.0
OUTSIDE = HexColor("#b9bdb9")


def reading(analysis: Analysis, texts: Texts) -> tuple[Flowable, ...]:
    """The card of one image: what was seen, or why it was not read."""
    parts = _accepted(analysis, texts) if analysis.accepted else _refused(analysis, texts)
    return tuple(parts)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """``uint8 (H, W, 3)`` RGB or ``(H, W)`` grey, 0..255, as a JPEG without metadata."""
    return _encoded(Image.fromarray(picture))


def _accepted(analysis: Analysis, texts: Texts) -> Iterator[Flowable]:
    style = styles()
    title = f"{xml(texts.name('modalities', analysis.modality))}: {xml(file_name(analysis.image, texts))}"
    top = [Spacer(0, 4), Paragraph(title, style["reading"]), Spacer(0, 4), _finding(analysis, texts)]
    if analysis.abstained:
        top += [Spacer(0, 5), warm_box(Paragraph(xml(texts("reading.open")), style["open"]))]
    top += [Spacer(0, 8), *_pictures(analysis, texts)]
    yield CondPageBreak(ROOM)
    yield KeepTogether(top)
    if rows := likelihoods(analysis, texts):
        note = Paragraph(xml(texts("report.set_what")), style["small"])
        yield KeepTogether([_probabilities(rows, texts), Spacer(0, 4), note])
    yield CondPageBreak(30 * mm)
    yield from _facts(analysis, texts)


def _refused(analysis: Analysis, texts: Texts) -> Iterator[Flowable]:
    style = styles()
    name = texts("reading.refused", image=file_name(analysis.image, texts))
    yield CondPageBreak(40 * mm)
    yield Paragraph(xml(name), style["reading"])
    yield Paragraph(xml(texts.code("reasons", analysis.reason)), style["body"])
    yield from _facts(analysis, texts)


def _finding(analysis: Analysis, texts: Texts) -> Table:
    style = styles()
    finding, share = headline(analysis, texts)
    cells = [
        [Paragraph(xml(texts("report.finding")), style["label"]), ""],
        [Paragraph(xml(finding), style["finding"]), Paragraph(xml(share), style["share"])],
    ]
    return Table(
        cells,
        [COLUMN * 0.72, COLUMN * 0.28],
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), SOFT),
            ("ROUNDEDCORNERS", [5, 5, 5, 5]),
            ("LEFTPADDING", (0, 0), (-1, -1), 10),
            ("RIGHTPADDING", (0, 0), (-1, -1), 10),
            ("TOPPADDING", (0, 0), (-1, 0), 7),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
            ("TOPPADDING", (0, 1), (-1, 1), 0),
            ("BOTTOMPADDING", (0, 1), (-1, 1), 9),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ],
    )


def _pictures(analysis: Analysis, texts: Texts) -> Iterator[Flowable]:
    """The pictures that there are, in a row: as sent, after CLAHE, heat map and outline."""
    drawn = overlay(analysis)
    encoded = [
        (texts("reading.as_sent"), _as_sent(analysis)),
        (texts("reading.enhanced"), None if analysis.enhanced is None else jpeg(analysis.enhanced)),
        (texts(_overlay_kind(analysis)), None if drawn is None else jpeg(drawn)),
    ]
    shown = [(caption, content) for caption, content in encoded if content is not None]
    if not shown:
        return
    width = (COLUMN - 2 * GAP) / 3
    pictures = [
        Picture(io.BytesIO(content), width, width, kind="proportional", hAlign="CENTER")
        for _, content in shown
    ]
    captions = [Paragraph(xml(caption), styles()["caption"]) for caption, _ in shown]
    widths = [width + GAP] * (len(shown) - 1) + [width]
    yield Table(
        [pictures, captions],
        widths,
        hAlign="LEFT",
        style=[
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-2, -1), GAP),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 1), (-1, 1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 1), (-1, 1), 10),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ],
    )


def _as_sent(analysis: Analysis) -> bytes | None:
    if analysis.view is None:
        return None if analysis.picture is None else jpeg(analysis.picture)
    if len(analysis.view) <= HEAVY:
        return analysis.view
    with Image.open(io.BytesIO(analysis.view)) as picture:
        picture.thumbnail((SMALLER, SMALLER))
        return _encoded(picture)


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _overlay_kind(analysis: Analysis) -> str:
    """What the last picture carries: a heat map, an outline, or both."""
    if analysis.outline is None:
        return "reading.overlay"
    return "report.overlay_outline" if analysis.map_holds else "reading.outline"


def _probabilities(rows: tuple[Likelihood, ...], texts: Texts) -> Table:
    style = styles()
    heads = (texts("report.class"), "", texts("report.probability"), texts("report.prediction_set"))
    cells = [[Paragraph(xml(head), style["head"]) for head in heads]]
    for row in rows:
        letters = style["strong" if row.in_set else "cell"]
        words = (row.words, set_words(row, texts))
        cells.append(
            [Paragraph(xml(row.name), letters), bar(row), *(Paragraph(xml(w), letters) for w in words)]
        )
    return Table(
        cells,
        [44 * mm, BAR_WIDTH + 6 * mm, 24 * mm, COLUMN - BAR_WIDTH - 74 * mm],
        hAlign="LEFT",
        style=[
            ("LINEBELOW", (0, 0), (-1, -1), 0.6, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ],
    )


def bar(row: Likelihood) -> Drawing:
    """A bar in an outline, so that its share reads without colour; dark where the finding is possible."""
    share = min(1.0, max(0.0, row.probability))
    drawing = Drawing(BAR_WIDTH, BAR_HEIGHT)
    drawing.add(Rect(0, 0, BAR_WIDTH, BAR_HEIGHT, fillColor=white, strokeColor=QUIET, strokeWidth=0.5))
    fill = ACCENT if row.in_set else OUTSIDE
    drawing.add(Rect(0, 0, max(0.8, BAR_WIDTH * share), BAR_HEIGHT, fillColor=fill, strokeColor=None))
    return drawing


def _facts(analysis: Analysis, texts: Texts) -> Iterator[Flowable]:
    style = styles()
    rows: list[list[Flowable]] = [
        [Paragraph(xml(fact.label), style["head"]), _value(fact)] for fact in facts(analysis, texts)
    ]
    lead = 0
    if rows and analysis.accepted:
        about = texts("reading.label", image=file_name(analysis.image, texts))
        rows.insert(0, [Paragraph(xml(about), style["label"]), ""])
        lead = 1
    if rows:
        yield Spacer(0, 4)
        yield Table(
            rows,
            [36 * mm, COLUMN - 36 * mm],
            hAlign="LEFT",
            repeatRows=lead,
            style=[
                *[("SPAN", (0, 0), (-1, 0))] * lead,
                ("LINEBELOW", (0, lead), (-1, -2), 0.6, RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, lead), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, lead - 1), 0),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ],
        )
    yield Spacer(0, 8)


def _value(fact: Fact) -> list[Flowable]:
    style = styles()
    note = [Paragraph(xml(fact.note), style["note"])] if fact.note else []
    return [Paragraph(xml(fact.value), style["cell"]), *note]


def warm_box(*content: Flowable) -> Table:
    """A box in the colours of a warning, that does not break over pages."""
    return Table(
        [[list(content)]],
        [COLUMN],
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), WARM_SOFT),
            ("BOX", (0, 0), (-1, -1), 0.8, WARM_LINE),
            ("ROUNDEDCORNERS", [5, 5, 5, 5]),
            ("LEFTPADDING", (0, 0), (-1, -1), 10),
            ("RIGHTPADDING", (0, 0), (-1, -1), 10),
            ("TOPPADDING", (0, 0), (-1, -1), 7),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        ],
    )
