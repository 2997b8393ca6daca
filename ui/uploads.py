"""Files that a person attaches: read into memory, then deleted from Gradio's upload folder at once.

Gradio writes an upload to a folder named after the hash of its content, and serves that folder to
anyone who knows the address. So the file leaves it as soon as its turn has read it, and
``use_private_folders`` gives each upload a folder of its own: two visitors who send the same
picture at the same time do not delete each other's, and no address can be worked out from a file. One that
cannot be written, on a full disk, is told in a sentence, and nothing of it stays.
"""

import contextlib
import errno
import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import route_utils, routes
from gradio.utils import get_upload_folder
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from assistant.conversation import Attachment
from assistant.messages import messages
from ui.interface import page_language
from vision_models.image_io import read_file

logger = logging.getLogger(__name__)

#: Images in one turn, and bytes of all of them; what is beyond is not read, and that is told.
MOST_IMAGES, MOST_BYTES = 20, 100 * 2**20

#: Bytes that may lie in the upload folder together; who comes after that is told that there is no room.
MOST_LYING = 2 * 2**30


def use_private_folders() -> None:
    """Makes Gradio name the folder of each upload with a random salt, and clean up after one that fails. Safe
    to call twice.

    Gradio has no option for it: it looks these up in its modules, and names the folder with the digest of the
    upload's ``sha``.
    """
    route_utils.GradioUploadFile = _PrivateUpload
    route_utils.GradioMultiPartParser = _TidyParser
    routes.upload_fn = _upload


# Gradio is not typed for mypy here, so its class is Any, which strict mode lets nobody subclass.
class _PrivateUpload(route_utils.GradioUploadFile):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sha.update(secrets.token_bytes(32))


class _Nowhere(set[str]):
    """Takes the place of a set that only grows."""

    def add(self, _: str) -> None:
        pass

    def update(self, *_: Iterable[str]) -> None:
        pass


def forget_names(page: gr.Blocks) -> None:
    """Gradio notes the path of each upload, with its name, until it deletes the file itself: here a turn has
    done so long before."""
    page.upload_file_set = _Nowhere()
    for block in page.blocks.values():
        block.temp_files = _Nowhere()
    page.temp_file_sets = []


class _TidyParser(route_utils.GradioMultiPartParser):  # type: ignore[misc]
    """Of an upload that breaks off, or that the disk has no room for, Gradio leaves what was written; and it
    gathers in memory what is no file, whatever its length."""

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_part.file is None:
            raise MultiPartException("Files were expected.")

    async def parse(self) -> Any:
        try:
            return await super().parse()
        except BaseException:  # a connection that broke off too
            for file in self._files_to_close_on_error:
                with contextlib.suppress(OSError):  # what is left in its buffer does not fit either
                    file.close()
                with contextlib.suppress(OSError):
                    Path(file.name).unlink()
            if self.upload_progress is not None:
                self.upload_progress.set_done(self.upload_id)
            raise


async def _upload(request: Request, *arguments: Any, **options: Any) -> Any:
    """Gradio's own; its route answers a ``MultiPartException`` with its message, which the page shows."""
    try:
        if lying(Path(get_upload_folder())) > MOST_LYING:
            raise OSError(errno.EDQUOT, "the upload folder is full")
        return await route_utils.upload_fn(request, *arguments, **options)
    except OSError as error:
        logger.error("an upload could not be written: %s", error.strerror)
        language = page_language("auto", request.headers.get("accept-language", ""))
        raise MultiPartException(messages(language)("error.no_room")) from None


def lying(folder: Path) -> int:
    """Bytes of the files in ``folder``."""
    size = 0
    for place, _, names in os.walk(folder):  # which passes over a folder that has just gone
        for name in names:
            with contextlib.suppress(OSError):  # a turn has just taken it
                size += Path(place, name).lstat().st_size
    return size


def take_uploads(paths: Iterable[str], folder: str | Path | None = None) -> tuple[Attachment, ...]:
    """The files as attachments, in order, as far as a turn takes them: ``MOST_IMAGES``, and ``MOST_BYTES`` or
    what comes just past that. None of them is on disk any more, nor are those beyond.

    A file that cannot be read, or that lies outside ``folder`` (``None``: Gradio's upload folder),
    has ``content`` ``None``; one outside is neither read nor deleted. Of one that is too long there is
    as much as shows that it is (``read_file``). Raises ``ValueError`` for a path that there cannot be.
    """
    root = Path(folder or get_upload_folder()).resolve()
    taken: list[Attachment] = []
    size = 0
    for path in map(Path, paths):
        wanted = len(taken) < MOST_IMAGES and size < MOST_BYTES
        content = _take(path, root, wanted)
        size += len(content or b"")
        if wanted:
            taken.append(Attachment(path.name, content))
    return tuple(taken)


def _take(path: Path, root: Path, wanted: bool) -> bytes | None:
    if path.is_symlink() or not path.resolve().is_relative_to(root):
        return None
    try:
        return read_file(path) if wanted else None
    finally:
        _delete(path, root)


def _delete(path: Path, root: Path) -> None:
    """Deletes the file and the folder that Gradio made for it, where nothing else is in it."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.error("an upload could not be deleted: %s", type(error).__name__)
    if path.parent.resolve() != root:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
