"""The models on a real Ray Serve, asked by a real front and its visitors, while parts of it die."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import numpy as np
import pytest

from assistant import wire
from assistant.remote import PAUSE, Remote, RemoteEncoder, RemoteNetwork
from knowledge_base.encoder import load_encoder
from serving.deployments import MOST_ON_THEIR_WAY, MOST_WAITING, NAMES
from tests.load.crowd import Crowd
from tests.load.server import ROOT, Server, free_port, running
from tests.load.stories import EXAMPLES
from tests.loop import finish
from tests.scale.serving_fixtures import Models, serving
from vision_models.analyzer import load_analyzer, load_network

pytestmark = pytest.mark.model

REPLICAS = 2
#: Who comes, for how many seconds, and what is killed when.
VISITORS, SECONDS, RAMP = 60, 45.0, 12.0
KILLED = ((18.0, "encoder"), (26.0, "gate"), (34.0, "brain_mri"), (40.0, "encoder"))
TEXT = "¿Qué es un meningioma? Me llamo Quirina Xochitl"


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    with serving(REPLICAS) as started:
        yield started


@pytest.fixture
def remote(models: Models) -> Iterator[Remote]:
    asked = Remote(models.url)
    yield asked
    asked.close()


def noise(name: str, seed: int = 0) -> np.ndarray:
    size = load_network(name).card.image_size
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def post(models: Models, route: str, content: bytes, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{models.url}/{route}", content=content, headers=headers, trust_env=False, timeout=20)


def test_what_is_read_there_is_what_is_read_here(remote: Remote) -> None:
    here, there = load_analyzer(), load_analyzer(through=partial(RemoteNetwork, remote=remote))
    for path in sorted(EXAMPLES.glob("*.png")):
        own, other = (analyzer.analyze(path.name, path.read_bytes()) for analyzer in (here, there))
        assert (other.verdict, other.finding, other.prediction_set) == (
            own.verdict, own.finding, own.prediction_set,
        )  # fmt: skip
        if own.logits is not None and other.logits is not None:
            assert np.abs(own.logits - other.logits).max() < 1e-4
    encoder = load_encoder()
    texts = [TEXT, "why?", "🙂", "x" * 4000]
    vectors = RemoteEncoder(encoder, remote).encode_queries(texts)
    assert np.abs(vectors - encoder.encode_queries(texts)).max() < 1e-5
    assert remote.answered == remote.asked > len(list(EXAMPLES.glob("*.png")))


def test_another_model_is_not_asked(remote: Remote, caplog: pytest.LogCaptureFixture) -> None:
    local = load_network("gate")
    local.card = replace(local.card, temperature=local.card.temperature + 1)
    picture = noise("gate")
    network = RemoteNetwork(local, remote)
    assert np.array_equal(network(picture).logits, local(picture).logits)
    assert (remote.asked, remote.answered) == (1, 0)
    assert "another model" in caplog.text


def test_a_bad_body_is_refused_with_a_sentence(models: Models) -> None:
    gate = {wire.MODEL_HEADER: load_network("gate").card.fingerprint}
    encoder = {wire.MODEL_HEADER: load_encoder().fingerprint}
    picture = wire.write_picture(noise("gate"))
    assert post(models, "gate", picture, **gate).status_code == 200
    for route, content, headers, status in (
        ("gate", picture, {}, 400),
        ("gate", picture, encoder, 409),
        ("gate", b"\x80\x04\x95", gate, 400),
        ("gate", picture[:-1], gate, 400),
        ("gate", wire.write_picture(np.zeros((8, 8, 3), np.uint8)), gate, 400),
        ("gate", bytes(wire.LARGEST_PICTURE + 1), gate, 413),
        ("encoder", b"[]", encoder, 400),
        ("encoder", b"[" * 100_000, encoder, 400),
        ("encoder", b'{"texts": ["\\ud800"]}', encoder, 400),
        ("encoder", bytes(wire.LARGEST_TEXTS + 1), encoder, 413),
        ("other", picture, gate, 404),
    ):
        answer = post(models, route, content, **headers)
        assert (answer.status_code, bool(answer.text)) == (status, True), (route, content[:20])
    assert httpx2.put(f"{models.url}/gate", trust_env=False).status_code == 405
    assert post(models, "gate", picture, **gate).status_code == 200


def test_more_than_they_can_is_refused_at_once(models: Models) -> None:
    headers = {wire.MODEL_HEADER: load_network("chest_xray").card.fingerprint}
    picture = wire.write_picture(noise("chest_xray"))
    before, many = models.served()["chest_xray"], 2 * REPLICAS * (MOST_ON_THEIR_WAY + MOST_WAITING)
    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(lambda _: post(models, "chest_xray", picture, **headers), range(many)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) == models.served()["chest_xray"] - before > 0
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1


def test_sixty_visitors_see_nothing_of_replicas_that_die(models: Models) -> None:
    before = models.served()
    with running({"GALENO_SERVE_URL": models.url}) as front:
        wait_until_ready(front)
        crowd = Crowd(front.url, front.layout)
        killed = finish(come_and_kill(crowd, models))
        assert [record.fault for record in crowd.records if record.fault] == []
        assert len(killed) == len(KILLED)
        assert len([record for record in crowd.records if record.kind in ("text", "image")]) > VISITORS
        # The front may have had to answer itself, which it says; nothing else.
        assert [line for line in front.errors() if "assistant.remote" not in line] == []
    after = models.served()
    # Those that died took their counts with them.
    assert sum(after.values()) - sum(before.values()) > VISITORS
    assert all(after[name] > 0 for name in NAMES)


def test_nothing_of_a_person_is_logged(models: Models, remote: Remote) -> None:
    encoder = RemoteEncoder(load_encoder(), remote)
    encoder.encode_queries([TEXT])
    headers = {wire.MODEL_HEADER: encoder.fingerprint}
    post(models, "encoder", ('{"texts": "' + TEXT + '"}').encode(), **headers)
    time.sleep(1.0)
    paths = list(models.logs())
    assert len(paths) > len(NAMES)
    texts = {path: path.read_bytes() for path in paths}
    assert [path.name for path, text in texts.items() if b"Quirina" in text or b"Xochitl" in text] == []
    assert [path.name for path, text in texts.items() if b"POST /encoder" in text] == []


def test_models_that_go_are_done_without_and_asked_again_when_they_are_back(
    models: Models, remote: Remote
) -> None:
    picture, encoder = noise("brain_mri"), load_encoder()
    local = load_network("brain_mri")
    network, elsewhere = RemoteNetwork(local, remote), RemoteEncoder(encoder, remote)
    expected = local(picture).logits

    def answered() -> int:
        before = remote.answered
        assert np.abs(network(picture).logits - expected).max() < 1e-4
        assert np.abs(elsewhere.encode_queries([TEXT]) - encoder.encode_queries([TEXT])).max() < 1e-5
        return remote.answered - before

    assert answered() == 2
    left = models.left()
    assert models.stop() == 0
    assert [process.command for process in left if process.is_there()] == []
    began = time.monotonic()
    assert [answered() for _ in range(20)] == [0] * 20
    assert time.monotonic() - began < 5.0, "a delay for one of them, and not for each"
    models.start()
    deadline = time.monotonic() + PAUSE + 5.0
    while not answered():
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert answered() == 2


def test_it_says_in_a_sentence_why_it_cannot_begin() -> None:
    port = str(free_port())
    for arguments, encoder, status, says in (
        (["--address", f"127.0.0.1:{free_port()}"], "", 2, "no Ray cluster answers at 127.0.0.1"),
        (["--address", "nonsense"], "", 2, "is no address of a Ray cluster"),
        (["--host", "192.0.2.77"], "", 2, "is taken or not of this machine"),
        ([], "./nowhere", 1, "no such folder, expected an encoder"),
        (["--replicas", "999"], "", 2, "not 999"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "serving", "--port", port, *arguments],
            cwd=ROOT,
            env={**os.environ, "GALENO_ENCODER": encoder},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (ended.returncode, ended.stdout) == (status, "")
        assert says in ended.stderr
        assert "Traceback" not in ended.stderr


async def come_and_kill(crowd: Crowd, models: Models) -> list[int]:
    async def kill() -> list[int]:
        began, killed = time.monotonic(), []
        for at, name in KILLED:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            killed.append(models.kill_replica(name))
        return killed

    killing = asyncio.create_task(kill())
    await crowd.come(VISITORS, SECONDS, RAMP)
    return await killing


def wait_until_ready(front: Server) -> None:
    deadline = time.monotonic() + 120.0
    while httpx2.get(f"{front.url}/ready", trust_env=False).json() != {"text": True, "images": True}:
        assert time.monotonic() < deadline, Path(front.log).read_text()
        time.sleep(0.2)
