"""Writes a model's report: its plots, and between two marks of its README the figures, tables and worst
mistakes. The prose around the marks is a person's."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from vision_models.card import MODELS, Card, load_card
from vision_models.training import plots
from vision_models.training.comparisons import read_rows
from vision_models.training.data import OPEN_CAUSE, ImageStore
from vision_models.training.history import LOG_NAME, read_log, training_curves
from vision_models.training.measure import run_split
from vision_models.training.outcomes import WITHOUT_PATIENTS, Outcomes, curve_rows, outcomes
from vision_models.training.report_tables import (
    ages_of,
    class_table,
    comparisons_table,
    failures_table,
    figures_table,
    folds_in_words,
    part_table,
    sources_of,
    twins_of,
)

BEGIN, END = "<!-- figures: written by `python -m vision_models report` -->", "<!-- end of figures -->"
#: How many of the worst mistakes are named.
WORST = 10
COMPARED_SMALL = (
    "What was trained at 128 px is small, an epoch being a third of the draws: set it beside "
    "`shipped_small`, not beside the shipped weights. What starts from nothing had mirroring as its only "
    "augmentation: set it beside `plain`. Sensitivity and specificity are of ill or not, the most probable "
    "class deciding.\n"
)


@dataclass(frozen=True, slots=True)
class Words:
    """How the report of one model speaks: what it looks for, and what it tells that from."""

    positive: str
    found: str
    kinds: str


WORDS = {
    "gate": Words("a scan of ours", "Scans let through", "scans and everything else"),
    "brain_mri": Words("any tumor", "Tumors found", "slices with and without a tumor"),
    "chest_xray": Words("any pneumonia", "Pneumonias found", "films with and without pneumonia"),
}


def report(model: str, data: Path, folder: Path = MODELS, failures: Path = Path("failures")) -> Path:
    """Measures the test split again and rewrites what lies between the marks of
    ``<folder>/<model>/README.md``; returns its path.

    Plots go to ``<folder>/<model>/report``, pictures of the worst mistakes to ``<failures>/<model>``: they
    are of patients and stay out of the repository. Optional parts: the card's ``[probes]``, and
    ``training_log.csv``, ``comparisons.toml`` and ``CLAIM.md`` beside it. Raises ``ValueError`` where the
    README lacks the marks, and ``DataError`` for bad data.
    """
    card = load_card(model, folder)
    path = folder / model / "README.md"
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no line {BEGIN!r} followed by {END!r}: put them where figures belong")
    found = outcomes(run_split(model, data, "test", folder), card)
    pictures = draw(found, model, path.parent)
    worst = found.worst(WORST)
    save_failures(found, worst, data, failures / model)
    sections = [
        f"Version {card.version}, weights `{card.sha256[:12]}…`, temperature {card.temperature}.\n",
        figures_table(card.figures),
        *_tables(found, model),
        *_plots(pictures, WORDS[model]),
        *_failures(found, worst, model),
        *_more(card, path.parent),
    ]
    body = "\n".join(sections)
    path.write_text(f"{head}{BEGIN}\n\n{body}\n{END}{tail}", encoding="utf-8")
    return path


def draw(found: Outcomes, model: str, folder: Path) -> list[str]:
    """Writes the plots to ``<folder>/report``; returns their names, in order. One that cannot be drawn any
    more is deleted."""
    names = [f"{OPEN_CAUSE}, cause open" if name == OPEN_CAUSE else name for name in found.names]
    lines = [
        plots.Line(name, found.score[rows], found.positive[rows], found.called_positive[rows])
        for name, rows in curve_rows(found).items()
    ]
    abstained, log = found.abstained, folder / LOG_NAME
    drawing: dict[str, Callable[[Path], object] | None] = {
        "confusion": lambda path: plots.confusion_matrix(found.confusion(), names, path),
        "curves": (lambda path: plots.roc_and_precision(lines, WORDS[model].found, path)) if lines else None,
        "reliability": lambda path: plots.reliability(*found.top(), path),
        "risk_coverage": None
        if abstained is None
        else lambda path: plots.risk_coverage(found.probability, found.right, abstained, path),
        "training": (lambda path: training_curves(read_log(log), path)) if log.is_file() else None,
    }
    for name, make in drawing.items():
        path = folder / "report" / f"{name}.png"
        if make is None:
            path.unlink(missing_ok=True)
        else:
            make(path)
    return [name for name, make in drawing.items() if make is not None]


def save_failures(found: Outcomes, chosen: list[int], data: Path, folder: Path) -> None:
    """Their pictures as PNG, numbered as in the table; those of an earlier report are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]_*.png"):
        old.unlink()
    samples = [found.samples[index] for index in chosen]
    store = ImageStore(data, samples)
    for number, (index, sample) in enumerate(zip(chosen, samples, strict=True), 1):
        name = f"{number:02d}_{found.truth[index]}_called_{found.said[index]}_{Path(sample.file).stem}.png"
        Image.fromarray(store.read(sample)).save(folder / name)


def _tables(found: Outcomes, model: str) -> list[str]:
    counted = (
        "Shares with 95 % intervals, by resampling whole groups (one patient, one run of look-alikes) 2,000 "
        "times; where all or none are right, the exact bound. † fewer than ten groups: not to be leant on."
    )
    unknown = sorted({s.source for s in found.samples} & set(WITHOUT_PATIENTS))
    if unknown:
        counted += f" {', '.join(unknown)} does not say who is who: there each image counts as a group."
    strict = f" An answer left open as `{OPEN_CAUSE}` is a miss for each single kind of it here."
    yes_or_no = f"Sensitivity and specificity are those of {WORDS[model].positive}."
    sections = [
        "### Per class\n",
        class_table(found, WORDS[model].positive),
        counted + (strict if OPEN_CAUSE in found.said else "") + "\n",
        "### Per source\n",
        part_table(found, "source", sources_of(found)),
        yes_or_no + "\n",
    ]
    ages, twins = ages_of(found), twins_of(found)
    if ages:
        sections += ["### Per age\n", part_table(found, "age", ages), yes_or_no + "\n"]
    if twins:
        note = (
            "A twin is a mirrored or turned copy among the training pictures: what is right there may be "
            "remembered. What has none is the figure to go by."
        )
        sections += ["### Without twins\n", part_table(found, "pictures", twins), note + "\n"]
    return sections


def _plots(names: list[str], words: Words) -> list[str]:
    lines = ["### Plots\n"]
    for name in names:
        alt, reading = PLOTS[name]
        lines.append(f"![{alt}](report/{name}.png)\n\n{reading.format(kinds=words.kinds)}\n")
    return lines


#: What each plot is, for who cannot see it, and how it is read.
PLOTS = {
    "confusion": (
        "Confusion matrix: what each test image is, against what the model said",
        "Each row is what the images are and adds up to 100 %: the diagonal is right, the rest of the row "
        "is what they were taken for.",
    ),
    "curves": (
        "ROC and precision-recall curves of the test split, one line a source",
        "The closer a line keeps to the upper corner, the better {kinds} are told apart there; the dot is "
        "the decision that is served.",
    ),
    "reliability": (
        "Reliability diagram: how often the model is right at each confidence, over a histogram",
        "On the dotted line it is right as often as it says, below it is too sure; bars are 95 % intervals, "
        "pale where fewer than ten images stand behind them.",
    ),
    "risk_coverage": (
        "Risk-coverage curve: errors among the firm answers, against the share of images that get one",
        "From right to left more of the unsure images are left open and fewer of the firm answers are wrong; "
        "the dot is what is served.",
    ),
    "training": (
        "Training curves: loss and share right by epoch, on training and validation images",
        "Both lines should flatten together; training images are distorted on purpose, so their line may be "
        "the worse one.",
    ),
}


def _failures(found: Outcomes, worst: list[int], model: str) -> list[str]:
    if not worst:
        return ["### Worst mistakes\n", "None in the test split.\n"]
    note = (
        "The wrong answers that were surest, one of a group. The report writes their pictures to "
        f"`failures/{model}/`, which is not in the repository."
    )
    return ["### Worst mistakes\n", failures_table(found, worst), note + "\n"]


def _more(card: Card, folder: Path) -> list[str]:
    """The parts that are only there where their files are."""
    sections = []
    facts = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    probes: dict[str, Any] = facts.get("probes", {})
    if probes:
        sections += ["### Probes\n", figures_table(probes, "probe")]
    rows = read_rows(folder)
    if rows:
        sections += ["### Compared with\n", comparisons_table(rows), COMPARED_SMALL, folds_in_words(rows)]
    if (folder / "CLAIM.md").is_file():
        claim = "CLAIM, the checklist for artificial intelligence in medical imaging"
        sections.append(f"[{claim}, item by item](CLAIM.md) for version {card.version}.\n")
    return sections
