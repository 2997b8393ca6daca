"""What every reply must be, whatever was said, by the real models."""

import re
import time
from functools import cache

from assistant.conversation import Attachment, Conversation, Language, Turn
from assistant.language import detect_language
from assistant.models import Models
from assistant.respond import respond
from tests.fuzz.messages import Said
from tests.golden.conversations import load_models
from tests.hostile.running import ORDINARY, faults_of, warm_up
from ui.convert import turn_of

#: Seconds of the processor for a turn, as in ``tests.hostile.test_hostile_files``.
WITHIN = 2.0
#: A file's name, which may be in any language.
_NAME = re.compile(r"\*\*[^*]*\*\*")


@cache
def real_models() -> Models:
    models = load_models()
    warm_up(models)
    return models


def check_conversation(turns: tuple[Said, ...]) -> None:
    """Each turn, as the page or as a program makes it, is answered soon, in one of the languages and in that
    one alone, with none of what no reply may have; and an ordinary question after them as ever."""
    models, conversation = real_models(), Conversation()
    for number, said in enumerate(turns):
        images = (Attachment(said.name, said.content()),) if said.name or said.file else ()
        turn = turn_of(said.text, images, "auto", "patient") if number % 2 else Turn(said.text, images)
        started = time.process_time()
        reply, conversation = respond(turn, conversation, models)
        seconds = time.process_time() - started
        assert seconds < WITHIN, f"{seconds:.1f} seconds of the processor"
        assert detect_language(_NAME.sub("", reply.text), reply.language) == reply.language, reply.text
        assert len(reply.text) > 20, reply.text
        assert faults_of(turn, reply, models.settings) == [], reply.text
        _check_ordinary(reply.language, conversation)


def check_danger(text: str) -> None:
    """The danger is told of before anything else."""
    reply, _ = respond(Turn(text), Conversation(), real_models())
    assert reply.action == "triage", reply.text
    assert reply.intent == "emergency", reply.intent


def _check_ordinary(language: Language, conversation: Conversation) -> None:
    reply, _ = respond(Turn(ORDINARY[language]), conversation, real_models())
    assert (reply.language, reply.action) == (language, "answer"), reply.text
    assert reply.citations[0].topic == "meningioma", reply.text
