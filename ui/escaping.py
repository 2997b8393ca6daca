"""Text of a person, of a file name or of a model, made safe to show. Pure."""

import re
from html import escape as escape_html
from urllib.parse import urlsplit

_MARKDOWN = re.compile(r"[&<>*_`\[\]\\~|#$]")
_LINE_START = re.compile(r"(?m)^([ \t]*)([-+=]|\d+(?=[.)]))")
_LINE_END = re.compile(r"\r\n?")
_INDENT = re.compile(r"(?m)^[ \t]+")
_IN_A_LINK = re.compile(r"[\s<>\"'`{}$\\]")


def escape(text: str) -> str:
    """Text that is safe in HTML, in a quoted attribute, and in the templates of ``gr.HTML``."""
    escaped = escape_html(text, quote=True)
    return escaped.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;").replace("`", "&#96;")


def plain(text: str) -> str:
    """A person's text as Markdown that shows it letter by letter: nothing in it takes effect."""
    text = _LINE_END.sub("\n", text)
    text = _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)
    text = _LINE_START.sub(lambda match: f"{match[1]}&#{ord(match[2][0])};{match[2][1:]}", text)
    return _INDENT.sub(lambda match: "&nbsp;" * len(match[0].expandtabs(4)), text)


def safe_url(url: str) -> str | None:
    """The address, ready for an attribute or a Markdown link; ``None`` where it is not http(s)."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    if scheme not in {"http", "https"}:
        return None
    return _IN_A_LINK.sub(lambda match: f"%{ord(match[0]):02X}", url)
