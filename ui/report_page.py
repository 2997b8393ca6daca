"""The paper of the report: its typeface, its styles, and what stands at the head and foot of each page."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path(__file__).resolve().parent / "static" / "fonts"
REGULAR, BOLD, ITALIC = "Galeno", "Galeno-Bold", "Galeno-Italic"

LINK = "#0f605d"
ACCENT, INK, QUIET = HexColor(LINK), HexColor("#1b1c1b"), HexColor("#5d605c")
RULE, SOFT = HexColor("#e6e1d8"), HexColor("#eef5f4")
WARM, WARM_SOFT, WARM_LINE = HexColor("#94460f"), HexColor("#fcf0e4"), HexColor("#eccfb2")
LAMP = HexColor("#f2b277")

WIDTH, HEIGHT = A4
MARGIN, TOP, BOTTOM = 19 * mm, 27 * mm, 21 * mm
COLUMN = WIDTH - 2 * MARGIN


@cache
def glyphs() -> frozenset[int]:
    """The code points that the typeface has. Registers it with reportlab on the first call."""
    for name, style in ((REGULAR, "Regular"), (BOLD, "Bold"), (ITALIC, "Italic")):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"AtkinsonHyperlegibleNext-{style}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


@cache
def styles() -> Mapping[str, ParagraphStyle]:
    """The paragraph styles by name."""
    glyphs()
    body = ParagraphStyle(
        "body",
        fontName=REGULAR,
        bulletFontName=REGULAR,
        fontSize=10,
        leading=14.5,
        textColor=INK,
        spaceAfter=5,
        allowWidows=0,
    )

    def style(name: str, parent: ParagraphStyle = body, **changes: object) -> ParagraphStyle:
        return ParagraphStyle(name, parent=parent, **changes)

    small = style("small", fontSize=8.5, leading=12, textColor=QUIET, spaceAfter=3)
    label = style("label", fontName=BOLD, fontSize=8.5, leading=12, textColor=ACCENT, spaceAfter=3)
    cell = style("cell", fontSize=9, leading=12.5, spaceAfter=0)
    boxed = {
        "borderPadding": (7, 9, 8, 9),
        "borderRadius": 5,
        "borderWidth": 0.4,
        "borderColor": SOFT,
        "leftIndent": 9,
        "rightIndent": 9,
    }
    question = style("question", backColor=SOFT, spaceBefore=2, spaceAfter=14, **boxed)
    found = (
        body,
        small,
        label,
        cell,
        style("title", fontName=BOLD, fontSize=21, leading=26, spaceAfter=2),
        style("date", fontSize=10, leading=14, textColor=QUIET, spaceAfter=8),
        style("part", fontName=BOLD, fontSize=13, leading=17, spaceBefore=10, spaceAfter=5),
        style(
            "item", fontName=BOLD, fontSize=13, leading=17, textColor=ACCENT, spaceBefore=12, spaceAfter=13
        ),
        style("answer", label, spaceBefore=8, spaceAfter=4),
        question,
        style("question_part", question, spaceAfter=15),
        style("open", textColor=WARM, spaceAfter=0),
        style("warm", textColor=WARM, fontSize=9, leading=12.5, spaceAfter=3),
        style("reading", fontName=BOLD, fontSize=12, leading=16, spaceAfter=1),
        style("finding", fontName=BOLD, fontSize=15, leading=19, spaceAfter=0),
        style("share", fontName=BOLD, fontSize=15, leading=19, alignment=2, spaceAfter=0),
        style("caption", fontSize=8.5, leading=11, textColor=QUIET, alignment=1, spaceAfter=0),
        style("note", small, spaceAfter=0),
        style("head", cell, fontName=BOLD, fontSize=8.5, textColor=QUIET),
        style("strong", cell, fontName=BOLD),
        style(
            "source",
            fontSize=9,
            bulletFontName=REGULAR,
            bulletFontSize=9,
            leading=12.5,
            leftIndent=20,
            bulletIndent=0,
            spaceAfter=4,
        ),
    )
    return MappingProxyType({one.name: one for one in found})


def draw_page(canvas: Canvas, name: str, made: str, support: str, page: str) -> None:
    """The head (logo, ``name`` of the document) and the foot of a page."""
    canvas.saveState()
    top = HEIGHT - 12 * mm
    _draw_logo(canvas, MARGIN, top - 7 * mm, 8 * mm)
    canvas.setFillColor(ACCENT)
    canvas.setFont(BOLD, 14)
    canvas.drawString(MARGIN + 10.5 * mm, top - 4.6 * mm, "Galeno")
    canvas.setFillColor(QUIET)
    canvas.setFont(REGULAR, 8.5)
    canvas.drawRightString(WIDTH - MARGIN, top - 4.4 * mm, name)
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.8)
    for height in (top - 9.5 * mm, BOTTOM - 5 * mm):
        canvas.line(MARGIN, height, WIDTH - MARGIN, height)
    low = BOTTOM - 9.5 * mm
    canvas.drawString(MARGIN, low, made)
    canvas.drawRightString(WIDTH - MARGIN, low, page)
    canvas.setFillColor(WARM)
    canvas.setFont(BOLD, 8.5)
    canvas.drawCentredString(WIDTH / 2, low, support)
    canvas.restoreState()


def _draw_logo(canvas: Canvas, x: float, y: float, size: float) -> None:
    """``static/logo.svg``, whose y grows downwards, in a square of ``size`` at ``x``, ``y``."""
    canvas.saveState()
    canvas.translate(x, y + size)
    canvas.scale(size / 48, -size / 48)
    bubble = canvas.beginPath()
    bubble.moveTo(24, 3)
    for curve in (
        (36, 3, 45, 11.6, 45, 22.6),
        (45, 33.6, 36, 42.2, 24, 42.2),
        (22, 42.2, 20, 41.95, 18.2, 41.5),
    ):
        bubble.curveTo(*curve)
    bubble.lineTo(8.7, 45.6)
    bubble.curveTo(7.8, 46, 6.9, 45.2, 7.1, 44.3)
    bubble.lineTo(8.6, 37.1)
    bubble.curveTo(5, 33.5, 3, 28.3, 3, 22.6)
    bubble.curveTo(3, 11.6, 12, 3, 24, 3)
    canvas.setFillColor(ACCENT)
    canvas.drawPath(bubble, stroke=0, fill=1)
    ring = canvas.beginPath()
    ring.arc(12.24, 10.85, 35.44, 34.05, -36.2, -319.1)
    ring.lineTo(27.5, 23.4)
    canvas.setStrokeColor(white)
    canvas.setLineWidth(4)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    canvas.drawPath(ring, stroke=1, fill=0)
    canvas.setFillColor(LAMP)
    canvas.circle(24, 23.4, 2.6, stroke=0, fill=1)
    canvas.restoreState()
