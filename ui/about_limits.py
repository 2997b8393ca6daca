"""What Galeno cannot tell and where each model does worst, on the About page."""

from collections.abc import Sequence
from pathlib import Path

from assistant.conversation import Language
from ui.about_figures import Figure, number
from ui.escaping import escape
from ui.texts import Texts
from ui.wide import wide
from ui.worst_figures import LIMITS, Worst, measured, worst_of


def limits_section(texts: Texts, root: Path) -> str:
    """What Galeno cannot tell, then the few worst figures, then those of each model, folded."""
    figures = {model: measured(root, model) for model in dict.fromkeys(limit.model for limit in LIMITS)}
    found = [worst for limit in LIMITS if (worst := worst_of(limit, figures[limit.model]))]
    cannot = "".join(f"<li>{escape(text)}</li>" for text in texts.paragraphs("limits.cannot"))
    section = f"<h3>{escape(texts('limits.cannot_heading'))}</h3><ul>{cannot}</ul>"
    if not found:
        return section
    reading = "".join(f"<p>{escape(text)}</p>" for text in texts.paragraphs("limits.reading"))
    first = [worst for worst in found if worst.limit.first]
    section += f"<h3>{escape(texts('limits.worst_heading'))}</h3>{reading}"
    section += _table(f"<caption>{escape(texts('limits.first'))}</caption>", first, texts, with_model=True)
    for model in figures:
        rest = [worst for worst in found if worst.limit.model == model and not worst.limit.first]
        if rest:
            more = escape(texts("limits.more", model=_model(model, texts)))
            table = _table(f'<caption class="g-hidden">{more}</caption>', rest, texts)
            section += f"<details><summary>{more}</summary>{table}</details>"
    return section


def _model(model: str, texts: Texts) -> str:
    return texts.name("models" if texts.has("models", model) else "limits", model)


def _table(caption: str, rows: Sequence[Worst], texts: Texts, with_model: bool = False) -> str:
    """``caption``: an element."""
    heads = "".join(f'<th scope="col">{escape(texts(f"limits.{key}"))}</th>' for key in ("what", "where"))
    heads += f'<th scope="col">{escape(texts("about.figure"))}</th>'
    body = "".join(_row(row, texts, with_model) for row in rows)
    table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return wide(table, texts, "g-limits")


def _row(worst: Worst, texts: Texts, with_model: bool) -> str:
    model = f'<span class="g-publisher">{escape(_model(worst.limit.model, texts))}</span> '
    where = "; ".join(
        ", ".join(texts.name("limit_places", place) for place in places) for places in worst.places
    )
    return (
        f'<tr><th scope="row">{model if with_model else ""}{escape(texts(f"limits.{worst.limit.name}"))}</th>'
        f"<td>{escape(where or texts('limits.everywhere'))}</td>"
        f"<td>{escape(_shown(worst.figure, texts.language))}</td></tr>"
    )


def _shown(figure: Figure, language: Language) -> str:
    """``72.3 % (62.6–80.4; n = 94)``, with as much in brackets as is known."""
    known = []
    if figure.low is not None and figure.high is not None:
        known.append(f"{_percent(figure.low, language)}–{_percent(figure.high, language)}")
    if figure.count is not None:
        known.append(f"n = {number(figure.count, language)}".replace(" ", "\u00a0"))
    text = f"{_percent(figure.value, language)}\u00a0%"
    return f"{text} ({'; '.join(known)})" if known else text


def _percent(share: float, language: Language) -> str:
    text = f"{100 * share:.1f}"
    return text.replace(".", ",") if language == "es" else text
