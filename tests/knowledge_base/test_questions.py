import re
from collections import Counter
from pathlib import Path

import pytest

from intents.examples import read_examples
from knowledge_base.messages import MESSAGES, read_messages
from knowledge_base.questions import HELDOUT, TRAINING, UNNAMED, load_passage_questions, load_questions
from knowledge_base.spelling import plain


@pytest.mark.parametrize("folder", [TRAINING, UNNAMED, HELDOUT])
def test_both_languages_have_questions_in_and_out_of_scope(folder: Path) -> None:
    questions = load_questions(folder)
    for language in ("en", "es"):
        spoken = [question for question in questions if question.language == language]
        assert sum(question.topic is not None for question in spoken) >= 80
        assert sum(question.topic is None for question in spoken) >= 20


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", plain(text)))


def test_nothing_held_out_is_learnt_from(library) -> None:
    """Nor what has seven in ten words in common with it, whatever their order, case, accents and marks. The
    titles of passages may: they are what is searched."""
    examples = (
        *load_questions(TRAINING),
        *load_questions(UNNAMED),
        *load_passage_questions(library),
        *read_examples(),
    )
    texts = [example.text for example in examples] + [text for text, _ in read_messages(MESSAGES)]
    learnt = [words(text) for text in texts]
    having: dict[str, list[int]] = {}
    for number, there in enumerate(learnt):
        for word in there:
            having.setdefault(word, []).append(number)
    near = []
    for question in load_questions(HELDOUT):
        here = words(question.text)
        shared = Counter(number for word in here for number in having.get(word, ()))
        for number, count in shared.items():
            if count >= 0.7 * (len(here) + len(learnt[number]) - count):
                near.append((question.text, texts[number]))
    assert near == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{question: '', topic: null}", "must be a text"),
        ("{question: a, topic: gout, sections: [overview]}", "topic is 'gout'"),
        ("{question: a, topic: glioma}", "sections are"),
        ("{question: a, topic: null, sections: [overview]}", "sections are"),
        ("{question: a, topic: glioma, sections: [summary]}", "unknown sections"),
    ],
)
def test_wrong_entries_are_named(tmp_path: Path, entry: str, said: str) -> None:
    (tmp_path / "en.yaml").write_text(f"- {entry}\n", "utf-8")
    (tmp_path / "es.yaml").write_text("", "utf-8")
    with pytest.raises(ValueError, match=said):
        load_questions(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- passage: Cures\n  en: [a]", "has the title 'Cures'"),
        ('- passage: What is a glioma?\n  en: ["  "]', "has a question without text"),
        ("- one\n- two", "expected a list of entries"),
        ("passage: [", "while parsing"),
    ],
)
def test_a_wrong_question_of_a_passage_names_its_file(tmp_path, library, content: str, reason: str) -> None:
    (tmp_path / "glioma.yaml").write_text(content, "utf-8")
    with pytest.raises(ValueError, match=rf"glioma\.yaml.*{reason}"):
        load_passage_questions(library, tmp_path)


def test_questions_of_passages_belong_to_a_topic(tmp_path, library) -> None:
    (tmp_path / "asthma.yaml").write_text("[]", "utf-8")
    with pytest.raises(ValueError, match="topic is 'asthma'"):
        load_passage_questions(library, tmp_path)


def test_questions_of_passages_know_their_passage_and_language(tmp_path, library) -> None:
    title = next(p.title for p in library.passages if p.passage_id == "glioma/types/en/2")
    (tmp_path / "glioma.yaml").write_text(f'- passage: "{title}"\n  en: [one]\n  es: [dos, tres]\n', "utf-8")
    read = [(question.text, question.passage_id) for question in load_passage_questions(library, tmp_path)]
    assert read == [("one", "glioma/types/en/2"), ("dos", "glioma/types/es/2"), ("tres", "glioma/types/es/2")]
