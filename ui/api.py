"""The endpoints for programs: ``/chat`` and ``/analyze_image``. Both are stateless."""

from typing import Any, Literal

import gradio as gr
from gradio.data_classes import FileData

from assistant.conversation import Conversation, Reply, Turn
from ui.boundary import apologise
from ui.convert import LANGUAGES, turn_of
from ui.turns import Answer
from ui.uploads import take_uploads

LanguageChoice = Literal["auto", "en", "es"]
AudienceChoice = Literal["patient", "clinician"]


def add_endpoints(answer: Answer, concurrency_limit: int) -> None:
    """Adds both endpoints to the ``gr.Blocks`` whose context is open."""

    def chat(
        text: str, language: LanguageChoice = "auto", audience: AudienceChoice = "patient"
    ) -> dict[str, Any]:
        """Answers one message, without memory of others, and returns the reply as JSON."""
        return _reply(answer, turn_of(text, (), language, audience)).as_json()

    def analyze_image(
        file: FileData, language: LanguageChoice = "auto", audience: AudienceChoice = "patient"
    ) -> dict[str, Any]:
        """Reads one picture (JPEG, PNG, WebP, TIFF, BMP or DICOM): the analysis and the reply's text."""
        path = file["path"] if isinstance(file, dict) else file.path
        turn = turn_of("", take_uploads([path]), language, audience)
        reply = _reply(answer, turn).as_json()
        return {"analysis": reply["analyses"][0] if reply["analyses"] else None, "text": reply["text"]}

    for endpoint in (chat, analyze_image):
        gr.api(
            endpoint,
            api_name=endpoint.__name__,
            concurrency_id="turn",
            concurrency_limit=concurrency_limit,
        )


def _reply(answer: Answer, turn: Turn) -> Reply:
    try:
        return answer(turn, Conversation())[0]
    except Exception as error:
        apology = apologise(error, turn.language or LANGUAGES["en"])
        raise gr.Error(apology, print_exception=False) from None
