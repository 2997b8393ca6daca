from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gradio import route_utils, routes
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from assistant.conversation import Attachment
from assistant.messages import messages
from assistant.settings import Settings
from tests.loop import finish
from ui import uploads
from ui.chat import build_page
from ui.uploads import MOST_IMAGES, take_uploads, use_private_folders
from vision_models.image_io import MAX_BYTES


def test_an_upload_is_read_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "5f3a" / "scan.png"
    file.parent.mkdir()
    file.write_bytes(b"bytes")
    assert take_uploads([str(file)], tmp_path) == (Attachment("scan.png", b"bytes"),)
    assert list(tmp_path.iterdir()) == []


def test_a_turn_takes_so_many_images_and_no_more(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(MOST_IMAGES + 5)]
    for file in files:
        file.write_bytes(b"x")
    taken = take_uploads(map(str, files), tmp_path)
    assert [image.name for image in taken] == [file.name for file in files[:MOST_IMAGES]]
    assert list(tmp_path.iterdir()) == []


def test_a_turn_takes_so_many_bytes_and_what_comes_just_past_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 25)
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"x" * 10)
    taken = take_uploads([str(tmp_path / f"{number}.png") for number in range(5)], tmp_path)
    assert [len(image.content or b"") for image in taken] == [10, 10, 10]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_long_is_read_as_far_as_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "long.png"
    with file.open("wb") as opened:
        opened.truncate(3 * MAX_BYTES)
    (image,) = take_uploads([str(file)], tmp_path)
    assert image.content is not None
    assert len(image.content) == MAX_BYTES + 1


def test_a_full_upload_folder_takes_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(uploads, "MOST_LYING", 1000)
    use_private_folders()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "waiting.png").write_bytes(bytes(2000))
    scope = {"type": "http", "headers": [(b"accept-language", b"es")]}
    with pytest.raises(MultiPartException) as refused:
        finish(routes.upload_fn(Request(scope)))
    assert refused.value.message == messages("es")("error.no_room")


def test_a_file_that_is_gone_is_an_attachment_without_content(tmp_path: Path) -> None:
    assert take_uploads([str(tmp_path / "x" / "a.png")], tmp_path) == (Attachment("a.png", None),)


def test_a_file_elsewhere_is_neither_read_nor_deleted(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret.png", tmp_path / "uploads"
    folder.mkdir()
    secret.write_bytes(b"secret")
    link = folder / "link.png"
    link.symlink_to(secret)
    paths = [str(secret), str(folder / ".." / "secret.png"), str(link)]
    assert [item.content for item in take_uploads(paths, folder)] == [None, None, None]
    assert secret.read_bytes() == b"secret"


def test_the_same_file_sent_twice_goes_to_two_folders() -> None:
    use_private_folders()
    use_private_folders()
    first, second = (route_utils.GradioUploadFile(None, filename="a.png") for _ in range(2))
    assert first.sha.hexdigest() != second.sha.hexdigest()


def test_no_name_of_an_upload_is_kept(queued_answer: Any, tmp_path: Path) -> None:
    """Gradio would, on the page and in each of its parts."""
    page = build_page(None, Settings(), queued_answer())
    file = tmp_path / "Juan Perez RX torax.png"
    file.write_bytes(b"x")
    page.upload_file_set.update([str(file)])
    box = next(block for block in page.blocks.values() if block.elem_id == "g-box")
    assert "Juan" in box.move_resource_to_block_cache(str(file))
    assert not box.temp_files
    assert not [name for names in (page.upload_file_set, *page.temp_file_sets) for name in names]


def test_what_is_no_file_is_not_gathered(tmp_path: Path) -> None:
    use_private_folders()

    async def field() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\n' + b"1" * 10_000
        pytest.fail("it went on reading")

    headers = Headers({"Content-Type": "multipart/form-data; boundary=x"})
    parser = route_utils.GradioMultiPartParser(headers, field(), upload_dir=tmp_path, max_file_size=1e9)
    with pytest.raises(MultiPartException, match="Files were expected"):
        finish(parser.parse())


def test_of_an_upload_that_breaks_off_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_private_folders()

    async def broken() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + b"1" * 10_000
        assert [path.stat().st_size for path in tmp_path.iterdir()] != []
        raise ClientDisconnect

    headers = Headers({"Content-Type": "multipart/form-data; boundary=x"})
    parser = route_utils.GradioMultiPartParser(headers, broken(), upload_dir=tmp_path, max_file_size=1e9)
    with pytest.raises(ClientDisconnect):
        finish(parser.parse())
    assert list(tmp_path.iterdir()) == []
