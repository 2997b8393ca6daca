"""Pure conversions: what a person sends becomes a ``Turn``, and a ``Reply`` becomes transcript entries.

Text entries are Markdown for Gradio's renderer, which removes unsafe HTML once more; HTML entries
are shown as they are, so everything in them that is not ours goes through ``escaping.escape``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assistant.conversation import Attachment, Audience, Citation, Language, Reply, Turn
from assistant.triage import ends
from ui.actions import message_actions, reply_actions
from ui.escaping import escape, plain, safe_url
from ui.reading import reading_card
from ui.texts import Texts, load_texts
from ui.transcript import Entry

#: Longer messages are answered whole but shown cut, to keep the page light.
SHOWN_CHARACTERS = 4000

#: Pieces that a reply is streamed in: enough to see it grow, few enough to be quick.
PIECES = 14

LANGUAGES: Mapping[str, Language] = {"en": "en", "es": "es"}
AUDIENCES: Mapping[str, Audience] = {"patient": "patient", "clinician": "clinician"}

#: A word with its marks: a mark's link, whose title has spaces, is never cut.
_WORD = re.compile(r'\s*(?:\[\\\[\d+\\\]\]\(<[^>]*> "[^"]*"\)|\S)+')
_MARK = re.compile(r"\[(\d{1,2})\](?!\()")
#: What stands between two numbers in "112 / 911".
_BETWEEN = re.compile(r"[/,;|]")
_NOT_DIALLED = re.compile(r"[^\d+]")


def turn_of(text: str, images: Iterable[Attachment], language: str, audience: str) -> Turn:
    """The turn that the message box and the selectors stand for; an unknown choice means "find out".

    Of a text there is no more than what is read of it.
    """
    return Turn(
        text=whole(ends(text)).strip(),
        images=tuple(images),
        language=LANGUAGES.get(language),
        audience=AUDIENCES.get(audience),
    )


def whole(text: str) -> str:
    """The text with a sign in the place of half a character, which nothing after this could write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def user_entries(text: str, files: Sequence[str], number: int, language: Language) -> tuple[Entry, ...]:
    """What the person sent, as they see it: the names of the files, the text, and the way to change it.

    ``number`` is that of the exchange, from 0.
    """
    texts = load_texts(language)
    entries = []
    if files:
        chips = "".join(
            f'<li title="{escape(texts("page.attached", name=name))}">{escape(name)}</li>' for name in files
        )
        entries.append(Entry("user", "html", f'<ul class="g-files">{chips}</ul>'))
    if text:
        entries.append(Entry("user", "text", plain(shown_text(text, texts))))
        if len(text) <= SHOWN_CHARACTERS:
            entries.append(Entry("user", "html", message_actions(text, number, texts)))
    return tuple(entries)


def shown_text(text: str, texts: Texts) -> str:
    """A message as it is shown and reported: a very long one is cut, and says so."""
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]} … {texts('page.cut')}"


def reply_entries(reply: Reply, number: int, emergency: str = "") -> tuple[Entry, ...]:
    """A reply as it is shown: its readings, its text, its sources, what can be done with it.

    An emergency puts the call, to the numbers in ``emergency``, and the text first.
    """
    language = reply.language
    cards = [
        Entry("assistant", "html", reading_card(analysis, language, f"{number}-{index}"))
        for index, analysis in enumerate(reply.analyses)
    ]
    text = [Entry("assistant", "text", with_marks(reply.text, reply.citations, number))]
    if reply.action == "triage":
        entries = [Entry("assistant", "html", emergency_call(emergency, language)), *text, *cards]
    else:
        entries = cards + text
    if reply.citations:
        entries.append(Entry("assistant", "html", sources_list(reply.citations, number, language)))
    return (*entries, Entry("assistant", "html", reply_actions(number, load_texts(language))))


def begun_entries(reply: Reply, number: int, emergency: str = "") -> tuple[Entry, ...]:
    """A reply whose text is still being written: its sources and what can be done with it come last."""
    return reply_entries(reply, number, emergency)[: -2 if reply.citations else -1]


def emergency_call(numbers: str, language: Language) -> str:
    """The numbers to call as links that a telephone dials."""
    texts = load_texts(language)
    calls = "".join(
        f'<a href="tel:{dialled}">{escape(texts("emergency.call", number=number.strip()))}</a>'
        for number in _BETWEEN.split(numbers)
        if (dialled := _NOT_DIALLED.sub("", number))
    )
    return (
        f'<section class="g-emergency" lang="{language}" aria-label="{escape(texts("emergency.label"))}">'
        f"<strong>{escape(texts('emergency.heading'))}</strong><div>{calls}</div></section>"
    )


def status_entry(steps: Sequence[str], language: Language) -> Entry:
    """What is being done: the steps of reading a picture up to now, or, without any, thinking.

    A picture begins with ``decode``; only the steps of the last one are listed.
    """
    texts = load_texts(language)
    if not steps:
        content = f'<p class="g-status">{escape(texts("page.thinking"))}</p>'
        return Entry("assistant", "html", content, passing=True)
    pictures = steps.count("decode")
    last = len(steps) - 1 - steps[::-1].index("decode") if pictures else 0
    heading = f"<p>{escape(texts('page.picture', number=pictures))}</p>" if pictures > 1 else ""
    items = "".join(_step(step, texts, step is steps[-1]) for step in steps[last:])
    content = f'<div class="g-status g-steps" lang="{language}">{heading}<ol>{items}</ol></div>'
    return Entry("assistant", "html", content, passing=True)


def _step(step: str, texts: Texts, current: bool) -> str:
    state = ' class="g-now" aria-current="step"' if current else ' class="g-done"'
    return f"<li{state}>{escape(texts.code('steps', step))}</li>"


def with_marks(text: str, citations: Sequence[Citation], number: int = 0) -> str:
    """Markdown whose marks ``[1]`` lead to their source; HTML and remote pictures take no effect."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")

    def link(match: re.Match[str]) -> str:
        mark = int(match[1])
        if not 1 <= mark <= len(citations):
            return match[0]
        citation = citations[mark - 1]
        title = escape(f"{citation.title} · {citation.publisher}").replace("\\", "&#92;")
        return f'[\\[{mark}\\]](<#{source_id(number, mark)}> "{title}")'

    return _MARK.sub(link, text)


def source_id(number: int, mark: int) -> str:
    """The id of a source in the page: ``mark``, from 1, in the exchange ``number``."""
    return f"g-source-{number}-{mark}"


def sources_list(citations: Sequence[Citation], number: int, language: Language) -> str:
    """The sources of an answer: a folded, numbered list. Each holds its passage, which its mark opens."""
    texts = load_texts(language)
    items = "".join(
        _source_item(citation, source_id(number, mark), mark, texts)
        for mark, citation in enumerate(citations, start=1)
    )
    summary = escape(texts("sources.summary", count=len(citations)))
    return (
        f'<details class="g-sources" lang="{language}"><summary>{summary}</summary><ol>{items}</ol></details>'
    )


def _source_item(citation: Citation, name: str, mark: int, texts: Texts) -> str:
    title, publisher = escape(citation.title), escape(citation.publisher)
    url = safe_url(citation.url)
    if url is None:
        title = f'<span class="g-title">{title}</span>'
    else:
        title = (
            f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}'
            f'<span class="g-hidden"> ({escape(texts("sources.new_tab"))})</span></a>'
        )
    heading = escape(texts("sources.passage", mark=mark))
    passage = f'<blockquote class="g-quote">{escape(citation.text)}</blockquote>' if citation.text else ""
    return (
        f'<li id="{name}" data-heading="{heading}">{passage}{title}'
        f'<span class="g-publisher">{publisher}</span></li>'
    )


def growing(text: str, pieces: int = PIECES) -> Iterator[str]:
    """``text`` as it grows to its end in at most ``pieces`` steps, cut between words."""
    words = _WORD.findall(text)
    size = max(1, -(-len(words) // pieces))
    for end in range(size, len(words) + size, size):
        yield "".join(words[:end])
