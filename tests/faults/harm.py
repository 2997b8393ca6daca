"""What can happen to a file, done to a copy: the project's own files are only linked to."""

import os
import shutil
from pathlib import Path

HARMS = ("missing", "cut", "flipped")
ROOT = Path(__file__).resolve().parents[2]
#: What ``app.py`` runs on.
PACKAGES = ("assistant", "intents", "knowledge_base", "vision_models", "ui")


def linked(source: Path, target: Path) -> Path:
    """The folder ``source`` again, its files links to the real ones."""
    return Path(shutil.copytree(source, target, copy_function=os.symlink))


def checkout(target: Path) -> Path:
    """A checkout that runs: the code is copied, since a link to it would find the real files beside it."""

    def copy(source: str, place: str) -> str:
        if source.endswith(".py"):
            return str(shutil.copyfile(source, place))
        Path(place).symlink_to(source)
        return place

    needless = shutil.ignore_patterns("__pycache__", "training", "heldout", "utterances")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, target / name, copy_function=copy, ignore=needless)
    shutil.copyfile(ROOT / "app.py", target / "app.py")
    shutil.copyfile(ROOT / "pyproject.toml", target / "pyproject.toml")
    return target


def harm(path: Path, how: str) -> Path:
    """Takes the file away (``missing``), cuts it in half (``cut``), or turns the highest bit of the byte in
    the middle of it (``flipped``), which no text in UTF-8 survives."""
    content = path.read_bytes()
    path.unlink()
    middle = len(content) // 2
    if how == "cut":
        path.write_bytes(content[:middle])
    elif how == "flipped":
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0x80]) + content[middle + 1 :])
    return path
