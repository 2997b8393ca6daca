"""The knowledge base's own commands: ``python -m knowledge_base --help`` lists them."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from knowledge_base.problems import ArticleError, StaleIndexError

logger = logging.getLogger(__name__)

DATA = Path(__file__).parents[2] / "shared" / "data"
#: What is made with the encoder's vectors, in this order, and then measured.
AFTER_A_NEW_ENCODER = (
    "knowledge_base index",
    "knowledge_base tune",
    "intents.training",
    "assistant.triage_training",
    "knowledge_base.evaluate",
    "intents.evaluate",
    "assistant.evaluate",
    "assistant figures",
)
#: What the making of the encoder reads of the packs.
PACKS = ("medquad_pairs.jsonl.gz", "clinc150_sample.jsonl.gz")
RUNS = Path.home() / "galeno-runs" / "encoder"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 when all is well and 1 when something must be mended, with what it is."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what is wrong with the articles, and what they cover")
    index = commands.add_parser(
        "index", help="make the index again, after the articles or the encoder changed"
    )
    index.add_argument("--encoder", help="a folder or a hub name (default: the encoder in the project)")
    tune = commands.add_parser("tune", help="fit the weights of the search on the training questions")
    tune.add_argument("--encoder", help="a folder or a hub name (default: the encoder in the project)")
    commands.add_parser("words", help="make the list of words that are never taken for slips")
    encoder = commands.add_parser("encoder", help="make the whole encoder, which finetune begins with")
    encoder.add_argument("folder", type=Path, help="where to; not in the project")
    encoder.add_argument("--data", type=Path, default=DATA, help="folder with the text packs, in text/")
    finetune = commands.add_parser(
        "finetune", help="make the shipped encoder smaller and teach it our questions"
    )
    finetune.add_argument("--base", type=Path, required=True, help="folder of the whole encoder")
    finetune.add_argument("--data", type=Path, default=DATA, help="folder with the text packs, in text/")
    finetune.add_argument(
        "--runs", type=Path, default=RUNS, help="folder for checkpoints (default: %(default)s)"
    )
    commands.add_parser("graph", help="write what serving runs of the shipped encoder, after finetune did")
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return _check()
        if options.command == "index":
            return _index(options.encoder)
        if options.command == "tune":
            return _tune(options.encoder)
        if options.command == "words":
            return _words()
        if options.command == "finetune":
            return _finetune(options.base, options.data, options.runs)
        if options.command == "graph":
            return _graph()
        return _encoder(options.data, options.folder)
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error}: run pip install -r requirements-train.txt\n")
        return 1
    except (StaleIndexError, OSError, ValueError) as error:
        # Shown only where logging is on, as in a training run of hours.
        logger.info("what went wrong:", exc_info=True)
        sys.stderr.write(f"{error}\n")
        return 1


def _check() -> int:
    from knowledge_base.coverage import report
    from knowledge_base.fusion import load_fusion
    from knowledge_base.index import load_index, shipped_fingerprint
    from knowledge_base.passages import missing_topics, read_library
    from knowledge_base.questions import load_passage_questions

    today = date.today()
    library = read_library(today=today)
    sys.stdout.write(report(library, today) + "\n")
    wrong = [str(problem) for problem in (*missing_topics(), *library.problems)]
    try:
        load_index(library, shipped_fingerprint())
        sys.stdout.write("index: up to date\n")
        load_fusion().check_encoder(shipped_fingerprint())
        sys.stdout.write("weights of the search: up to date\n")
    except (StaleIndexError, OSError, ValueError) as error:
        wrong.append(f"index: {error}")
    if not wrong:
        load_passage_questions(library)
    sys.stderr.writelines(f"{sentence}\n" for sentence in wrong)
    return 1 if wrong else 0


def _index(name: str | None) -> int:
    from knowledge_base.encoder import SHIPPED, open_encoder
    from knowledge_base.index import INDEX, build_index
    from knowledge_base.passages import missing_topics

    if missing := missing_topics():
        raise ArticleError(missing)
    manifest = build_index(open_encoder(name or SHIPPED))
    count = sum(map(len, manifest.passage_ids.values()))
    sys.stdout.write(f"{INDEX}: {count} passages, encoder {manifest.encoder}, articles {manifest.articles}\n")
    return 0


def _tune(name: str | None) -> int:
    from knowledge_base.encoder import SHIPPED, open_encoder
    from knowledge_base.fusion import FUSION, NEUTRAL, write_fusion
    from knowledge_base.passages import load_library
    from knowledge_base.questions import TRAINING, UNNAMED, load_passage_questions, load_questions
    from knowledge_base.retriever import load_retriever
    from knowledge_base.tuning import fit, fit_scope, make_examples

    encoder = open_encoder(name or SHIPPED)
    scope = fit_scope([question.text for question in load_passage_questions(load_library())], encoder)
    retriever = load_retriever(encoder.fingerprint, fusion=replace(NEUTRAL, scope=scope))
    questions, unnamed = load_questions(TRAINING), load_questions(UNNAMED)
    fusion = fit(make_examples(questions, retriever, encoder, unnamed))
    write_fusion(replace(fusion, encoder=encoder.fingerprint, scope=scope))
    sys.stdout.write(FUSION.read_text("utf-8"))
    return 0


def _encoder(data: Path, folder: Path) -> int:
    from knowledge_base.training import build_encoder

    _require_packs(data)
    for key, value in build_encoder(data, folder).items():
        sys.stdout.write(f"{key} = {value}\n")
    sys.stdout.write(f"Now run: python -m knowledge_base finetune --base {folder}\n")
    return 0


def _require_packs(data: Path) -> None:
    for name in PACKS:
        if not (data / "text" / name).is_file():
            raise FileNotFoundError(f"{data / 'text' / name}: no such file, expected one of the text packs")


def _words() -> int:
    from knowledge_base.common_words import write_common_words

    sys.stdout.write(f"{write_common_words()} words\n")
    return 0


def _finetune(base: Path, data: Path, runs: Path) -> int:
    from knowledge_base.encoder import SHIPPED
    from knowledge_base.finetuning import finetune

    _require_packs(data)
    logging.basicConfig(level=logging.INFO)
    for key, value in finetune(base, data, SHIPPED, runs).items():
        sys.stdout.write(f"{key} = {value}\n")
    sys.stdout.write(f"Now run: {' && '.join(f'python -m {command}' for command in AFTER_A_NEW_ENCODER)}\n")
    return 0


def _graph() -> int:
    from knowledge_base.encoder import SHIPPED
    from knowledge_base.graph import write_graph

    sys.stdout.write(f"{write_graph(SHIPPED)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
