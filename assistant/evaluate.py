"""``python -m assistant.evaluate``: the whole assistant on what nothing was made from.

Emergencies and what only looks like one, dialogues, and generated questions whose answers must cite what
they say. Prints the figures beside their goals and writes them to ``figures.toml``, and the first ever to
``figures_first_run.toml``. Intents alone: ``python -m intents.evaluate``. Other vignettes or dialogues than
the held-out ones are measured and printed, and nothing is written.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant import dialogues, vignettes
from assistant.build import build_models
from assistant.conversation import Conversation, Language, Reply, Turn
from assistant.dialogues import Dialogue, dialogue_figures, hold, read_dialogues
from assistant.generated_questions import COUNT, generated_questions
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from assistant.triage import TABLE
from assistant.uncited import dangling_marks, uncited_sentences
from assistant.vignettes import Vignette, measure_vignettes, read_vignettes
from intents.card import fingerprint_of, router_fingerprint, to_toml
from intents.goals import Goal, as_markdown, keep_first
from knowledge_base.passages import articles_hash

HERE = Path(__file__).parent
#: Today's figures; and what the very first measurement said, which nothing writes again.
FIGURES, FIRST_RUN = HERE / "figures.toml", HERE / "figures_first_run.toml"
HELDOUT = HERE.parent / "tests" / "assistant" / "heldout"
VIGNETTES, DIALOGUES = HELDOUT / "vignettes.yaml", HELDOUT / "dialogues.yaml"

GOALS = (
    *vignettes.GOALS,
    *dialogues.GOALS,
    Goal("generated questions asked", "questions", COUNT, unit=""),
    Goal("sentences of answers without a citation", "uncited_sentences", 0, below=True, unit=""),
    Goal("citations that dangle", "dangling_marks", 0, below=True, unit=""),
)


def fingerprints(encoder: str) -> dict[str, str]:
    """What figures belong to: models by their files, articles, and the held-out files."""
    return {
        "encoder": encoder,
        "router_files": router_fingerprint(),
        "floor_table": fingerprint_of(sorted(TABLE.glob("*.*"))),
        "articles": articles_hash(),
        "heldout": fingerprint_of((VIGNETTES, DIALOGUES)),
    }


def ask_all(questions: Sequence[tuple[str, Language]], models: Models) -> list[Reply]:
    """The replies, each question a conversation of its own, by turns to a patient and a clinician."""
    return [
        respond(
            Turn(text, language=language, audience="clinician" if at % 2 else "patient"),
            Conversation(),
            models,
        )[0]
        for at, (text, language) in enumerate(questions)
    ]


def citation_figures(replies: Sequence[Reply], settings: Settings) -> dict[str, float]:
    """How many sentences of the replies go without a citation, and how many citations dangle."""
    return {
        "questions": len(replies),
        "questions_answered_with_citations": sum(bool(reply.citations) for reply in replies),
        "uncited_sentences": sum(len(uncited_sentences(reply, settings)) for reply in replies),
        "dangling_marks": sum(len(dangling_marks(reply)) for reply in replies),
    }


def load_models(settings: Settings) -> Models:
    """All models; ``ValueError`` where questions in words could not be measured."""
    models = build_models(settings)
    if models.words is None:
        raise ValueError(
            "questions in words are off (the line above says why): nothing is measured. Mend with "
            "python -m knowledge_base index, python -m intents.training, python -m assistant.triage_training"
        )
    if models.words.second_look is None:
        raise ValueError(
            "the second look was made for another encoder: run python -m assistant.triage_training"
        )
    return models


def evaluate(
    models: Models,
    messages: Sequence[Vignette],
    scripts: Sequence[Dialogue],
    questions: Sequence[tuple[str, Language]],
) -> dict[str, float]:
    """Every figure by its name. ``models`` must have its words and its second look."""
    assert models.words is not None
    assert models.words.second_look is not None
    held = [hold(dialogue, models) for dialogue in scripts]
    return {
        **measure_vignettes(messages, models.words.encoder, models.words.second_look),
        **dialogue_figures(held),
        **citation_figures(ask_all(questions, models), models.settings),
    }


def read_figures(path: Path = FIGURES) -> dict[str, Any]:
    """The stored figures; empty where there are none."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 where something must be mended, with what it is."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--vignettes", type=Path, default=VIGNETTES)
    parser.add_argument("--dialogues", type=Path, default=DIALOGUES)
    options = parser.parse_args(arguments)
    ours = options.vignettes.resolve() == VIGNETTES.resolve()
    ours = ours and options.dialogues.resolve() == DIALOGUES.resolve()
    try:
        told, scripts = read_vignettes(options.vignettes), read_dialogues(options.dialogues)
        models = load_models(Settings())
        figures = evaluate(models, told, scripts, generated_questions())
        if ours:
            assert models.words is not None
            table = {**fingerprints(models.words.encoder.fingerprint), "assistant": figures}
            text = "# Written by `python -m assistant.evaluate`.\n" + to_toml(table)
            FIGURES.write_text(text, encoding="utf-8")
            keep_first(FIRST_RUN, text)
        first_run = read_figures(FIRST_RUN).get("assistant", {}) if ours else {}
        sys.stdout.write(as_markdown(GOALS, figures, {"first run": first_run}))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
