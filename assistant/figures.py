"""The measured figures, from the files that the evaluations write, as the README quotes them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- figures: written by `python -m assistant figures` -->", "<!-- end of figures -->"

GATE, BRAIN, CHEST = (
    f"vision_models/models/{name}/card.toml" for name in ("gate", "brain_mri", "chest_xray")
)
LIBRARY, ROUTER = "knowledge_base/figures.toml", "intents/figures.toml"
SECTION = "topic_and_section_in_first_3"

#: What the README quotes: the words for it, the file, and the path to the figure in it.
QUOTED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("gate: scans let through", GATE, ("figures", "scans_let_through")),
    ("gate: near misses let through", GATE, ("figures", "near_misses_let_through")),
    ("gate: everything else let through", GATE, ("figures", "far_misses_let_through")),
    ("brain MRI: four classes told apart", BRAIN, ("figures", "accuracy_four_classes")),
    ("brain MRI: tumor found", BRAIN, ("figures", "tumor_sensitivity")),
    ("brain MRI: no tumor called so", BRAIN, ("figures", "tumor_specificity")),
    ("brain MRI, FLAIR: tumor found", BRAIN, ("figures", "flair_sensitivity")),
    ("brain MRI, FLAIR: no tumor called so", BRAIN, ("figures", "flair_specificity")),
    ("chest X-ray: four classes told apart", CHEST, ("figures", "accuracy")),
    ("chest X-ray: pneumonia of any kind found", CHEST, ("figures", "sensitivity")),
    ("chest X-ray: normal called so", CHEST, ("figures", "specificity")),
    (
        "chest X-ray: adult pneumonia of before 2018 not called COVID-19",
        CHEST,
        ("figures", "nih_pneumonia_not_called_covid19"),
    ),
    ("library, English: right topic in the first three", LIBRARY, ("galeno", "en", "topic_in_first_3")),
    ("library, Spanish: right topic in the first three", LIBRARY, ("galeno", "es", "topic_in_first_3")),
    ("library, English: right topic and section", LIBRARY, ("galeno", "en", SECTION)),
    ("library, Spanish: right topic and section", LIBRARY, ("galeno", "es", SECTION)),
    ("library, English: out of scope, yet answered", LIBRARY, ("galeno", "en", "out_of_scope_answered")),
    ("library, Spanish: out of scope, yet answered", LIBRARY, ("galeno", "es", "out_of_scope_answered")),
    ("intent of a text, English", ROUTER, ("router", "accuracy_en")),
    ("intent of a text, Spanish", ROUTER, ("router", "accuracy_es")),
)


def table(root: Path = ROOT) -> str:
    """The quoted figures as a Markdown table; a share of pictures comes with its 95 % interval."""
    lines = ["| figure | value | 95 % interval | of |", "|---|---|---|---|"]
    for sentence, file, path in QUOTED:
        lines.append(_line(sentence, _figure(root / file, path)))
    return "\n".join(lines) + "\n"


def write(readme: Path = ROOT / "README.md", root: Path = ROOT) -> None:
    """Rewrites the table between the marks of the README. Raises ``ValueError`` where they are missing."""
    text = readme.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{readme} has no line {BEGIN!r} followed by {END!r}: put them where figures belong")
    readme.write_text(f"{head}{BEGIN}\n\n{table(root)}\n{END}{tail}", encoding="utf-8")


def _figure(file: Path, path: tuple[str, ...]) -> Any:
    value: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    for key in path:
        value = value[key]
    return value


def _line(sentence: str, figure: Any) -> str:
    if isinstance(figure, Mapping):
        interval = f"{100 * figure['low']:.1f} to {100 * figure['high']:.1f}"
        return f"| {sentence} | {100 * figure['value']:.1f} % | {interval} | {figure['n']} |"
    return f"| {sentence} | {100 * figure:.1f} % | | |"
