"""Where memory runs out: one large picture is refused, a turn ends in an apology, and the next one works."""

import json
import os
import platform
import subprocess
import sys

import pytest

from assistant.conversation import Conversation, Reply, Turn
from ui.dialogue import Talk, converse
from ui.turns import Answer
from vision_models import image_io
from vision_models.image_io import ImageError, decode

pytestmark = pytest.mark.model

#: Reads a picture of 49 megapixels with so many megabytes of addresses left, then an ordinary one, and says
#: what came of both.
SCRIPT = """
import io, json, resource, sys
from PIL import Image
from ui.boundary import apologise
from ui.welcome import example_picture
from vision_models.analyzer import load_analyzer
written = io.BytesIO()
Image.new("RGB", (7000, 7000), (90, 90, 90)).save(written, "PNG", compress_level=1)
analyzer, ordinary = load_analyzer(), example_picture("glioma").content
analyzer.analyze("warm.png", ordinary)
pages = int(open("/proc/self/statm").read().split()[0])
for room in map(int, sys.argv[1:]):
    most = pages * resource.getpagesize() + room * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    try:
        analysis = analyzer.analyze("large.png", written.getvalue())
        large = [analysis.verdict, analysis.reason]
    except Exception as error:
        large = ["apology", apologise(error, "en")]
    print(json.dumps([room, large, analyzer.analyze("b.png", ordinary).finding]))
"""

#: Eight threads take memory at the same moment; then the C library tells of each place that it took it from.
THREADS = """
import ctypes, os, sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import app
from ui.memory import keep_memory_together
if sys.argv[1:]:
    keep_memory_together()
together = Barrier(8)
def take(_):
    together.wait(30)
    return bytes(1000) * 50
with ThreadPoolExecutor(8) as pool:
    taken = list(pool.map(take, range(8)))
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps memory in its own way")
def test_memory_is_taken_from_one_place_however_many_threads_there_are() -> None:
    def places(*wish: str) -> int:
        environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        ended = subprocess.run(
            [sys.executable, "-c", THREADS, *wish],
            capture_output=True,
            text=True,
            env=environment,
            timeout=100,
            check=True,
        )
        return ended.stderr.count("Arena ")

    assert places("together") == 1 < places()


def test_a_picture_that_memory_does_not_hold_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(content: bytes, enough: int | None) -> None:
        raise MemoryError

    monkeypatch.setattr(image_io, "_picture", full)
    with pytest.raises(ImageError) as raised:
        decode(b"\x89PNG")
    assert raised.value.reason == "too_large"


def test_with_little_memory_a_large_picture_is_refused_and_the_next_one_read() -> None:
    rooms = ["40", "150", "300", "600", "1200"]
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *rooms], capture_output=True, text=True, timeout=200, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [str(room) for room, _, _ in outcomes] == rooms
    assert {after for _, _, after in outcomes} == {"glioma"}
    said = [large for _, large, _ in outcomes]
    assert said[0] == ["rejected", "too_large"]
    assert said[-1][0] == "rejected"  # with enough of it, it is a grey picture and no scan
    assert said[-1][1] != "too_large"
    assert all(verdict in ("rejected", "apology") for verdict, _ in said)


def test_a_turn_that_finds_no_memory_is_an_apology_and_the_conversation_goes_on(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    def starved(*arguments: object, **options: object) -> tuple[Reply, Conversation]:
        raise MemoryError

    *_, before = converse(Talk(answer, "es"), Turn("¿Qué es un glioma?"), Conversation(language="es"), ())
    talk = Talk(starved, "es")
    *_, failed = converse(talk, Turn("¿Y los síntomas?"), before.conversation, before.transcript)
    assert failed.conversation == before.conversation
    assert failed.transcript[-1].reply is None
    assert "Lo siento" in failed.transcript[-1].shown[0].content
    assert "MemoryError" in caplog.text
    *_, after = converse(Talk(answer, "es"), Turn("¿Y los síntomas?"), failed.conversation, failed.transcript)
    reply = after.transcript[-1].reply
    assert reply is not None
    assert reply.citations[0].topic == "glioma"
