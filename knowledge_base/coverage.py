"""What the articles cover, as a table to print. Pure."""

from collections import Counter

from knowledge_base.passages import Library
from knowledge_base.readability import is_hard, reading_level
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS

_SCALES = {"en": "Flesch-Kincaid grade", "es": "Fernández-Huerta index"}


def report(library: Library) -> str:
    """Passages by topic and section (English, which Spanish mirrors), how hard they are to read, how old
    their sources are and when somebody last looked, and remarks."""
    counts = Counter((p.topic, p.section) for p in library.passages if p.language == "en")
    sections = [section for section in SECTIONS if any(counts[topic, section] for topic in TOPICS)]
    width = max(map(len, sections), default=0)
    lines = [" " * width + "  " + " ".join(f"{topic[:12]:>12}" for topic in TOPICS)]
    for section in sections:
        cells = " ".join(f"{counts[topic, section] or '.':>12}" for topic in TOPICS)
        lines.append(f"{section:<{width}}  {cells}")
    lines.append("")
    for language in LANGUAGES:
        spoken = [passage for passage in library.passages if passage.language == language]
        words = sum(len(passage.text.split()) for passage in spoken)
        levels = [reading_level(passage.text, language) for passage in spoken]
        mean = sum(levels) / max(len(levels), 1)
        lines.append(
            f"{language}: {len(spoken)} passages, {words} words, {_SCALES[language]} {mean:.1f} on average"
        )
    sources = {source.url: source for passage in library.passages for source in passage.sources}
    years = sorted(source.year for source in sources.values() if source.year)
    if years:
        middle = years[len(years) // 2]
        undated = len(sources) - len(years)
        lines.append(
            f"sources: {len(sources)} pages, from {years[0]} to {years[-1]}, half since {middle}, "
            f"{undated} undated"
        )
    checked = [source.checked for source in sources.values()]
    if checked:
        lines.append(f"last looked at between {min(checked)} and {max(checked)}")
    lines += [
        f"remark: {passage.passage_id} is hard to read: {_SCALES[passage.language]} "
        f"{reading_level(passage.text, passage.language):.1f}"
        for passage in library.passages
        if is_hard(passage.text, passage.language)
    ]
    lines += [f"remark: {remark}" for remark in library.unused]
    return "\n".join(lines)
