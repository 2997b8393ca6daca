"""``python -m vision_models``: screen folders, and train, calibrate, evaluate and report the models."""

import argparse
import logging
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from vision_models.card import MODEL_NAMES, ModelError
from vision_models.screen import screen
from vision_models.screening.engine import Engine
from vision_models.screening.errors import ScreenError
from vision_models.screening.processes import Processes, processors
from vision_models.screening.report import LANGUAGES

#: Processes that a person may ask for; what is read by more is better read by a cluster.
MOST_WORKERS = 128
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
    except KeyboardInterrupt:
        print("stopped: the same command goes on from here", file=sys.stderr)
        return 130


def _screen(options: argparse.Namespace) -> None:
    run = screen(options.folder, options.out, _engine(options), options.language)
    print(f"{run.rows} rows, {run.errors} of them errors: {options.out}")
    print(f"report: {run.page}")


def _engine(options: argparse.Namespace) -> Engine:
    if options.engine == "local":
        if options.address:
            raise ScreenError("--address is of a Ray cluster: add --engine ray, or leave it out")
        return Processes(options.workers or processors())
    if options.workers:
        raise ScreenError("--workers is for --engine local: a cluster's own processors are used")
    try:
        from vision_models.screening.on_ray import OnRay
    except ModuleNotFoundError as error:
        raise ScreenError("--engine ray needs what requirements-scale.txt installs") from error
    return OnRay(options.address)


def _prepare(options: argparse.Namespace) -> int:
    from vision_models.training.prepare import Order, prepare

    values = {field.name: getattr(options, field.name) for field in fields(Order)}
    return _each(options, lambda _: print(prepare(Order(**values))))


def _train(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from vision_models.training.train import train

    def work(model: str) -> None:
        classes = options.classes.split(",") if options.classes else None
        print(train(model, options.data, options.runs, options.epochs, options.start, classes))

    return _each(options, work)


def _compare(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from vision_models.training.compare import compare

    def work(model: str) -> None:
        for row in compare(model, options.variant, options.data, options.runs):
            print(", ".join(f"{name} {value}" for name, value in row.items()))

    return _each(options, work)


def _export(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from vision_models.card import MODELS
    from vision_models.training.export import export

    def work(model: str) -> None:
        best = options.runs / model / "best.weights.h5"
        print(export(model, best, options.model_version, MODELS, options.average))

    return _each(options, work)


def _calibrate(options: argparse.Namespace) -> int:
    from vision_models.training.calibrate import calibrate

    return _each(options, lambda model: _print(model, calibrate(model, options.data)))


def _evaluate(options: argparse.Namespace) -> int:
    from vision_models.training.evaluate import evaluate
    from vision_models.training.goals import goals_table
    from vision_models.training.report_tables import figures_table

    figures: dict[str, dict[str, Any]] = {}

    def measure(model: str) -> None:
        figures[model] = evaluate(model, options.data)
        print(f"\n{model}\n{figures_table(figures[model])}")

    status = _each(options, measure)
    if status == 0 and options.model == "all":
        print(goals_table(figures))
    return status


def _report(options: argparse.Namespace) -> int:
    from vision_models.training.report import report

    return _each(options, lambda model: print(report(model, options.data)))


def _probe(options: argparse.Namespace) -> int:
    from vision_models.training.probes import probe
    from vision_models.training.report_tables import figures_table

    return _each(options, lambda model: print(figures_table(probe(model, options.data), "probe")))


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
    one = commands.add_parser("screen", help="read every image of a folder into a table, and report on it")
    one.add_argument("folder", help="or a .txt list of files, or an address such as s3://bucket/films")
    one.add_argument("out", type=Path, help="a .csv or .parquet file")
    one.add_argument("--engine", choices=("local", "ray"), default="local", help="processes, or a cluster")
    one.add_argument("--address", default="", help="of a Ray cluster, or auto; none starts one here")
    one.add_argument("--language", choices=LANGUAGES, default="en", help="of the report")
    one.add_argument(
        "--workers",
        type=int,
        choices=range(1, MOST_WORKERS + 1),
        metavar="N",
        help=f"processes that read, 1 to {MOST_WORKERS}, each with 200 MB; one a processor unless given",
    )
    _add_prepare(commands)
    for name, text in _TRAINING.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("model", choices=(*MODEL_NAMES, "all"))
        if name != "export":
            command.add_argument("--data", type=Path, required=True, help="the folder with the packs")
        if name in ("train", "export"):
            command.add_argument("--runs", type=Path, default=RUNS, help="where checkpoints are kept")
        if name == "train":
            command.add_argument("--epochs", type=int, help="fewer or more than the recipe says")
            command.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
            command.add_argument("--classes", help="other class names than the model's, joined by commas")
        if name == "export":
            command.add_argument("--model-version", required=True, help="such as 1.0.0")
            command.add_argument(
                "--average", type=Path, nargs="+", default=(), help="weights of other runs, to take the mean"
            )
    other = commands.add_parser("compare", help="train another network or on other data, and measure it")
    other.add_argument("model", choices=("chest_xray", "brain_mri"))
    other.add_argument("variant", nargs="+", help="such as small_cnn, no_mixing, fold_1")
    other.add_argument("--data", type=Path, required=True, help="the folder with the packs")
    other.add_argument("--runs", type=Path, default=RUNS, help="where checkpoints are kept")
    asked = commands.add_parser("probe", help="measure the shipped weights on pictures altered on purpose")
    asked.add_argument("model", choices=("chest_xray", "brain_mri"))
    asked.add_argument("--data", type=Path, required=True, help="the folder with the packs")
    made = commands.add_parser("synthesize", help="make the synthetic example pictures again")
    made.add_argument("--data", type=Path, required=True, help="the folder with the packs")
    made.add_argument("--out", type=Path, default=Path("ui/static/examples"))
    made.add_argument("--seed", type=int, default=0)
    return parser


def _add_prepare(commands: Any) -> None:
    own = commands.add_parser("prepare", help="make a pack, or folders, of your own images to train on")
    own.add_argument("model", choices=("chest_xray", "brain_mri"))
    own.add_argument("source", type=Path, help="the folder with the images, one subfolder a class")
    own.add_argument("out", type=Path, help="the folder of the pack; one that is there is added to")
    own.add_argument("--table", type=Path, help="the NIH's Data_Entry_2017.csv, in place of subfolders")
    own.add_argument("--finding", default="Pneumonia", help="the table's finding against normal, or any")
    own.add_argument("--name", default="", help="what to call the source of these images")
    own.add_argument("--age-group", choices=("adult", "child"), default="", help="whose images they are")
    own.add_argument("--any-class", action="store_true", help="keep classes that the model does not have")
    own.add_argument("--group-by", help="a regular expression; its first group in a file name is the patient")
    own.add_argument("--folders", action="store_true", help="write OUT/<split>/<class>/ in place of a pack")
    own.add_argument("--size", type=int, default=224, help="pixels of the shorter side")
    own.add_argument("--seed", type=int, default=0, help="another seed, another split")


_TRAINING = {
    "train": "train from ImageNet weights, picking up an interrupted run",
    "export": "write the trained weights as a LiteRT graph with its card",
    "calibrate": "fit temperature and thresholds on the validation split",
    "evaluate": "measure the shipped weights on the test split",
    "report": "measure again, draw the plots, and write them and the figures into the README",
}
_COMMANDS: dict[str, Any] = {
    "screen": _screen,
    "prepare": _prepare,
    "train": _train,
    "export": _export,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "compare": _compare,
    "report": _report,
    "probe": _probe,
    "synthesize": _synthesize,
}

if __name__ == "__main__":
    sys.exit(main())
