"""Text for the PDF: what its typeface can show, as XML in which nothing of a person takes effect."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.conversation import Citation
from ui.escaping import safe_url
from ui.report_facts import clean
from ui.report_page import LINK, glyphs

#: Stands for what the typeface has no letter for.
SIGN = "◊"
_SUBSTITUTES = {
    "→": "->", "⇒": "=>", "←": "<-", "↔": "<->", "☐": "[ ]", "☑": "[x]", "☒": "[x]",
    "‐": "-", "‑": "-", "▪": "•", "■": "•", "●": "•", "◦": "•",
}  # fmt: skip
_SILENT = {"Cf", "Mn", "Me"}
_SPACES = re.compile(r"(?m)^ +| {2,}")
_MARK = re.compile(r"( ?)\[(\d{1,2})\]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph in reportlab's XML; ``depth``: in how many lists it stands; ``bullet``: what leads it."""

    xml: str
    depth: int = 0
    bullet: str = ""


def printable(text: str) -> str:
    """``text`` in letters that the typeface has; ``SIGN`` for each that has no likeness in it."""
    return "".join(map(_letter, unicodedata.normalize("NFC", clean(text))))


def xml(text: str) -> str:
    """A person's text as the content of a paragraph, letter by letter, its lines and spaces kept."""
    text = _SPACES.sub(lambda match: "\u00a0" * len(match[0]), printable(text))
    return escape(text, quote=True).replace("\n", "<br/>")


def blocks(markdown: str, citations: Sequence[Citation]) -> tuple[Block, ...]:
    """A reply's Markdown as paragraphs, its marks ``[1]`` linked to their sources; HTML is shown as text."""
    found: list[Block] = []
    lists: list[int | None] = []
    bullet = ""
    for token in _parser().parse(clean(markdown)):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrs.get("start", 1)) if token.type[0] == "o" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            bullet = "•" if number is None else f"{number}."
            lists[-1] = None if number is None else number + 1
        elif token.type == "inline" or token.content:
            text = _inline(token.children, citations) if token.children else xml(token.content)
            found.append(Block(text, len(lists), bullet))
            bullet = ""
    return tuple(found)


def link(url: str, text: str) -> str:
    """``text``, which is XML, as a link to a safe address."""
    return f"{_opened(url)}{text}</link>"


def _opened(url: str) -> str:
    return f'<link href="{escape(url, quote=True)}" color="{LINK}">'


def _inline(tokens: Sequence[Token], citations: Sequence[Citation]) -> str:
    parts, closing = [], []
    for token in tokens:
        match token.type:
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("<br/>")
            case "strong_open" | "em_open" | "strong_close" | "em_close":
                slash = "/" if token.nesting < 0 else ""
                parts.append(f"<{slash}{'b' if token.type.startswith('strong') else 'i'}>")
            case "link_open":
                url = safe_url(str(token.attrs["href"]))
                parts.append(_opened(url) if url else "")
                closing.append("</link>" if url else "")
            case "link_close":
                parts.append(closing.pop())
            case _ if closing:
                parts.append(xml(token.content))
            case _:
                parts.append(_marked(token.content, citations))
    return "".join(parts)


def _marked(text: str, citations: Sequence[Citation]) -> str:
    def mark(match: re.Match[str]) -> str:
        number = int(match[2])
        url = safe_url(citations[number - 1].url) if 1 <= number <= len(citations) else None
        space = "\u00a0" if match[1] else ""
        return f"{space}{link(url, f'[{number}]') if url else f'[{number}]'}"

    return _MARK.sub(mark, _spaced(text))


def _spaced(text: str) -> str:
    """XML of a piece of a line, whose outer spaces ``clean`` must not take."""
    inner = text.strip(" ")
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{before}{xml(inner)}{after}" if inner else text


def _letter(letter: str) -> str:
    if letter == "\n" or ord(letter) in glyphs():
        return letter
    if letter in _SUBSTITUTES:
        return _SUBSTITUTES[letter]
    if unicodedata.category(letter) in _SILENT:
        return ""
    if letter.isspace():
        return "\u00a0"
    alike = unicodedata.normalize("NFKC", letter)
    return alike if all(ord(part) in glyphs() for part in alike) else SIGN


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(
        ["image", "html_inline", "html_block", "reference"]
    )
