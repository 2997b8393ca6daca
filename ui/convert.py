"""Pure conversions: what a person sends becomes a ``Turn``, and a ``Reply`` becomes transcript entries.

Text entries are Markdown for Gradio's renderer, which removes unsafe HTML once more; HTML entries
are shown as they are, so everything in them that is not ours goes through ``escaping.escape``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.conversation import Attachment, Audience, Citation, Language, Reply, Turn
from ui.escaping import escape, plain, safe_url
from ui.reading import reading_card
from ui.texts import load_texts

Role = Literal["user", "assistant"]
Kind = Literal["text", "html"]

#: Longer messages are answered whole but shown cut, to keep the page light.
SHOWN_CHARACTERS = 4000

#: Pieces that a reply is streamed in: enough to see it grow, few enough to be quick.
PIECES = 14

LANGUAGES: Mapping[str, Language] = {"en": "en", "es": "es"}
AUDIENCES: Mapping[str, Audience] = {"patient": "patient", "clinician": "clinician"}

#: A word with its marks: a mark's link, whose title has spaces, is never cut.
_WORD = re.compile(r'\s*(?:\[\\\[\d+\\\]\]\(<[^>]*> "[^"]*"\)|\S)+')
_MARK = re.compile(r"\[(\d{1,2})\](?!\()")


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the transcript. ``content`` is Markdown where ``kind`` is ``text``, else safe HTML.

    ``passing`` marks the line that says what is being done, which the reply takes the place of.
    """

    role: Role
    kind: Kind
    content: str
    passing: bool = False


def turn_of(text: str, images: Iterable[Attachment], language: str, audience: str) -> Turn:
    """The turn that the message box and the selectors stand for; an unknown choice means "find out"."""
    return Turn(
        text=text.strip(),
        images=tuple(images),
        language=LANGUAGES.get(language),
        audience=AUDIENCES.get(audience),
    )


def user_entries(turn: Turn, language: Language) -> tuple[Entry, ...]:
    """What the person sent, as they see it: the names of the files, then the text."""
    texts = load_texts(language)
    entries = []
    if turn.images:
        chips = "".join(
            f'<li title="{escape(texts("page.attached", name=image.name))}">{escape(image.name)}</li>'
            for image in turn.images
        )
        entries.append(Entry("user", "html", f'<ul class="g-files">{chips}</ul>'))
    if turn.text:
        shown = plain(turn.text[:SHOWN_CHARACTERS])
        if len(turn.text) > SHOWN_CHARACTERS:
            shown += f" … *{texts('page.cut')}*"
        entries.append(Entry("user", "text", shown))
    return tuple(entries)


def reply_entries(reply: Reply) -> tuple[Entry, ...]:
    """A reply as it is shown: its readings, its text, its sources. An emergency puts the text first."""
    language = reply.language
    cards = [Entry("assistant", "html", reading_card(analysis, language)) for analysis in reply.analyses]
    text = [Entry("assistant", "text", with_marks(reply.text, reply.citations))]
    entries = text + cards if reply.action == "triage" else cards + text
    if reply.citations:
        entries.append(Entry("assistant", "html", sources_list(reply.citations, language)))
    return tuple(entries)


def begun_entries(reply: Reply) -> tuple[Entry, ...]:
    """A reply whose text is still being written: its sources, the last entry, come when it is whole."""
    entries = reply_entries(reply)
    return entries[:-1] if reply.citations else entries


def status_entry(step: str | None, language: Language) -> Entry:
    """The line that says what is being done: the step of a picture, or, without one, thinking."""
    texts = load_texts(language)
    sentence = texts("page.thinking") if step is None else texts.code("steps", step)
    return Entry("assistant", "html", f'<p class="g-status">{escape(sentence)}</p>', passing=True)


def with_marks(text: str, citations: Sequence[Citation]) -> str:
    """Markdown whose marks ``[1]`` link to their source; HTML and remote pictures take no effect."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")

    def link(match: re.Match[str]) -> str:
        number = int(match[1])
        if not 1 <= number <= len(citations):
            return match[0]
        citation = citations[number - 1]
        url = safe_url(citation.url)
        if url is None:
            return match[0]
        title = escape(f"{citation.title} · {citation.publisher}").replace("\\", "&#92;")
        return f'[\\[{number}\\]](<{url}> "{title}")'

    return _MARK.sub(link, text)


def sources_list(citations: Sequence[Citation], language: Language) -> str:
    """The sources of an answer: a folded, numbered list whose links open in a new tab."""
    texts = load_texts(language)
    items = "".join(_source_item(citation, texts("sources.new_tab")) for citation in citations)
    summary = escape(texts("sources.summary", count=len(citations)))
    return (
        f'<details class="g-sources" lang="{language}"><summary>{summary}</summary><ol>{items}</ol></details>'
    )


def _source_item(citation: Citation, new_tab: str) -> str:
    title, publisher = escape(citation.title), escape(citation.publisher)
    url = safe_url(citation.url)
    if url is not None:
        title = (
            f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}'
            f'<span class="g-hidden"> ({escape(new_tab)})</span></a>'
        )
    return f'<li>{title}<span class="g-publisher">{publisher}</span></li>'


def growing(text: str, pieces: int = PIECES) -> Iterator[str]:
    """``text`` as it grows to its end in at most ``pieces`` steps, cut between words."""
    words = _WORD.findall(text)
    size = max(1, -(-len(words) // pieces))
    for end in range(size, len(words) + size, size):
        yield "".join(words[:end])
