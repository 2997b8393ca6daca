"""The buttons under a message and under a reply. ``static/js`` makes them act: ``data-do`` names what."""

from ui.escaping import escape
from ui.texts import Texts

#: Drawn on a grid of 24; the stroke takes the colour of the text.
ICONS = {
    "copy": '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h8"/>',
    "retry": '<path d="M20 11a8 8 0 1 0-2.3 6.3"/><path d="M20 5v6h-6"/>',
    "undo": '<path d="M9 14 4 9l5-5"/><path d="M4 9h10a6 6 0 0 1 0 12h-3"/>',
    "up": (
        '<path d="M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a2 2 0 0 1 2 '
        '2.300l-1.100 7A2 2 0 0 1 18 20H7"/>'
    ),
    "down": (
        '<path d="M17 13V4h3v9zM17 13l-4 8a2.500 2.500 0 0 1-2.500-2.500V15H5a2 2 0 0 '
        '1-2-2.300l1.100-7A2 2 0 0 1 6 4h11"/>'
    ),
    "theme": '<path d="M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z"/>',
    "size": '<path d="M3 19 8.500 5 14 19M5 14.500h7M15 19l3.200-8 3.300 8M16.200 16.400h4.200"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16zM13 7l4 4"/>',
    "report": '<path d="M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6"/>',
}


def icon(name: str) -> str:
    """An icon as SVG, of one em; it says nothing to a screen reader."""
    return (
        '<svg class="g-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{ICONS[name]}</svg>'
    )


def reply_actions(number: int, texts: Texts) -> str:
    """The row under reply ``number``: copy, thumbs, report, and, for the last one, again and undo."""
    buttons = (
        _button("copy", texts),
        _button("thumb", texts, "up", number, 'aria-pressed="false" data-value="up"'),
        _button("thumb", texts, "down", number, 'aria-pressed="false" data-value="down"'),
        _button("report", texts, "report", number, 'data-format="pdf"'),
        _button("retry", texts, "retry", number, 'data-last=""'),
        _button("undo", texts, "undo", number, 'data-last=""'),
    )
    label = escape(texts("actions.label"))
    return (
        f'<div class="g-actions" role="group" aria-label="{label}" lang="{texts.language}">'
        f"{''.join(buttons)}</div>"
    )


def retry_actions(number: int, texts: Texts) -> str:
    """The row under a turn that was stopped or failed: again, or take it back."""
    buttons = _button("retry", texts, "retry", number) + _button("undo", texts, "undo", number)
    label = escape(texts("actions.label"))
    return (
        f'<div class="g-actions" role="group" aria-label="{label}" lang="{texts.language}" '
        f'data-last="">{buttons}</div>'
    )


def message_actions(text: str, number: int, texts: Texts) -> str:
    """The button under the person's message ``number``; it carries the text to be changed."""
    carried = {"text": text} | {
        key: texts(f"actions.{key}") for key in ("send", "cancel", "edit_label", "edit_note")
    }
    data = " ".join(f'data-{key}="{escape(value)}"' for key, value in carried.items())
    button = _button("edit", texts, "edit", number, data)
    return f'<div class="g-actions g-own" lang="{texts.language}">{button}</div>'


def _button(do: str, texts: Texts, name: str = "", number: int | None = None, more: str = "") -> str:
    name = name or do
    label = escape(texts(f"actions.{name}"))
    turn = "" if number is None else f' data-turn="{number}"'
    return (
        f'<button type="button" data-do="{do}"{turn} {more} aria-label="{label}" title="{label}">'
        f"{icon(name)}</button>"
    )
