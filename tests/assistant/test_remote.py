"""The models elsewhere, played by a function: what is believed, what is not, and when nobody is asked."""

import logging
from collections.abc import Callable

import httpx2
import numpy as np
import pytest

from assistant import build, wire
from assistant.remote import BOTH_TRIES, PAUSE, Remote, RemoteEncoder, RemoteNetwork
from assistant.settings import SettingError, Settings, read_settings
from knowledge_base.fake_encoder import FakeEncoder
from tests.vision_models.fakes import FakeNetwork, make_card, picture, region_of
from vision_models.classifier import Classify
from vision_models.runtime import Output

Handler = Callable[[httpx2.Request], httpx2.Response]

CARD = make_card("brain_mri")
TEXT = "a secret of mine"


class Elsewhere:
    """Answers like ``serving`` does, or as ``instead`` says; notes what it is asked, in its own time."""

    def __init__(self, instead: Handler | None = None) -> None:
        region = region_of(CARD, slice(1, 3), slice(1, 3))
        self.network = FakeNetwork(CARD, lambda _: {"glioma": 0.9, "no_tumor": 0.1}, region, other=-1.0)
        self.encoder = FakeEncoder()
        self.instead = instead
        self.asked: list[str] = []
        self.now = 100.0
        self.remote = Remote(
            "http://user:pass@models.test/", lambda: self.now, httpx2.MockTransport(self._answer)
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if self.instead is not None:
            return self.instead(request)
        return self.well(request)

    def well(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        if request.url.path == "/encoder":
            assert request.headers[wire.MODEL_HEADER] == self.encoder.fingerprint
            vectors = self.encoder.encode_queries(wire.read_texts(content))
            return answer(200, wire.write_vectors(vectors))
        assert request.headers[wire.MODEL_HEADER] == CARD.fingerprint
        output = self.network(wire.read_picture(content, CARD.image_size))
        return answer(200, wire.write_output(output))


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def local() -> FakeNetwork:
    region = region_of(CARD, slice(1, 3), slice(1, 3))
    return FakeNetwork(CARD, lambda _: {"no_tumor": 1.0}, region, other=-2.0)


def asked(network: Classify) -> Output:
    return network(picture(height=CARD.image_size, width=CARD.image_size))


def answer(code: int, content: bytes) -> httpx2.Response:
    """As it comes from a network: not read yet."""
    return httpx2.Response(code, stream=httpx2.ByteStream(content))


def status(code: int) -> Handler:
    return lambda _: answer(code, b"no")


def fails(error: type[httpx2.HTTPError]) -> Handler:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise error("no", request=request)

    return handler


def test_a_picture_is_read_elsewhere(elsewhere: Elsewhere, local: FakeNetwork) -> None:
    network = RemoteNetwork(local, elsewhere.remote)
    before = len(local.seen)
    output, expected = asked(network), asked(elsewhere.network)
    for part in ("logits", "class_maps", "embedding", "region"):
        assert np.array_equal(getattr(output, part), getattr(expected, part))
    assert output.other == expected.other
    assert network.card is CARD
    assert elsewhere.asked == ["/brain_mri"]
    assert len(local.seen) == before
    assert np.array_equal(elsewhere.network.seen[0], elsewhere.network.seen[1])


def test_texts_are_encoded_elsewhere_and_passages_here(elsewhere: Elsewhere) -> None:
    encoder, local = RemoteEncoder(elsewhere.encoder, elsewhere.remote), FakeEncoder()
    texts = ["¿Qué es un glioma?", "why", ""]
    assert np.array_equal(encoder.encode_queries(texts), local.encode_queries(texts))
    assert elsewhere.asked == ["/encoder"]
    assert np.array_equal(encoder.encode_passages(texts), local.encode_passages(texts))
    assert (encoder.fingerprint, encoder.dimension) == (local.fingerprint, local.dimension)
    assert len(elsewhere.asked) == 1


@pytest.mark.parametrize("texts", [[], ["a"] * (wire.MOST_TEXTS + 1), ["a" * wire.LARGEST_TEXTS]])
def test_what_no_turn_asks_is_not_asked_elsewhere(elsewhere: Elsewhere, texts: list[str]) -> None:
    encoder = RemoteEncoder(elsewhere.encoder, elsewhere.remote)
    assert encoder.encode_queries(texts).shape == (len(texts), encoder.dimension)
    assert elsewhere.asked == []


def test_half_a_letter_is_the_business_of_the_encoder_here(elsewhere: Elsewhere) -> None:
    with pytest.raises(UnicodeEncodeError):
        RemoteEncoder(FakeEncoder(), elsewhere.remote).encode_queries(["\ud800"])
    assert elsewhere.asked == []


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_an_address_that_fails_twice_is_left_alone_for_a_while(
    elsewhere: Elsewhere,
    local: FakeNetwork,
    error: type[httpx2.HTTPError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    network, encoder = RemoteNetwork(local, elsewhere.remote), RemoteEncoder(FakeEncoder(), elsewhere.remote)
    elsewhere.instead = fails(error)
    with caplog.at_level(logging.INFO):
        assert asked(network).other == -2.0
        assert len(elsewhere.asked) == 2
        encoder.encode_queries([TEXT])
        asked(network)
        assert len(elsewhere.asked) == 2, "the address, not one route of it"
        elsewhere.now += PAUSE
        asked(network)
        assert len(elsewhere.asked) == 4
        elsewhere.now += PAUSE
        elsewhere.instead = None
        assert asked(network).other == -1.0
        encoder.encode_queries([TEXT])
        assert len(elsewhere.asked) == 6
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "http://models.test does not answer" in caplog.text
    assert TEXT not in caplog.text
    assert "pass" not in caplog.text


def test_after_the_pause_one_call_tries_and_the_others_do_not_wait_for_it(
    elsewhere: Elsewhere, local: FakeNetwork
) -> None:
    network = RemoteNetwork(local, elsewhere.remote)
    elsewhere.instead = fails(httpx2.ConnectError)
    asked(network)
    elsewhere.now += PAUSE
    meanwhile: list[Output] = []

    def slowly(request: httpx2.Request) -> httpx2.Response:
        meanwhile.append(asked(network))
        return elsewhere.well(request)

    elsewhere.instead = slowly
    assert asked(network).other == -1.0
    assert [output.other for output in meanwhile] == [-2.0]


def test_one_failure_is_tried_again(elsewhere: Elsewhere, local: FakeNetwork) -> None:
    replies = iter([httpx2.Response(500), None])
    elsewhere.instead = lambda request: next(replies) or elsewhere.well(request)
    assert asked(RemoteNetwork(local, elsewhere.remote)).other == -1.0
    assert len(elsewhere.asked) == 2


def test_both_tries_have_their_time_together(elsewhere: Elsewhere, local: FakeNetwork) -> None:
    def late(request: httpx2.Request) -> httpx2.Response:
        elsewhere.now += BOTH_TRIES
        raise httpx2.ReadTimeout("late", request=request)

    elsewhere.instead = late
    assert asked(RemoteNetwork(local, elsewhere.remote)).other == -2.0
    assert len(elsewhere.asked) == 1


def test_an_answer_that_drips_is_not_waited_for(elsewhere: Elsewhere, local: FakeNetwork) -> None:
    class Drip(httpx2.SyncByteStream):
        def __iter__(self):
            for _ in range(1000):
                elsewhere.now += 0.1
                yield b"x"

    elsewhere.instead = lambda _: httpx2.Response(200, stream=Drip())
    began = elsewhere.now
    assert asked(RemoteNetwork(local, elsewhere.remote)).other == -2.0
    assert elsewhere.now - began < BOTH_TRIES + 0.2


def test_one_that_is_busy_is_asked_again_next_time(
    elsewhere: Elsewhere, local: FakeNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    network = RemoteNetwork(local, elsewhere.remote)
    elsewhere.instead = status(503)
    assert asked(network).other == -2.0
    assert len(elsewhere.asked) == 1
    elsewhere.instead = None
    assert asked(network).other == -1.0
    assert caplog.records == []


@pytest.mark.parametrize("code", [400, 404, 409, 302, 204])
def test_another_model_or_no_answer_is_said_once_and_concerns_that_route_alone(
    elsewhere: Elsewhere, local: FakeNetwork, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    network, encoder = RemoteNetwork(local, elsewhere.remote), RemoteEncoder(FakeEncoder(), elsewhere.remote)
    elsewhere.instead = status(code)
    for _ in range(3):
        assert asked(network).other == -2.0
        elsewhere.now += PAUSE
    assert elsewhere.asked == ["/brain_mri"] * 3
    assert len(caplog.records) == 1
    assert ("another model" in caplog.text) is (code == 409)
    elsewhere.now -= PAUSE
    elsewhere.instead = None
    encoder.encode_queries(["a"])
    assert elsewhere.asked[-1] == "/encoder"


def other_parts(output: Output) -> list[bytes]:
    """Outputs that the network here never gives."""
    nan = output.logits.copy()
    nan[0] = np.nan
    assert output.region is not None
    changes = [
        {"logits": nan},
        {"logits": output.logits[:-1]},
        {"logits": output.logits.astype(np.float64)},
        {"class_maps": output.class_maps[:, :1]},
        {"embedding": output.embedding[None]},
        {"region": None},
        {"region": output.region + 0.5},
        {"region": output.region - 0.5},
        {"other": None},
        {"other": float("inf")},
    ]
    facts = {name: getattr(output, name) for name in ("logits", "class_maps", "embedding", "region", "other")}
    return [wire.write_output(Output(**facts | change)) for change in changes]


def test_what_no_network_says_is_not_believed(local: FakeNetwork) -> None:
    good = wire.write_output(asked(local))
    bodies = [*other_parts(asked(local)), b"", b"{}", good[:-1], good + b"x", b"\xff" * 64]
    bodies += [b"\x80" + b"\x93NUMPY", b"x" * (wire.LARGEST_ANSWER + 1)]
    bodies += [wire.write_vectors(np.ones((1, 4), np.float32))]
    for body in bodies:
        elsewhere = Elsewhere(lambda _, body=body: answer(200, body))
        assert asked(RemoteNetwork(local, elsewhere.remote)).other == -2.0
        assert len(elsewhere.asked) == 1


@pytest.mark.parametrize("scale", [0.0, 1.1, np.nan])
def test_a_vector_has_unit_length(scale: float) -> None:
    encoder = FakeEncoder()
    expected = encoder.encode_queries(["a"])
    body = wire.write_vectors(np.asarray(expected * scale, np.float32))
    elsewhere = Elsewhere(lambda _: answer(200, body))
    assert np.array_equal(RemoteEncoder(encoder, elsewhere.remote).encode_queries(["a"]), expected)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b'{"texts": []}', b'{"texts": "a"}', b'{"texts": [1]}', b"\xff", b"[" * 100_000),
        *(wire.write_texts(["a"] * (wire.MOST_TEXTS + 1)), b'{"texts": ["\\ud800"]}'),
    ],
)
def test_a_body_without_texts_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds; serving answers 400 to any
        wire.read_texts(content)


def test_a_body_without_a_picture_is_refused() -> None:
    small = picture(height=48, width=48)
    assert np.array_equal(wire.read_picture(wire.write_picture(small), 48), small)
    assert np.array_equal(wire.read_picture(wire.write_picture(small[:, ::-1]), 48), small[:, ::-1])
    for content in (b"", wire.write_picture(small), wire.write_vectors(np.ones((1, 4), np.float32))):
        with pytest.raises(ValueError):  # noqa: PT011 - as above
            wire.read_picture(content, 64)


def test_the_address_is_a_setting() -> None:
    assert read_settings({}).serve_url == ""
    assert read_settings({"GALENO_SERVE_URL": "http://models:8000"}).serve_url == "http://models:8000"
    for value in ("on", "models:8000", "ftp://models", "http://", "http://[::1", "http://models:x"):
        with pytest.raises(SettingError, match="GALENO_SERVE_URL is "):
            read_settings({"GALENO_SERVE_URL": value})


@pytest.mark.model
def test_without_an_address_nothing_of_it_is_there() -> None:
    assert build.remote_at("") is None
    words, eyes = build.load_words(Settings()), build.load_eyes(Settings())
    assert words is not None
    assert not isinstance(words.encoder, RemoteEncoder)
    assert eyes is not None


@pytest.mark.model
def test_with_an_address_that_does_not_answer_all_is_as_without(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(serve_url="http://127.0.0.1:9")
    words, eyes = build.load_words(settings), build.load_eyes(settings)
    assert words is not None
    assert isinstance(words.encoder, RemoteEncoder)
    assert words.second_look is not None
    assert eyes is not None
    here = build.load_words(Settings())
    assert here is not None
    assert np.array_equal(words.encoder.encode_queries([TEXT]), here.encoder.encode_queries([TEXT]))
    size = eyes.card("brain_mri").image_size
    blank = eyes.analyze_array("x", picture(height=size, width=size))
    assert blank.gate is not None
    assert len(caplog.records) == 1
