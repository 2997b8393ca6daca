"""Questions with what they are about, for tuning and for measuring."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.passages import Library
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS, Language, Passage

TRAINING = Path(__file__).parent / "training_questions"
#: Questions that do not name their topic, and questions out of scope that lie near it.
UNNAMED = TRAINING / "unnamed"
HELDOUT = Path(__file__).parent / "heldout"
#: Questions written for each passage, which the encoder is tuned on and the search looks at.
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
        questions += [_question(entry, language, path) for entry in _entries(path)]
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


def load_passage_questions(library: Library, folder: Path = OF_PASSAGES) -> tuple[PassageQuestion, ...]:
    """Reads ``<topic>.yaml``, lists of ``passage`` (its English title) with questions in ``en`` and ``es``.

    Raises ``ValueError``, naming the file, for a wrong entry or a title that the topic has not.
    """
    titled = {(p.topic, p.title): p for p in library.passages if p.language == "en"}
    questions: list[PassageQuestion] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in TOPICS:
            raise ValueError(f"{path.name}: topic is {path.stem!r}, expected one of {', '.join(TOPICS)}")
        for entry in _entries(path):
            title = str(entry.get("passage"))
            passage = titled.get((path.stem, title))
            if passage is None:
                raise ValueError(f"{path.name}: no passage of {path.stem}/en.md has the title {title!r}")
            for language in LANGUAGES:
                passage_id = f"{passage.topic}/{passage.section}/{language}/{passage.number}"
                for text in entry.get(language) or ():
                    if not isinstance(text, str) or not text.strip():
                        raise ValueError(f"{path.name}: {title!r} has a question without text")
                    questions.append(PassageQuestion(text.strip(), language, passage_id))
    return tuple(questions)


def questions_hash(folder: Path = OF_PASSAGES) -> str:
    """A hash of the questions written for the passages, short enough to print."""
    digest = sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _entries(path: Path) -> list[dict[str, Any]]:
    """The list in a file. Raises ``ValueError``, naming it, for anything else."""
    place = f"{path.parent.name}/{path.name}"
    try:
        entries = yaml.safe_load(path.read_text("utf-8")) or []
    except yaml.YAMLError as error:
        raise ValueError(f"{place}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{place}: expected a list of entries with keys")
    return entries
