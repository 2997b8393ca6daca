"""Questions with what they are about, for tuning and for measuring."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS, Language, Passage

TRAINING = Path(__file__).parent / "training_questions"
HELDOUT = Path(__file__).parent / "heldout"
#: Questions written for each passage, which the encoder is tuned on.
OF_PASSAGES = TRAINING / "passages"


@dataclass(frozen=True, slots=True)
class Question:
    """``topic`` ``None`` is a question outside the scope, which has no ``sections``."""

    text: str
    language: Language
    topic: str | None
    sections: tuple[str, ...]

    def is_about(self, passage: Passage) -> bool:
        """Whether a passage is of the right topic."""
        return passage.topic == self.topic

    def is_answered_by(self, passage: Passage) -> bool:
        """Whether a passage is of the right topic and of one of the right sections."""
        return self.is_about(passage) and passage.section in self.sections


def load_questions(folder: Path) -> tuple[Question, ...]:
    """Reads ``en.yaml`` and ``es.yaml``. Raises ``ValueError``, naming the file, for a wrong entry."""
    questions: list[Question] = []
    for language in LANGUAGES:
        path = folder / f"{language}.yaml"
        entries = yaml.safe_load(path.read_text("utf-8")) or []
        questions += [_question(entry, language, path) for entry in entries]
    return tuple(questions)


def _question(entry: Any, language: Language, path: Path) -> Question:
    text, topic, sections = entry.get("question"), entry.get("topic"), tuple(entry.get("sections") or ())
    place = f"{path.parent.name}/{path.name}: {text!r}"
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{place}: a question must be a text that is not empty")
    if topic is not None and topic not in TOPICS:
        raise ValueError(f"{place}: topic is {topic!r}, expected null or one of {', '.join(TOPICS)}")
    if bool(sections) != (topic is not None):
        raise ValueError(f"{place}: sections are {sections}, expected some for a topic and none without")
    if unknown := [section for section in sections if section not in SECTIONS]:
        raise ValueError(f"{place}: unknown sections {unknown}")
    return Question(text, language, topic, sections)


@dataclass(frozen=True, slots=True)
class PassageQuestion:
    """A question that one passage answers better than any other."""

    text: str
    language: Language
    passage_id: str


def load_passage_questions(folder: Path = OF_PASSAGES) -> tuple[PassageQuestion, ...]:
    """Reads ``<topic>.yaml``, lists of ``passage`` (``section/number``) with questions in ``en`` and ``es``.

    Raises ``ValueError``, naming the file, for a wrong entry.
    """
    questions: list[PassageQuestion] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in TOPICS:
            raise ValueError(f"{path.name}: topic is {path.stem!r}, expected one of {', '.join(TOPICS)}")
        for entry in yaml.safe_load(path.read_text("utf-8")) or []:
            section, _, number = str(entry.get("passage")).partition("/")
            if section not in SECTIONS or not number.isdecimal():
                raise ValueError(f"{path.name}: passage is {entry.get('passage')!r}, expected section/number")
            for language in LANGUAGES:
                passage_id = f"{path.stem}/{section}/{language}/{number}"
                for text in entry.get(language) or ():
                    if not isinstance(text, str) or not text.strip():
                        raise ValueError(f"{path.name}: {section}/{number} has a question without text")
                    questions.append(PassageQuestion(text.strip(), language, passage_id))
    return tuple(questions)
