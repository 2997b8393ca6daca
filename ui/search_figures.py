"""How well passages are found, on the About page: Galeno beside other ways of searching, in one table."""

from assistant.conversation import Language
from knowledge_base.comparison import Row, Tables, rows_of, ways_of
from ui.escaping import escape
from ui.texts import Texts
from ui.wide import wide


def search_table(figures: Tables, caption: str, texts: Texts) -> str:
    """The table as HTML; ``caption`` is HTML."""
    ways = ways_of(figures)
    heads = "".join(f'<th scope="col">{escape(texts.name("ways", way))}</th>' for way in ways)
    rows = "".join(_row(row, ways, texts) for row in rows_of(figures, {}))
    table = (
        f"<table><caption>{caption}</caption>"
        f'<thead><tr><th scope="col">{escape(texts("about.figure"))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return wide(table, texts)


def _row(row: Row, ways: list[str], texts: Texts) -> str:
    name = texts.name("search", row.figure)
    if row.language:
        name = f"{name}, {texts.name('in_language', row.language)}"
    cells = "".join(f"<td>{_value(row.figure, row.values[way], texts.language)}</td>" for way in ways)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _value(figure: str, value: float | None, language: Language) -> str:
    if value is None:
        return ""
    if figure == "mrr":
        text = f"{value:.3f}"
    elif figure == "median_query_ms":
        text = f"{value:.1f} ms"
    elif figure == "languages_apart":
        text = f"{100 * value:.1f}"
    else:
        text = f"{100 * value:.1f} %"
    text = text.replace(" ", "\u00a0")
    return text.replace(".", ",") if language == "es" else text
