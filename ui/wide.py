"""A table that may be wider than the page: it scrolls by itself, with the keyboard too."""

from ui.escaping import escape
from ui.texts import Texts


def wide(table: str, texts: Texts, name: str = "") -> str:
    """``table``, an element, in a region that scrolls; ``name`` is a class of its own."""
    return (
        f'<div class="g-wide {name}" tabindex="0" role="group" aria-label="{escape(texts("about.scrolls"))}">'
        f"{table}</div>"
    )
