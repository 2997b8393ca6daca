"""What is to be read: a folder, a list of files, or an address of an object store, and the bytes of each."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow
from pyarrow import fs

from vision_models.image_io import MAX_BYTES, read_file
from vision_models.screening.errors import ScreenError

#: Files that are no image by their name; the last is what a run writes beside its table.
NOT_IMAGES = (".csv", ".txt", ".md", ".json", ".report.html")


@dataclass(frozen=True, slots=True)
class Item:
    """One image: ``path`` as the table names it, ``place`` where it lies: a path on this machine, or one in
    the store at ``address``."""

    path: str
    place: str
    address: str = ""


def find(given: str, own: set[Path]) -> list[Item]:
    """Every image in ``given``, in a fixed order: a folder, a ``.txt`` of paths or addresses, one a line, or
    an address such as ``s3://bucket/films``.

    ``own``: files of the run itself, which are passed over. Raises ``ScreenError``, also for none at all.
    """
    path = Path(given)
    if "://" in given:
        items, kind = list(_in_store(given, own)), "address"
    elif path.is_dir():
        items, kind = list(_in_folder(path, own)), "folder"
    elif path.suffix.lower() == ".txt" and path.is_file():
        items, kind = list(_in_list(path)), "list"
    else:
        raise ScreenError(f"{given} is not a folder: name one that holds images, a .txt list or an address")
    if not items:
        raise ScreenError(f"there is no image in the {kind} {given}: name one that holds images")
    return items


def read(item: Item) -> bytes | None:
    """Its bytes, at most one more than allowed; ``None`` where there is no such file, or nobody may read it.
    Raises ``ScreenError`` where the store does not answer."""
    if not item.address:
        return read_file(Path(item.place))
    store, _ = _store(item.address)
    try:
        with store.open_input_stream(item.place) as stream:
            return bytes(stream.read(MAX_BYTES + 1))
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        return None
    except (OSError, pyarrow.ArrowException) as error:
        raise ScreenError(
            f"{without_keys(item.address)} does not answer: run the same command again to go on"
        ) from error


def visible_folder(items: Sequence[Item]) -> str:
    """One that holds some of ``items`` on this machine; empty where all are in a store."""
    folders = (Path(item.place).parent for item in items if not item.address)
    return next((str(folder) for folder in folders if folder.is_dir()), "")


def check_visible(folder: str, where: str) -> None:
    """Raises ``ScreenError`` where another machine does not see a ``visible_folder``."""
    if folder and not Path(folder).is_dir():
        raise ScreenError(
            f"{where} there is no {folder}: use a folder that all machines share, or an object store"
        )


def without_keys(given: str) -> str:
    """An address without what may hold keys: what follows its path, and who asks."""
    if "://" not in given:
        return given
    parts = urlsplit(given)
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()


def _in_folder(folder: Path, own: set[Path]) -> Iterator[Item]:
    folder = folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if _may_be_image(name) and path.resolve() not in own:
                yield Item(_printable(path.relative_to(folder).as_posix()), str(path))


def _in_list(path: Path) -> Iterator[Item]:
    """A path stands as it is written, from the folder of the list where it is not absolute. Blank lines and
    those that begin with ``#`` are passed over; of the same line twice, the second."""
    lines = path.read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()
    for line in dict.fromkeys(line.strip() for line in lines):
        if line and not line.startswith("#"):
            yield _listed(line, path.resolve().parent)


def _listed(line: str, folder: Path) -> Item:
    if "://" not in line:
        return Item(_printable(line), str(folder / line))
    parts = urlsplit(line)
    address = parts._replace(path="" if parts.netloc else "/").geturl()
    _, base = _store(address)
    return Item(without_keys(line), str(PurePosixPath(base, unquote(parts.path).lstrip("/"))), address)


def _in_store(address: str, own: set[Path]) -> Iterator[Item]:
    store, base = _store(address)
    try:
        found = store.get_file_info(fs.FileSelector(base, recursive=True))
    except FileNotFoundError as error:
        raise ScreenError(
            f"{without_keys(address)} does not exist: name a folder that holds images"
        ) from error
    except (OSError, pyarrow.ArrowException) as error:
        raise ScreenError(f"{without_keys(address)} cannot be listed: {_reason(error)}") from error
    is_here = isinstance(store, fs.LocalFileSystem)
    paths = {info.path: PurePosixPath(info.path).relative_to(base) for info in found if info.is_file}
    for place, path in sorted(paths.items(), key=lambda pair: pair[1].parts):
        hidden = any(part.startswith(".") for part in path.parts)
        if not hidden and _may_be_image(path.name) and not (is_here and Path(place).resolve() in own):
            yield Item(path.as_posix(), place, address)


@lru_cache(maxsize=32)
def _store(address: str) -> tuple[Any, str]:
    """The file system at an address, and the path in it. Raises ``ScreenError``."""
    try:
        store, base = fs.FileSystem.from_uri(address)
    except (ValueError, OSError, pyarrow.ArrowException) as error:
        raise ScreenError(
            f"{without_keys(address)} is no address that pyarrow reads: {_reason(error)}"
        ) from error
    return store, base


def _may_be_image(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(NOT_IMAGES)


def _printable(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are written out (``\\xff``)."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
