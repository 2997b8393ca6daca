"""A look beyond the articles, when somebody asks for one: titles and links from MedlinePlus.

The public web service of the U.S. National Library of Medicine, in both languages
(https://medlineplus.gov/about/developers/webservices/). The only part of Galeno that uses a network.
"""

import re
import time
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit

import httpx2
from defusedxml import DefusedXmlException
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

    ``timeout`` in seconds bounds the whole of it. Raises ``LookUpError``.
    """
    asked = {"db": _DATABASES[language], "term": _cut(term), "rettype": "brief", "retmax": str(limit)}
    try:
        root = fromstring(_fetch(f"{service}?{urlencode(asked)}", timeout))
    except (httpx2.HTTPError, httpx2.InvalidURL, ParseError, DefusedXmlException) as error:
        raise LookUpError(f"{service}: {type(error).__name__}") from error
    links = []
    for document in root.iter("document"):
        titles = [part.text or "" for part in document.iter("content") if part.get("name") == "title"]
        url = document.get("url", "")
        if titles and titles[0].strip() and urlsplit(url).hostname in HOSTS:
            links.append(Link(_plain(titles[0]), url.replace("http://", "https://", 1)))
    return tuple(links[:limit])


def search_address(term: str, language: Language) -> str:
    """Where a person finds the same with a browser."""
    project = _PROJECTS[language]
    asked = {"v:project": project, "v:sources": f"{project}-bundle", "query": _cut(term)}
    return f"{SEARCH_PAGE}?{urlencode(asked)}"


def _fetch(url: str, timeout: float) -> bytes:
    """The body of an answer. Raises ``httpx2.HTTPError``, also for one too slow or too large."""
    ends = time.monotonic() + timeout
    body = b""
    with httpx2.stream("GET", url, timeout=timeout) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_BYTES or time.monotonic() > ends:
                raise httpx2.ReadTimeout("too slow or too large")
    return body


def _cut(term: str) -> str:
    return " ".join(term.split())[:TERM_LENGTH].strip()


def _plain(title: str) -> str:
    """Without the marks around the words that were found: the service sends them as HTML in text."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", title)).split())
