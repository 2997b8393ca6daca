"""What is asked of the transcript itself: an example, a turn again, in other words, or taken back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.conversation import Conversation, Language, Turn
from ui.convert import AUDIENCES, LANGUAGES, turn_of, whole
from ui.transcript import Transcript
from ui.welcome import example_picture, example_question
from vision_models.image_io import MAX_BYTES

#: A text that is written anew in the page is cut at this length; longer ones come through the message box.
LONGEST = 20_000

#: In the place of a file that is refused for its size: one for all of them, and the system gives no memory
#: for zeros that nobody reads.
TOO_LARGE = bytes(MAX_BYTES + 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The transcript and the conversation to go on from, and the turn that is to be answered, if any.

    ``draft`` is the text that goes back into the message box. Where there is neither, ``refused`` is the key
    of what is told.
    """

    transcript: Transcript
    conversation: Conversation
    turn: Turn | None = None
    files: tuple[str, ...] = ()
    draft: str | None = None
    refused: str = "gone"


def asked_for(
    wish: Mapping[str, Any],
    transcript: Transcript,
    conversation: Conversation,
    language: Language,
    choice: str,
    audience: str,
) -> Asked:
    """What a press on the page asks for; a wish that makes no sense changes nothing.

    ``wish["do"]`` is ``example``, ``retry``, ``edit`` or ``undo``; ``language`` is the page's, ``choice``
    and ``audience`` what the selectors say.
    """
    nothing = Asked(transcript, conversation)
    do = wish.get("do")
    if do == "example":
        key = str(wish.get("example", ""))
        picture, question = example_picture(key), example_question(key)
        if picture is None and question is None:
            return nothing
        speaks = choice if question else language
        turn = turn_of(question or "", [picture] if picture else [], speaks, audience)
        return replace(nothing, turn=turn)
    number = number_of(wish.get("turn"))
    if number is None or number >= len(transcript):
        return nothing
    exchange = transcript[number]
    # What was asked for in words before gives way to what the selector says now.
    before = exchange.before if choice == "auto" else exchange.before.with_(pinned_language=None)
    back = Asked(transcript[:number], before, files=exchange.files)
    speaks = choice if exchange.turn.text else language
    chosen = replace(exchange.turn, language=LANGUAGES.get(speaks), audience=AUDIENCES.get(audience))
    if do in ("retry", "edit") and exchange.files and not (chosen.images or chosen.read):
        return replace(nothing, refused="upload_gone")
    if do == "retry":
        return replace(back, turn=chosen)
    text = whole(str(wish.get("text") or "")).strip()[:LONGEST]
    if do == "edit" and text:
        return replace(back, turn=replace(chosen, text=text))
    if do == "undo":
        return replace(back, draft=exchange.turn.text)
    return nothing


def kept(turn: Turn) -> Turn:
    """``turn`` as it is kept to be asked again: of a file that is too large only that it is."""
    images = tuple(
        replace(image, content=TOO_LARGE) if image.content and len(image.content) > MAX_BYTES else image
        for image in turn.images
    )
    return replace(turn, images=images)


def number_of(value: Any) -> int | None:
    """The number of an exchange as a page sends it; ``None`` where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
