"""What goes wrong, in figures, for docs/SAFETY.md: ``python -m ui.safety_figures`` writes it there.

The same limits as on the About page, and the same words. No figure is typed or chosen by hand.
"""

import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant import vignettes
from assistant.figures import ASSISTANT, ASSISTANT_FIRST, END, ROOT, write_between
from intents.goals import aligned, as_markdown
from ui.about_figures import Figure
from ui.texts import Texts, load_texts
from ui.versions import read_toml
from ui.worst_figures import LIMITS, Limit, Worst, measured, worst_of
from vision_models.card import MODEL_NAMES

BEGIN = "<!-- figures: written by `python -m ui.safety_figures` -->"
SAFETY = "docs/SAFETY.md"
#: So many other places are named beside the worst; of more there is only the number.
NAMED = 6
#: The answers of a CLAIM checklist, as its tables give them.
ANSWERS = ("done", "partly", "not done", "not applicable")
#: Standard errors of a 95 % interval.
Z = 1.96


def tables(root: Path = ROOT) -> str:
    """The emergencies, where each model does worst, and the answers to CLAIM, in Markdown."""
    texts = load_texts("en")
    parts = ["### Emergencies, on held-out messages", _emergencies(root)]
    for model in dict.fromkeys(limit.model for limit in LIMITS):
        figures = measured(root, model)
        limits = [limit for limit in LIMITS if limit.model == model]
        found = [worst for limit in limits if (worst := worst_of(limit, figures))]
        name = texts.name("models" if texts.has("models", model) else "limits", model)
        parts += [f"### {name}", _limits(found, figures, texts) if found else "Not measured yet."]
    return "\n\n".join([*parts, "### CLAIM 2024, the answers counted", _claim(root)]) + "\n"


def most_missed(missed: int, count: int) -> float:
    """The upper end of the 95 % interval (Wilson's) of the share ``missed`` of ``count``."""
    share, z2 = missed / count, Z * Z
    spread = Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return (share + z2 / (2 * count) + spread) / (1 + z2 / count)


def main() -> int:
    try:
        written = tables(ROOT)
        write_between(ROOT / SAFETY, BEGIN, END, written)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(written)
    return 0


def _emergencies(root: Path) -> str:
    today = read_toml(root / ASSISTANT).get("assistant")
    if not today:
        return "Not measured yet: `python -m assistant.evaluate`."
    first = read_toml(root / ASSISTANT_FIRST).get("assistant", {})
    missed, count = today["both_missed"], today["emergencies"]
    said = (
        f"{missed} of {count} held-out emergencies are missed; the 95 % interval reaches to "
        f"{100 * most_missed(missed, count):.1f} %. That holds for messages like these, which were written "
        "for this project, and says nothing of messages unlike them."
    )
    return f"{as_markdown(vignettes.GOALS, today, {'first run': first})}\n{said}"


def _limits(found: Sequence[Worst], figures: Sequence[Figure], texts: Texts) -> str:
    lines = [
        "| what is measured | where it is worst | there (95 % interval; cases) | elsewhere |",
        "|---|---|---|---|",
    ]
    for worst in found:
        where = "; ".join(_place(place, texts) for place in worst.places) or texts("limits.everywhere")
        cells = (texts(f"limits.{worst.limit.name}"), where, _shown(worst.figure))
        lines.append(f"| {' | '.join(cells)} | {_elsewhere(worst, figures, texts)} |")
    return "\n".join(lines)


def _elsewhere(worst: Worst, figures: Sequence[Figure], texts: Texts) -> str:
    """The other places that were measured; those that equal the worst stand with it."""
    places = [(_places(worst.limit, figure), figure) for figure in figures]
    others = [
        f"{_place(place, texts)} {100 * figure.value:.1f} %"
        for place, figure in places
        if place and place not in worst.places and not math.isnan(figure.value)
    ]
    return "; ".join(others) if len(others) <= NAMED else f"{len(others)} others"


def _places(limit: Limit, figure: Figure) -> tuple[str, ...]:
    match = re.fullmatch(limit.pattern, figure.name)
    return tuple(group.strip("_") for group in match.groups() if group) if match else ()


def _place(place: tuple[str, ...], texts: Texts) -> str:
    return ", ".join(texts.name("limit_places", part) for part in place)


def _shown(figure: Figure) -> str:
    known = []
    if figure.low is not None and figure.high is not None:
        known.append(f"{100 * figure.low:.1f} to {100 * figure.high:.1f}")
    if figure.count is not None:
        known.append(f"n = {figure.count}")
    return f"{100 * figure.value:.1f} %" + (f" ({'; '.join(known)})" if known else "")


def _claim(root: Path) -> str:
    lines = [["model", *ANSWERS]]
    for name in MODEL_NAMES:
        path = root / "vision_models" / "models" / name / "CLAIM.md"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        given = [
            row[3].strip(" *") for row in (line.split("|") for line in text.splitlines()) if len(row) > 4
        ]
        counts = [str(given.count(answer)) for answer in ANSWERS]
        lines.append([f"[{name}](../vision_models/models/{name}/CLAIM.md)", *counts])
    return aligned(lines).rstrip()


if __name__ == "__main__":
    sys.exit(main())
