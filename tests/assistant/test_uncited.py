import re
import tomllib
from collections.abc import Callable

import pytest

from assistant.conversation import Citation, Conversation, Reply, Turn
from assistant.messages import FOLDER, messages
from assistant.models import Models
from assistant.respond import respond
from assistant.settings import Settings
from assistant.uncited import NAMES, dangling_marks, uncited_sentences

SETTINGS = Settings()
CITATION = Citation("glioma/types/en/1", "glioma", "types", "t", "p", "u")
#: What may stand in a message, by its placeholder.
VALUES = {
    "topic": "Brain tumors",
    "topics": "brain tumors, pneumonia or the chest X-ray",
    "sections": "symptoms or treatment",
    "number": SETTINGS.emergency_number,
    "crisis": SETTINGS.crisis_line_en,
    "limit": "4000",
    "probability": ">99%",
    "probabilities": "glioma 0.97, meningioma 0.02",
    "name": "film.v2.png",
    "address": "https://example.org/search?query=glioma&v=1.0",
}


def reply(text: str, *citations: Citation, language: str = "en") -> Reply:
    return Reply(language, "ask_types", 1.0, "answer", text, citations)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Gliomas grow. [1] They differ. [1]", []),
        ("Gliomas grow. They differ. [1]", ["Gliomas grow."]),
        ("Gliomas grow. [1] They differ.", ["They differ."]),
        ("Gliomas grow.\n\nThey differ. [1]", ["Gliomas grow."]),
        ("**Related:** Gliomas grow. [1][2]", []),
        ("**Gliomas.** They grow. [1]", []),
        ("**Tigers.** They grow.", ["**Tigers.** They grow."]),
        ("You can also ask me about gliomas: symptoms or outlook.", []),
        ("You can also ask me about tigers: they bite.", ["You can also ask me about tigers: they bite."]),
        ("You're welcome. Gliomas grow. [1]", []),
        ("Gliomas grow [1](https://example.org).", ["Gliomas grow [1](https://example.org)."]),
        ("", []),
    ],
)
def test_what_has_no_mark_and_is_no_message(text: str, found: list[str]) -> None:
    assert uncited_sentences(reply(text), SETTINGS) == found


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_message_is_known(language: str) -> None:
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    say = messages(language)
    values = VALUES | {
        "topic": say("topics.glioma"),
        "topics": say.join([say("topics.glioma"), say("topics.covid19")], "or"),
        "sections": say.join([say("sections.types"), say("sections.risks")], "or"),
    }
    for section in table.keys() - set(NAMES):
        for message in table[section].values():
            names = re.findall(r"\{(\w+)\}", message)
            text = message.format(**{name: values.get(name, "something") for name in names})
            assert uncited_sentences(reply(text, language=language), SETTINGS) == [], message


@pytest.mark.parametrize("text", ["Gliomas are brain tumors that grow.", "La neumonía es grave.", "It is 5."])
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_message_is_so_open_that_it_takes_a_medical_sentence(language: str, text: str) -> None:
    assert uncited_sentences(reply(text, language=language), SETTINGS) == [text]


def test_marks_and_citations_belong_together() -> None:
    assert dangling_marks(reply("Gliomas grow. [1]", CITATION)) == []
    assert dangling_marks(reply("Gliomas grow. [1] [2]", CITATION)) == ["[2]"]
    assert dangling_marks(reply("Gliomas grow.", CITATION)) == ["glioma/types/en/1"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What is a glioma?", "ask_overview"),
        ("Compare gliomas with meningiomas", "compare_topics"),
        ("do I have pneumonia", "self_diagnosis"),
        ("how are you", "small_talk"),
        ("asthma", "offtopic_medical"),
        ("mmm", "fallback"),
        ("I can't breathe", "fallback"),
        ("quiero morirme", "fallback"),
        ("", "fallback"),
    ],
)
def test_composed_answers_cite_what_they_say(models: Callable[..., Models], text: str, intent: str) -> None:
    for language in ("en", "es"):
        answer, _ = respond(Turn(text, language=language), Conversation(), models(intent))
        assert uncited_sentences(answer, SETTINGS) == []
        assert dangling_marks(answer) == []
