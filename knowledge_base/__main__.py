"""The knowledge base's own commands: ``python -m knowledge_base check|index|encoder|finetune|tune``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from knowledge_base.index import StaleIndexError
from knowledge_base.problems import ArticleError

DATA = Path(__file__).parents[2] / "shared" / "data"
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
    encoder = commands.add_parser("encoder", help="make the whole encoder, which finetune begins with")
    encoder.add_argument("folder", type=Path, help="where to; not in the project")
    encoder.add_argument("--data", type=Path, default=DATA, help="folder with text/medquad_pairs.jsonl.gz")
    finetune = commands.add_parser(
        "finetune", help="make the shipped encoder smaller and teach it our questions"
    )
    finetune.add_argument("--base", type=Path, required=True, help="folder of the whole encoder")
    finetune.add_argument("--data", type=Path, default=DATA, help="folder with text/medquad_pairs.jsonl.gz")
    finetune.add_argument(
        "--runs", type=Path, default=RUNS, help="folder for checkpoints (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return _check()
        if options.command == "index":
            return _index(options.encoder)
        if options.command == "tune":
            return _tune(options.encoder)
        if options.command == "finetune":
            return _finetune(options.base, options.data, options.runs)
        return _encoder(options.data, options.folder)
    except (ArticleError, StaleIndexError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _check() -> int:
    from knowledge_base.coverage import report
    from knowledge_base.index import read_manifest, stale_because
    from knowledge_base.passages import articles_hash, read_library

    library = read_library()
    sys.stdout.write(report(library) + "\n")
    try:
        reasons = stale_because(read_manifest(), articles_hash(), None)
        remark = (
            f"index: stale, {reasons[0]}. Run: python -m knowledge_base index"
            if reasons
            else "index: up to date"
        )
    except StaleIndexError as error:
        remark = f"index: {error}"
    sys.stdout.write(remark + "\n")
    for problem in library.problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if library.problems else 0


def _index(name: str | None) -> int:
    from knowledge_base.encoder import SHIPPED, load_encoder
    from knowledge_base.index import INDEX, build_index

    manifest = build_index(load_encoder(name or SHIPPED))
    count = sum(map(len, manifest.passage_ids.values()))
    sys.stdout.write(f"{INDEX}: {count} passages, encoder {manifest.encoder}, articles {manifest.articles}\n")
    return 0


def _tune(name: str | None) -> int:
    from knowledge_base.encoder import SHIPPED, load_encoder
    from knowledge_base.fusion import FUSION, NEUTRAL, write_fusion
    from knowledge_base.questions import TRAINING, load_questions
    from knowledge_base.retriever import load_retriever
    from knowledge_base.tuning import fit, make_examples

    encoder = load_encoder(name or SHIPPED)
    retriever = load_retriever(encoder.fingerprint, fusion=NEUTRAL)
    write_fusion(fit(make_examples(load_questions(TRAINING), retriever, encoder)))
    sys.stdout.write(FUSION.read_text("utf-8"))
    return 0


def _encoder(data: Path, folder: Path) -> int:
    from knowledge_base.training import build_encoder

    if not data.is_dir():
        sys.stderr.write(f"{data}: no such folder; the pieces are counted on the project's own texts alone\n")
    for key, value in build_encoder(data if data.is_dir() else None, folder).items():
        sys.stdout.write(f"{key} = {value}\n")
    sys.stdout.write(f"Now run: python -m knowledge_base finetune --base {folder}\n")
    return 0


def _finetune(base: Path, data: Path, runs: Path) -> int:
    import logging

    from knowledge_base.encoder import SHIPPED
    from knowledge_base.finetuning import finetune

    logging.basicConfig(level=logging.INFO)
    for key, value in finetune(base, data, SHIPPED, runs).items():
        sys.stdout.write(f"{key} = {value}\n")
    sys.stdout.write("Now run: python -m knowledge_base index, tune; python -m intents.training\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
