"""``python -m vision_models``: screen folders, and train, calibrate, evaluate and report the models."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

from vision_models.card import MODEL_NAMES, ModelError
from vision_models.screen import ScreenError, screen

RUNS = Path.home() / "galeno-runs"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; an expected failure is one sentence on standard error and exit status 2."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return int(_COMMANDS[options.command](options) or 0)
    except (ScreenError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2


def _screen(options: argparse.Namespace) -> None:
    from vision_models.analyzer import load_analyzer

    rows, errors = screen(options.folder, options.out, load_analyzer())
    print(f"{rows} rows, {errors} of them errors: {options.out}")


def _train(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from vision_models.training.train import train

    return _each(options, lambda model: print(train(model, options.data, options.runs, options.epochs)))


def _export(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from vision_models.training.export import export

    return _each(
        options,
        lambda model: print(export(model, options.runs / model / "best.weights.h5", options.model_version)),
    )


def _calibrate(options: argparse.Namespace) -> int:
    from vision_models.training.calibrate import calibrate

    return _each(options, lambda model: _print(model, calibrate(model, options.data)))


def _evaluate(options: argparse.Namespace) -> int:
    from vision_models.training.evaluate import evaluate
    from vision_models.training.report import figures_table

    return _each(options, lambda model: print(f"\n{model}\n{figures_table(evaluate(model, options.data))}"))


def _report(options: argparse.Namespace) -> int:
    from vision_models.training.report import report

    return _each(options, lambda model: print(report(model)))


def _synthesize(options: argparse.Namespace) -> None:
    from vision_models.training.synthesize import synthesize

    for path in synthesize(options.data, options.out, options.seed):
        print(path)


def _each(options: argparse.Namespace, work: Any) -> int:
    """Does ``work`` for the model named, or for all; bad data is one sentence."""
    from vision_models.training.data import DataError

    try:
        for model in MODEL_NAMES if options.model == "all" else (options.model,):
            work(model)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _print(model: str, values: dict[str, float]) -> None:
    print(model, ", ".join(f"{name} {value:.4f}" for name, value in values.items()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vision_models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("screen", help="read every image under a folder into a table")
    one.add_argument("folder", type=Path)
    one.add_argument("out", type=Path, help="a .csv or .parquet file")
    one.add_argument("--engine", choices=["local"], default="local")
    for name, text in _TRAINING.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("model", choices=(*MODEL_NAMES, "all"))
        if name not in ("report", "export"):
            command.add_argument("--data", type=Path, required=True, help="the folder with the packs")
        if name in ("train", "export"):
            command.add_argument("--runs", type=Path, default=RUNS, help="where checkpoints are kept")
        if name == "train":
            command.add_argument("--epochs", type=int, help="fewer or more than the recipe says")
        if name == "export":
            command.add_argument("--model-version", required=True, help="such as 1.0.0")
    made = commands.add_parser("synthesize", help="make the synthetic example pictures again")
    made.add_argument("--data", type=Path, required=True, help="the folder with the packs")
    made.add_argument("--out", type=Path, default=Path("ui/static/examples"))
    made.add_argument("--seed", type=int, default=0)
    return parser


_TRAINING = {
    "train": "train from ImageNet weights, picking up an interrupted run",
    "export": "write the trained weights as a LiteRT graph with its card",
    "calibrate": "fit temperature and thresholds on the validation split",
    "evaluate": "measure the shipped weights on the test split",
    "report": "write the card's figures into its README",
}
_COMMANDS: dict[str, Any] = {
    "screen": _screen,
    "train": _train,
    "export": _export,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "report": _report,
    "synthesize": _synthesize,
}

if __name__ == "__main__":
    sys.exit(main())
