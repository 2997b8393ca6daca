"""What the articles cover, as a table to print. Pure."""

import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import date

from knowledge_base.passages import Library
from knowledge_base.readability import is_hard, reading_level
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS, Source

#: Years after which a page is old, and days after which somebody should look at it again.
OLD_YEARS, LOOK_AGAIN_DAYS = 10, 365

_SCALES = {"en": "Flesch-Kincaid grade", "es": "Fernández-Huerta index"}


def report(library: Library, today: date) -> str:
    """Passages by topic and section (English, which Spanish mirrors), how hard they are to read, how old
    their sources are and when somebody last looked, and remarks."""
    counts = Counter((p.topic, p.section) for p in library.passages if p.language == "en")
    sections = [section for section in SECTIONS if any(counts[topic, section] for topic in TOPICS)]
    width = max(map(len, sections), default=0)
    lines = [" " * width + "  " + "  ".join(TOPICS)]
    for section in sections:
        cells = "  ".join(f"{counts[topic, section] or '.':>{len(topic)}}" for topic in TOPICS)
        lines.append(f"{section:<{width}}  {cells}")
    lines.append("")
    # A passage that is still empty is a problem of its own, and has no reading level.
    passages = [passage for passage in library.passages if any(map(str.isalpha, passage.text))]
    for language in LANGUAGES:
        spoken = [passage for passage in passages if passage.language == language]
        words = sum(len(passage.text.split()) for passage in spoken)
        levels = [reading_level(passage.text, language) for passage in spoken]
        mean = sum(levels) / max(len(levels), 1)
        lines.append(
            f"{language}: {len(spoken)} passages, {words} words, {_SCALES[language]} {mean:.1f} on average"
        )
    lines += _ages(
        {
            f"{passage.topic}/{source.key}": source
            for passage in library.passages
            for source in passage.sources
            if source.url  # a faulty one is empty
        },
        today,
    )
    lines += [
        f"remark: {passage.passage_id} is hard to read: {_SCALES[passage.language]} "
        f"{reading_level(passage.text, passage.language):.1f}"
        for passage in passages
        if is_hard(passage.text, passage.language)
    ]
    lines += [f"remark: {remark}" for remark in library.unused]
    return "\n".join(lines)


def _ages(cited: dict[str, Source], today: date) -> list[str]:
    """How old the sources are and when somebody last read them; those by ``topic/key`` that are due."""
    if not cited:
        return []
    years = {source.url: source.year for source in cited.values()}
    dated = sorted(year for year in years.values() if year)
    line = f"sources: {len(years)} pages, {len(years) - len(dated)} undated"
    if dated:
        line += f", the others from {dated[0]} to {dated[-1]}, half since {dated[len(dated) // 2]}"
    checked = [source.checked for source in cited.values()]
    lines = [line, f"last looked at between {min(checked)} and {max(checked)}"]
    old = [key for key, source in cited.items() if source.year and today.year - source.year > OLD_YEARS]
    due = [key for key, source in cited.items() if (today - source.checked).days > LOOK_AGAIN_DAYS]
    lines += _listed(f"dated over {OLD_YEARS} years ago", old)
    lines += _listed("last looked at over a year ago", due)
    return lines


def _listed(what: str, keys: Iterable[str]) -> list[str]:
    """A count and the names, in as few lines as they fit in; nothing for none."""
    names = sorted(keys)
    if not names:
        return []
    text = f"{what}: {len(names)}: {', '.join(names)}"
    return textwrap.wrap(text, 110, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
