"""The measured figures, from the files that the evaluations write, as the README quotes them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant import evaluate
from intents import measures
from intents.goals import as_markdown as beside_goals
from knowledge_base.comparison import as_markdown, read_figures, read_first_run

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- figures: written by `python -m assistant figures` -->", "<!-- end of figures -->"

GATE, BRAIN, CHEST = (
    f"vision_models/models/{name}/card.toml" for name in ("gate", "brain_mri", "chest_xray")
)
LIBRARY = "knowledge_base"
ROUTER, ROUTER_FIRST = "intents/figures.toml", "intents/figures_first_run.toml"
ASSISTANT, ASSISTANT_FIRST = "assistant/figures.toml", "assistant/figures_first_run.toml"

#: What stands above the table of the search.
SEARCH = """How the passage that answers is found, on held-out questions: Galeno beside its goals, its first
run and simpler ways of searching. MRR is the mean of one over the place of the first right passage. A
question that Galeno answers with "nothing reliable" counts as missed; the first run was measured without
that floor, and the simpler ways have none."""

INTENTS = """What a text wants, on held-out utterances, beside the classic bag-of-words network:"""

CONVERSATION = """Emergencies, dialogues and citations, on held-out messages and generated questions:"""

#: What the README quotes of the models: the words for it, the file, and the path to the figure in it.
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
    ("intent of a text, English", ROUTER, ("router", "accuracy_en")),
    ("intent of a text, Spanish", ROUTER, ("router", "accuracy_es")),
)


def tables(root: Path = ROOT) -> str:
    """The quoted figures in Markdown: one table of models, where a share of pictures comes with its 95 %
    interval, and those of the search, the intents and the conversation, beside their goals."""
    lines = ["| figure | value | 95 % interval | of |", "|---|---|---|---|"]
    for sentence, file, path in QUOTED:
        lines.append(_line(sentence, _figure(root / file, path)))
    library = root / LIBRARY
    search = as_markdown(read_figures(library), read_first_run(library))
    parts = ["\n".join(lines), SEARCH, search.rstrip(), INTENTS, _intents(root), CONVERSATION]
    return "\n\n".join([*parts, _conversation(root)]) + "\n"


def write(readme: Path = ROOT / "README.md", root: Path = ROOT) -> None:
    """Rewrites what stands between the marks of the README. Raises ``ValueError`` where they are missing."""
    write_between(readme, BEGIN, END, tables(root))


def write_between(document: Path, begin: str, end: str, content: str) -> None:
    """Puts ``content`` between the marks of a document. Raises ``ValueError`` where they are missing."""
    head, found, rest = document.read_text(encoding="utf-8").partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(
            f"{document} has no line {begin!r} followed by {end!r}: put them where figures belong"
        )
    document.write_text(f"{head}{begin}\n\n{content}\n{end}{tail}", encoding="utf-8")


def _intents(root: Path) -> str:
    today, first = _read(root / ROUTER), _read(root / ROUTER_FIRST)
    others = {"first run": first.get("router", {}), "bag of words": today["bag_of_words"]}
    return beside_goals(measures.GOALS, today["router"], others).rstrip()


def _conversation(root: Path) -> str:
    today, first = _read(root / ASSISTANT), _read(root / ASSISTANT_FIRST)
    if not today:
        return "Not measured yet: `python -m assistant.evaluate`."
    return beside_goals(
        evaluate.GOALS, today["assistant"], {"first run": first.get("assistant", {})}
    ).rstrip()


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


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
