"""What programs use: ``/chat``, ``/analyze_image`` and ``/search_knowledge``, each an MCP tool too.

All three are stateless. Their docstrings are what a caller of the tools reads: Gradio takes the first lines,
one line for each argument, and what is returned. docs/API.md has an example of each.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio.data_classes import FileData

from assistant import search
from assistant.conversation import Attachment, Conversation, Language, Reply, Turn
from assistant.language import TELLING, detect_language
from assistant.messages import messages
from assistant.models import Models
from assistant.search import RequestError, check_choice
from knowledge_base.schema import SECTIONS, TOPICS
from ui.boundary import apologise
from ui.convert import AUDIENCES, LANGUAGES, turn_of
from ui.overrides import keep_and_fetch_nothing
from ui.turns import PATIENCE, Answer, run_turn
from ui.uploads import MOST_IMAGES, take_uploads

LanguageChoice = Literal["auto", "en", "es"]
AudienceChoice = Literal["patient", "clinician"]
if TYPE_CHECKING:
    TopicChoice = str
    SectionChoice = str
else:
    TopicChoice = Literal["", *TOPICS]
    SectionChoice = Literal["", *SECTIONS]

#: Where Gradio serves an upload: what follows is its path on this machine.
SERVED = "/gradio_api/file="
#: No path is longer, so what is longer is the image itself.
_LONGEST_PATH = 4096


def add_endpoints(answer: Answer, concurrency_limit: int, searched: Models | None) -> None:
    """Adds the endpoints to the ``gr.Blocks`` whose context is open, and makes Gradio keep and fetch nothing.

    ``searched`` are the models whose library is searched; without any, that is told.
    """
    keep_and_fetch_nothing()

    def chat(
        text: str, language: LanguageChoice = "auto", audience: AudienceChoice = "patient"
    ) -> dict[str, Any]:
        """
        Answers one message about brain tumors, pneumonia, chest X-rays or brain MRI, in Spanish or English,
        from a library whose sources it cites; signs of an emergency come first. It is support and never a
        diagnosis. Nothing is kept: one message knows nothing of another.

        Args:
            text: The message, in Spanish or English.
            language: The language of the answer; auto follows the message.
            audience: Who reads the answer: a patient in plain words, a clinician in technical ones.

        Returns:
            JSON with language, intent, confidence, action, text (Markdown), citations and elapsed_ms.
        """
        with _in_one_sentence(language, text) as spoken:
            _check(language, audience, spoken)
            turn = turn_of(_text("text", text, spoken), (), language, audience)
            return _reply(answer, turn).as_json()

    def analyze_image(
        files: list[FileData], language: LanguageChoice = "auto", audience: AudienceChoice = "patient"
    ) -> dict[str, Any]:
        """
        Reads chest X-rays (signs of pneumonia) and brain MRI slices (signs of a tumor), one or several, as
        JPEG, PNG, WebP, TIFF, BMP or DICOM; refuses any other picture with a reason. It is support and never
        a diagnosis. Nothing is kept: an image is deleted as soon as it is read.

        Args:
            files: The images in order. Each is a data URL (base64), or the path or address of an upload here.
            language: The language of the text; auto is English.
            audience: Who reads the text: a patient in plain words, a clinician in technical ones.

        Returns:
            JSON with analyses (one for each image, in order) and text (Markdown) that says what they mean.
        """
        with _in_one_sentence(language) as spoken:
            images = _attachments(files, spoken)
            _check(language, audience, spoken)
            reply = _reply(answer, turn_of("", images, language, audience)).as_json()
            return {"analyses": reply["analyses"], "text": reply["text"]}

    def search_knowledge(
        query: str,
        language: LanguageChoice = "auto",
        topic: TopicChoice = "",
        section: SectionChoice = "",
        top_k: int = 5,
    ) -> dict[str, Any]:
        """
        Finds the passages on brain tumors, pneumonia, chest X-rays and brain MRI that answer a question, in
        Spanish or English, word for word and with their sources. They are general information and never a
        diagnosis. Nothing is kept.

        Args:
            query: The question, in Spanish or English.
            language: The language of the passages; auto follows the question.
            topic: Only passages of this topic; empty for all.
            section: Only passages of this section; empty for all.
            top_k: The most passages that may come back, from 1 to 20.

        Returns:
            JSON with passages, best first, and above_floor: where it is false, they do not answer it.
        """
        with _in_one_sentence(language, query) as spoken:
            _check(language, "patient", spoken)
            if searched is None:
                raise RequestError(messages(spoken)("reading.text_down"))
            asked = _text("query", query, spoken)
            return search.search_knowledge(
                asked, LANGUAGES.get(language), searched, topic or None, section or None, _whole(top_k)
            ).as_json()

    for endpoint in (chat, analyze_image, search_knowledge):
        gr.api(
            endpoint,
            api_name=endpoint.__name__,
            concurrency_id="call",
            concurrency_limit=concurrency_limit,
        )


@contextmanager
def _in_one_sentence(language: object, text: object = "") -> Iterator[Language]:
    """Gives the language to speak in; whatever is raised reaches the caller as one sentence in it."""
    spoken = LANGUAGES.get(language) if isinstance(language, str) else None
    if spoken is None:
        spoken = detect_language(text[:TELLING], "en") if isinstance(text, str) else "en"
    try:
        yield spoken
    except Exception as error:
        raise gr.Error(apologise(error, spoken), print_exception=False) from None


def _check(language: object, audience: object, spoken: Language) -> None:
    check_choice("language", language, ("auto", *LANGUAGES), spoken)
    check_choice("audience", audience, AUDIENCES, spoken)


def _text(name: str, value: object, spoken: Language) -> str:
    if not isinstance(value, str):
        raise RequestError(messages(spoken)("error.not_text", name=name))
    return value


def _whole(number: Any) -> Any:
    """JSON has one kind of number, so 5.0 is a 5; whatever else there is stays, to be refused."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _reply(answer: Answer, turn: Turn) -> Reply:
    """Raises ``TurnTooSlowError`` where nothing is heard of it for ``PATIENCE`` seconds."""
    *_, outcome = run_turn(answer, turn, Conversation(), patience=PATIENCE)
    assert isinstance(outcome, tuple)  # what comes before are its steps
    return outcome[0]


def _attachments(files: object, spoken: Language) -> tuple[Attachment, ...]:
    """The images, in order; uploads among them are deleted, also where another is refused."""
    given = files if isinstance(files, list) else [files] if files else []
    taken: list[Attachment | None] = []
    for number, file in enumerate(given, 1):
        attachment = _attachment(file, number)
        if len(taken) < MOST_IMAGES:
            taken.append(attachment)
    if len(given) > MOST_IMAGES:
        raise RequestError(messages(spoken)("error.too_many_files", most=str(MOST_IMAGES)))
    images = tuple(image for image in taken if image is not None)
    if len(images) < len(taken):
        raise RequestError(messages(spoken)("error.no_address"))
    if not images:
        raise RequestError(messages(spoken)("error.no_files"))
    return images


def _attachment(file: object, number: int) -> Attachment | None:
    """One image; ``None`` where it is an address elsewhere, which is not fetched."""
    place = file.get("path") if isinstance(file, dict) else getattr(file, "path", file)
    unreadable = Attachment(f"image-{number}", None)
    if not isinstance(place, str) or "\0" in place:
        return unreadable
    if place.startswith("data:") or len(place) > _LONGEST_PATH:
        return Attachment(unreadable.name, _decoded(place.removeprefix("data:").partition(",")[2] or place))
    if place.startswith(("http://", "https://")):
        _, served, path = _path_of(place).partition(SERVED)
        if not served:
            return None
        place = unquote(path)
    try:
        return take_uploads([place])[0]
    except (OSError, ValueError):  # a name too long for this machine, or one that it cannot have
        return unreadable


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # "http://[" is no address
        return ""


def _decoded(base64_text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(unquote(base64_text).split()), validate=True)
    except ValueError:
        return None
