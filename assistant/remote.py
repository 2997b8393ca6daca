"""The same models elsewhere, for a front that does not want to run them itself: ``GALENO_SERVE_URL``.

The local ones are loaded all the same, and answer whenever the ones elsewhere do not: too late, not at all,
with another model, or with something that no network says. Neither question nor answer is ever logged.
"""

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx2
import numpy as np
from numpy.typing import NDArray

from assistant import wire
from knowledge_base.encoder import Encoder, Vectors
from vision_models.card import Card
from vision_models.classifier import Classify
from vision_models.runtime import Output

logger = logging.getLogger(__name__)

#: Seconds until a connection stands, for one try, and for both tries of a call.
CONNECT, ONE_TRY, BOTH_TRIES = 1.0, 2.0, 3.0
#: Seconds for which an address that failed is left alone. Then one call tries it again, and the others go on
#: without until it has.
PAUSE = 10.0
#: Connections are closed before the other end closes them, which would look like a failure.
LIMITS = httpx2.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=4.0)

#: What a network, a certificate and an answer of any bytes can raise.
_FAULTS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError)

T = TypeVar("T")


class _WrongError(Exception):
    """An answer that is not to be believed; the message says why, in words of ours."""


class _BusyError(Exception):
    """The address has more to do than it can."""


class Remote:
    """The address and its connections. Safe to call from several threads.

    ``asked`` and ``answered`` count calls; the rest of those asked were answered here.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs each request
        self._url = url.rstrip("/")
        parts = urlsplit(self._url)
        #: For the log: without a name and a password that may stand in it.
        self._shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._clock = clock
        # No proxy of the environment stands between machines of one house; a certificate of the house is
        # found where OpenSSL looks for it.
        self._client = httpx2.Client(
            trust_env=False, limits=LIMITS, verify=ssl.create_default_context(), transport=transport
        )
        self._lock = Lock()
        #: When each route may be asked again; "" is all of them.
        self._pauses: dict[str, float] = {}
        self.asked = self.answered = 0

    def ask(self, route: str, model: str, body: bytes, read: Callable[[bytes], T]) -> T | None:
        """What ``read`` makes of the answer; ``None`` where there is none to believe, and the local model is
        to answer. ``model`` is the fingerprint of that one; ``read`` raises ``ValueError``."""
        if not self._may_ask(route):
            return None
        try:
            answer = self._tried(route, model, body, read)
        except _BusyError:
            self._answers("")
            return None
        except _WrongError as error:
            self._answers("")
            self._pause(route, f"{self._shown}/{route} {error}")
            return None
        except _FAULTS as error:
            self._pause("", f"{self._shown} does not answer ({type(error).__name__})")
            return None
        self._answers("", route)
        with self._lock:
            self.answered += 1
        return answer

    def close(self) -> None:
        self._client.close()

    def _tried(self, route: str, model: str, body: bytes, read: Callable[[bytes], T]) -> T:
        """Twice, if need be. Raises ``_WrongError``, ``_BusyError``, and what of ``_FAULTS`` the last try
        raised."""
        until = self._clock() + BOTH_TRIES
        try:
            return self._once(route, model, body, read, until)
        except _FAULTS:
            if self._clock() >= until:
                raise
        return self._once(route, model, body, read, until)

    def _once(self, route: str, model: str, body: bytes, read: Callable[[bytes], T], until: float) -> T:
        left = min(ONE_TRY, max(until - self._clock(), 0.05))
        end = self._clock() + left
        headers = {wire.MODEL_HEADER: model, "Accept-Encoding": "identity"}
        timeout = httpx2.Timeout(left, connect=min(CONNECT, left))
        address = f"{self._url}/{route}"
        with self._client.stream("POST", address, content=body, headers=headers, timeout=timeout) as response:
            if response.status_code == 503:
                raise _BusyError
            if response.status_code >= 500:  # a replica that died on it, for one
                raise httpx2.HTTPStatusError("", request=response.request, response=response)
            if response.status_code == 409:
                raise _WrongError(f"has another model than {model}")
            if response.status_code != 200:
                raise _WrongError(f"answers with status {response.status_code}")
            content = b""
            for chunk in response.iter_raw():
                content += chunk
                if len(content) > wire.LARGEST_ANSWER:
                    raise _WrongError(f"answers with more than {wire.LARGEST_ANSWER} bytes")
                if self._clock() > end:  # each read in time, and the whole not
                    raise TimeoutError
        try:
            return read(content)
        except ValueError as error:
            raise _WrongError(f"gives no answer of this model: {error}") from error

    def _may_ask(self, route: str) -> bool:
        with self._lock:
            now = self._clock()
            if any(now < self._pauses.get(name, 0.0) for name in ("", route)):
                return False
            for name in ("", route):
                if name in self._pauses:
                    self._pauses[name] = now + PAUSE  # this call tries, the others wait for how it ends
            self.asked += 1
            return True

    def _pause(self, name: str, reason: str) -> None:
        with self._lock:
            known = name in self._pauses
            self._pauses[name] = self._clock() + PAUSE
        if not known:
            logger.error("%s: the models here answer, and it is asked again every %g s", reason, PAUSE)

    def _answers(self, *names: str) -> None:
        with self._lock:
            back = [name for name in names if self._pauses.pop(name, None) is not None]
        if back:
            logger.info("%s answers again", self._shown)


class RemoteNetwork:
    """``Classify``, by the network elsewhere that has this one's fingerprint, else by this one."""

    def __init__(self, local: Classify, remote: Remote) -> None:
        self._local = local
        self._remote = remote
        size = local.card.image_size
        self._shapes = wire.shapes_of(local(np.zeros((size, size, 3), np.uint8)))

    @property
    def card(self) -> Card:
        return self._local.card

    def __call__(self, picture: NDArray[np.uint8], /) -> Output:
        card = self._local.card
        read = partial(wire.read_output, shapes=self._shapes)
        output = self._remote.ask(card.name, card.fingerprint, wire.write_picture(picture), read)
        return self._local(picture) if output is None else output


class RemoteEncoder:
    """``Encoder``, the same way. Passages are encoded here: no turn has any."""

    def __init__(self, local: Encoder, remote: Remote) -> None:
        self._local = local
        self._remote = remote

    @property
    def fingerprint(self) -> str:
        return self._local.fingerprint

    @property
    def dimension(self) -> int:
        return self._local.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        vectors = self._elsewhere(texts)
        return self._local.encode_queries(texts) if vectors is None else vectors

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._local.encode_passages(texts)

    def _elsewhere(self, texts: Sequence[str]) -> Vectors | None:
        try:
            body = wire.write_texts(texts)
        except ValueError:
            return None
        if not 0 < len(texts) <= wire.MOST_TEXTS or len(body) > wire.LARGEST_TEXTS:
            return None
        read = partial(wire.read_vectors, shape=(len(texts), self.dimension))
        return self._remote.ask(wire.ENCODER, self.fingerprint, body, read)
