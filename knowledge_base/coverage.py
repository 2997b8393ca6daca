"""What the articles cover, as a table to print. Pure."""

from collections import Counter

from knowledge_base.passages import Library
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS


def report(library: Library) -> str:
    """Passages by topic and section (English, which Spanish mirrors), the sources' years, and remarks."""
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
        lines.append(f"{language}: {len(spoken)} passages, {words} words")
    sources = {source.url: source for passage in library.passages for source in passage.sources}
    years = sorted(source.year for source in sources.values() if source.year)
    if years:
        middle = years[len(years) // 2]
        undated = len(sources) - len(years)
        lines.append(
            f"sources: {len(sources)} pages, from {years[0]} to {years[-1]}, half since {middle}, "
            f"{undated} undated"
        )
    lines += [f"remark: {remark}" for remark in library.unused]
    return "\n".join(lines)
