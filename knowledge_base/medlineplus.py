"""A look beyond the articles, when somebody asks for one: titles and links from MedlinePlus.

The public web service of the U.S. National Library of Medicine, in both languages
(https://medlineplus.gov/about/developers/webservices/). The only part of Galeno that uses a network.
"""

import logging
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import httpx2
from defusedxml.ElementTree import ParseError, fromstring

from knowledge_base.schema import Language

SERVICE = "https://wsearch.nlm.nih.gov/ws/query"
SEARCH_PAGE = "https://vsearch.nlm.nih.gov/vivisimo/cgi-bin/query-meta"
#: Links elsewhere are dropped, whatever the answer says.
HOSTS = ("medlineplus.gov", "www.medlineplus.gov")
#: Longer terms are cut: a search takes a few words, and what else a message says stays here.
TERM_LENGTH = 80
#: Seconds for the whole answer, and its largest size.
TIMEOUT, LARGEST_BYTES = 4.0, 1_000_000

_DATABASES = {"en": "healthTopics", "es": "healthTopicsSpanish"}
_PROJECTS = {"en": "medlineplus", "es": "medlineplus-spanish"}


#: What a service, a network and an answer of any bytes can raise: an unknown encoding is a ``LookupError``,
#: a forbidden entity or an address that is none a ``ValueError``, a proxy or a certificate that is of no use
#: an ``ImportError`` or an ``OSError``.
_FAULTS = (
    ImportError,
    OSError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    ParseError,
    LookupError,
    ValueError,
)


class LookUpError(Exception):
    """The service could not be asked, or its answer could not be read."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page that was found, as the service calls it. Nobody of ours has read it."""

    title: str
    url: str


def look_up(
    term: str, language: Language, service: str = SERVICE, limit: int = 5, timeout: float = TIMEOUT
) -> tuple[Link, ...]:
    """At most ``limit`` health topics for a term, best first, in ``language``; none is an answer too.

    ``timeout`` in seconds bounds the whole of it. Raises ``LookUpError``. What was asked for is not logged.
    """
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs each address, with the term in it
    asked = {"db": _DATABASES[language], "term": _cut(term), "rettype": "brief", "retmax": str(limit)}
    try:
        return _links(_fetch(f"{service}?{urlencode(asked)}", timeout))[:limit]
    except _FAULTS as error:
        raise LookUpError(f"{service}: {type(error).__name__}") from error


def search_address(term: str, language: Language) -> str:
    """Where a person finds the same with a browser."""
    project = _PROJECTS[language]
    asked = {"v:project": project, "v:sources": f"{project}-bundle", "query": _cut(term)}
    return f"{SEARCH_PAGE}?{urlencode(asked)}"


def _fetch(url: str, timeout: float) -> bytes:
    """The body of an answer, or ``TimeoutError`` after ``timeout`` seconds, or what ``_body`` raises.

    The client's own timeout is for one read, which a server that drips always meets. So another thread reads,
    and closing the client ends what it still reads.
    """
    answer: Future[bytes] = Future()

    def read() -> None:
        try:
            answer.set_result(_body(client, url))
        except BaseException as error:  # whoever waits for the answer gets it
            answer.set_exception(error)

    with httpx2.Client(timeout=timeout, headers={"Accept-Encoding": "identity"}) as client:
        threading.Thread(target=read, name="look-up", daemon=True).start()
        return answer.result(timeout)


def _body(client: httpx2.Client, url: str) -> bytes:
    """Raises ``httpx2.HTTPError``, and ``ValueError`` for an answer that is packed or too large."""
    body = b""
    with client.stream("GET", url) as response:
        response.raise_for_status()
        if (packed := response.headers.get("Content-Encoding", "identity").lower()) != "identity":
            raise ValueError(f"the answer is packed with {packed!r}, expected it as it is")
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise ValueError(f"the answer has more than {LARGEST_BYTES} bytes")
    return body


def _links(answer: bytes) -> tuple[Link, ...]:
    links = []
    for document in fromstring(answer).iter("document"):
        titles = [part.text or "" for part in document.iter("content") if part.get("name") == "title"]
        url = _safe_url(document.get("url", ""))
        if url and titles and titles[0].strip():
            links.append(Link(_plain(titles[0]), url))
    return tuple(links)


def _safe_url(url: str) -> str:
    """The address on one of ``HOSTS`` by https, with nothing in it that ends a Markdown link; else empty."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or parts.hostname not in HOSTS:
        return ""
    path, query, fragment = (quote(part, safe="/%:=&?+,@") for part in parts[2:])
    return urlunsplit(("https", parts.hostname, path, query, fragment))


def _cut(term: str) -> str:
    return " ".join(term.split())[:TERM_LENGTH].strip()


def _plain(title: str) -> str:
    """Without the marks around the words that were found: the service sends them as HTML in text."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", title)).split())
