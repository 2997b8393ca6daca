"""One model in a process of its own, which answers over HTTP: what a Serve replica runs.

Nothing of what is asked is kept or logged: an answer says what was wrong with a body, never what was in it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant import wire
from knowledge_base.encoder import Vectors, load_encoder
from vision_models.analyzer import load_network
from vision_models.cluster import has_gpu
from vision_models.runtime import Output

#: Calls of one batch. They go through the network one after the other, so the first waits for the last:
#: together they are no faster on a CPU (docs/SCALING.md has the figures).
BATCH = 4


class _Replica:
    """What both kinds share: ``name`` is the route, ``fingerprint`` the model's."""

    def __init__(self, name: str, fingerprint: str, largest: int) -> None:
        self._name = name
        self._fingerprint = fingerprint
        self._largest = largest
        self._served = 0
        self.check_health()  # the first pass is slow: not a visitor's

    def check_health(self) -> None:
        """One pass. Serve calls it now and then and replaces a replica where it raises or hangs."""
        raise NotImplementedError

    async def answer(self, content: bytes) -> bytes:
        """Raises ``ValueError`` for a body that is none of ours."""
        raise NotImplementedError

    async def __call__(self, request: Request) -> Response:
        """POST asks the model; GET says which one it is, and how many calls this replica has answered."""
        if request.method == "GET":
            replica = serve.get_replica_context().replica_id.unique_id
            facts = {
                "name": self._name,
                "model": self._fingerprint,
                "replica": replica,
                "served": self._served,
            }
            return JSONResponse(facts, headers={"Cache-Control": "no-store"})
        if request.method != "POST":
            return PlainTextResponse("expected POST or GET", 405, headers={"Allow": "GET, POST"})
        asked = request.headers.get(wire.MODEL_HEADER)
        if asked is None:
            return PlainTextResponse(f"expected {wire.MODEL_HEADER}, the fingerprint of the model", 400)
        if asked != self._fingerprint:
            return PlainTextResponse(f"this is {self._name} {self._fingerprint}, another model", 409)
        content = await _body(request, self._largest)
        if content is None:
            return PlainTextResponse(f"expected at most {self._largest} bytes", 413)
        try:
            answer = await self.answer(content)
        except ValueError as error:
            return PlainTextResponse(f"expected what assistant/wire.py writes: {error}", 400)
        self._served += 1
        return Response(answer, media_type="application/octet-stream")


class NetworkReplica(_Replica):
    """A vision network by its name, hash checked. Raises ``ModelError``."""

    def __init__(self, name: str) -> None:
        self._network = load_network(name, gpu=has_gpu())
        card = self._network.card
        self._size = card.image_size
        super().__init__(name, card.fingerprint, wire.LARGEST_PICTURE)

    def check_health(self) -> None:
        output = self._network(np.zeros((self._size, self._size, 3), np.uint8))
        if not np.isfinite(output.logits).all():
            raise RuntimeError(f"{self._name} gives no finite logits")

    async def answer(self, content: bytes) -> bytes:
        output: Output = await self._outputs(wire.read_picture(content, self._size))
        return wire.write_output(output)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=0)
    async def _outputs(self, pictures: list[NDArray[np.uint8]]) -> list[Output]:
        return await asyncio.to_thread(lambda: [self._network(picture) for picture in pictures])


class EncoderReplica(_Replica):
    """The shipped encoder, or another by its name or folder (see ``load_encoder``)."""

    def __init__(self, name: str = "") -> None:
        self._encoder = load_encoder(name) if name else load_encoder()
        super().__init__(wire.ENCODER, self._encoder.fingerprint, wire.LARGEST_TEXTS)

    def check_health(self) -> None:
        if not np.isfinite(self._encoder.encode_queries(["a"])).all():
            raise RuntimeError("the encoder gives no finite vector")

    async def answer(self, content: bytes) -> bytes:
        vectors: Vectors = await self._vectors(wire.read_texts(content))
        return wire.write_vectors(vectors)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=0)
    async def _vectors(self, calls: list[Sequence[str]]) -> list[Vectors]:
        """Each call by itself: a text among longer ones is padded to their length, and takes longer."""
        return await asyncio.to_thread(lambda: [self._encoder.encode_queries(texts) for texts in calls])


async def _body(request: Any, largest: int) -> bytes | None:
    """``None`` for more than ``largest`` bytes, which are not read to their end."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > largest:
            return None
    return content
