"""Against a server on this machine that answers in the service's format."""

import gzip
import logging
import threading
import time
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from knowledge_base.medlineplus import LARGEST_BYTES, TERM_LENGTH, Link, LookUpError, look_up, search_address

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<nlmSearchResult><term>{term}</term><count>2</count><list num="2" start="0" per="10">
<document rank="0" url="https://medlineplus.gov/pneumonia.html">
<content name="title">&lt;span class="qt0"&gt;Pneumonia&lt;/span&gt;</content>
<content name="snippet">…</content></document>
<document rank="1" url="http://medlineplus.gov/lungdiseases.html">
<content name="title">Lung  Diseases &amp;amp; &lt;b&gt;more&lt;/b&gt;</content></document>
<document rank="2" url="https://example.org/cure.html"><content name="title">A cure</content></document>
<document rank="3" url="https://medlineplus.gov/untitled.html"></document>
</list></nlmSearchResult>"""

Answer = Callable[[BaseHTTPRequestHandler, dict[str, list[str]]], None]


class Service:
    """A local stand-in for the web service; ``answer`` writes what it sends."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: Answer = send(PAGE)
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query)
                service.asked.append(asked)
                service.answer(self, asked)

            def log_message(self, *_: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ws/query"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def send(page: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        body = page.replace("{term}", escape(asked.get("term", [""])[0])).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for header in headers:
            handler.send_header(*header)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def page_at(url: str) -> Answer:
    return send(PAGE.replace("https://medlineplus.gov/pneumonia.html", escape(url)))


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_titles_and_links_come_in_order_without_marks(service: Service) -> None:
    assert look_up("pneumonia", "en", service.url) == (
        Link("Pneumonia", "https://medlineplus.gov/pneumonia.html"),
        Link("Lung Diseases & more", "https://medlineplus.gov/lungdiseases.html"),
    )


@pytest.mark.parametrize(("language", "database"), [("en", "healthTopics"), ("es", "healthTopicsSpanish")])
def test_each_language_asks_its_own_topics(service: Service, language: str, database: str) -> None:
    look_up("¿neumonía & tos?", language, service.url, limit=1)
    assert service.asked == [
        {"db": [database], "term": ["¿neumonía & tos?"], "rettype": ["brief"], "retmax": ["1"]}
    ]


def test_no_more_than_the_limit(service: Service) -> None:
    assert len(look_up("lungs", "en", service.url, limit=1)) == 1


def test_nothing_found_is_an_answer(service: Service) -> None:
    service.answer = send("<nlmSearchResult><count>0</count></nlmSearchResult>")
    assert look_up("qwertyuiop", "en", service.url) == ()


def test_a_long_message_is_not_sent_whole(service: Service) -> None:
    look_up("x " * 1000 + "my secret", "en", service.url)
    (sent,) = service.asked[0]["term"]
    assert len(sent) <= TERM_LENGTH
    assert "secret" not in sent


@pytest.mark.parametrize(
    "answer",
    [
        send("<html>not what was expected", 200),
        send("", 200),
        send(PAGE, 503),
        send('<!DOCTYPE a [<!ENTITY b "c">]><nlmSearchResult>&b;</nlmSearchResult>'),
        send("x" * (LARGEST_BYTES + 1)),
        send(PAGE.replace("UTF-8", "klingon")),
        send(PAGE.replace("UTF-8", "gb2312")),
        page_at("http://[x"),
        send(PAGE, headers=(("Content-Encoding", "gzip"),)),
    ],
    ids=[
        *("no XML", "empty", "an error", "an entity", "too large"),
        *("an unknown encoding", "an encoding of many bytes", "no address", "packed"),
    ],
)
def test_an_answer_that_cannot_be_read(service: Service, answer: Answer) -> None:
    service.answer = answer
    with pytest.raises(LookUpError):
        look_up("pneumonia", "en", service.url)


def test_nothing_packed_is_asked_for_or_unpacked(service: Service) -> None:
    accepted = []

    def bomb(handler: BaseHTTPRequestHandler, _asked: dict[str, list[str]]) -> None:
        accepted.append(handler.headers["Accept-Encoding"])
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(bytes(10 * LARGEST_BYTES)))

    service.answer = bomb
    with pytest.raises(LookUpError, match="ValueError"):
        look_up("pneumonia", "en", service.url)
    assert accepted == ["identity"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript://medlineplus.gov/%0aalert(1)",
        "ftp://medlineplus.gov/a",
        "//medlineplus.gov/a",
        "https://medlineplus.gov.example.org/a",
        "https://medlineplus.gov@example.org/a",
        "",
    ],
)
def test_links_elsewhere_are_dropped(service: Service, url: str) -> None:
    service.answer = page_at(url)
    assert [link.title for link in look_up("pneumonia", "en", service.url)] == ["Lung Diseases & more"]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://medlineplus.gov/a", "https://medlineplus.gov/a"),
        ("https://me:secret@medlineplus.gov:8080/a", "https://medlineplus.gov/a"),
        ("https://medlineplus.gov/a%20b?c=1&d=2#e", "https://medlineplus.gov/a%20b?c=1&d=2#e"),
        (
            "https://medlineplus.gov/a) [evil](https://evil.example",
            "https://medlineplus.gov/a%29%20%5Bevil%5D%28https://evil.example",
        ),
        ("https://medlineplus.gov/?<b>\\`'\"", "https://medlineplus.gov/?%3Cb%3E%5C%60%27%22"),
    ],
)
def test_a_link_is_safe_in_markdown(service: Service, url: str, safe: str) -> None:
    service.answer = page_at(url)
    assert look_up("pneumonia", "en", service.url)[0].url == safe


def test_a_service_that_does_not_answer_is_given_up(service: Service) -> None:
    service.answer = lambda *_: time.sleep(2)
    started = time.monotonic()
    with pytest.raises(LookUpError):
        look_up("pneumonia", "en", service.url, timeout=0.2)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX-Slow: "])
def test_a_service_that_drips_is_given_up(service: Service, head: bytes) -> None:
    hung_up = threading.Event()

    def drip(handler: BaseHTTPRequestHandler, _asked: dict[str, list[str]]) -> None:
        try:
            handler.wfile.write(head)
            for _ in range(30):
                handler.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            hung_up.set()

    service.answer = drip
    started = time.monotonic()
    with pytest.raises(LookUpError, match="TimeoutError"):
        look_up("pneumonia", "en", service.url, timeout=0.3)
    assert time.monotonic() - started < 1
    assert hung_up.wait(2), "the connection is still read"


def test_without_a_network() -> None:
    with pytest.raises(LookUpError):
        look_up("pneumonia", "en", "http://127.0.0.1:9/ws/query", timeout=1)


def test_a_person_finds_the_same_with_a_browser() -> None:
    address = search_address("tumor de hipófisis", "es")
    assert address.startswith("https://vsearch.nlm.nih.gov/")
    assert parse_qs(urlsplit(address).query)["query"] == ["tumor de hipófisis"]
    assert "medlineplus-spanish" in address


def test_what_is_asked_for_is_not_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        look_up("Juana Perez meningioma", "en", service.url)
    assert service.asked
    assert [record.getMessage() for record in caplog.records if "Juana" in record.getMessage()] == []


@pytest.mark.parametrize(
    ("name", "value"), [("ALL_PROXY", "nonsense://x"), ("SSL_CERT_FILE", "/no/such/file.pem")]
)
def test_a_setting_of_the_machine_that_cannot_be_used(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(LookUpError):
        look_up("meningioma", "en", "https://127.0.0.1:1/ws/query")
