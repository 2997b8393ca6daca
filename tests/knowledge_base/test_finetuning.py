from pathlib import Path

import pytest

from knowledge_base.encoder import KEPT_ASIDE, is_kept_aside
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.finetuning import ACROSS, _put_in_place, make_pairs
from knowledge_base.messages import MESSAGES, UTTERANCES, read_messages
from knowledge_base.questions import PassageQuestion, load_passage_questions


def test_every_pair_has_its_answer_and_a_near_miss_of_the_same_language(library) -> None:
    questions = [
        PassageQuestion(f"question {number}", "en", passage.passage_id)
        for number, passage in enumerate(p for p in library.passages if p.language == "en")
    ]
    pairs = make_pairs(library, questions, FakeEncoder())
    assert len(pairs) == len(questions) + len(library.passages)
    texts = {
        text: passage
        for passage in library.passages
        for text in (
            f"{library.topic_names[passage.topic, passage.language]}: {passage.title}",
            f"{passage.title} {passage.text}",
        )
    }
    across = 0
    for question, pair in zip(questions, pairs, strict=False):
        answer, near_miss = texts[pair.answer], texts[pair.near_miss]
        topic, section, _, number = question.passage_id.split("/")
        assert (answer.topic, answer.section, answer.number) == (topic, section, int(number))
        assert near_miss.language == answer.language
        assert (near_miss.topic, near_miss.section) != (topic, section)
        across += answer.language == "es"
    assert abs(across / len(questions) - ACROSS) < 0.08


def test_the_pairs_are_the_same_each_time(library) -> None:
    assert make_pairs(library, (), FakeEncoder()) == make_pairs(library, (), FakeEncoder())


def test_nearly_each_passage_has_questions_in_both_languages(library) -> None:
    asked = {question.passage_id for question in load_passage_questions(library)}
    assert len(asked) > 0.95 * len(library.passages)


@pytest.mark.parametrize("folder", [MESSAGES, UTTERANCES])
def test_an_eighth_of_the_messages_is_kept_aside(folder: Path) -> None:
    messages = [text for text, _ in read_messages(folder)]
    assert len(messages) > 10_000
    assert sum(map(is_kept_aside, messages)) / len(messages) == pytest.approx(1 / KEPT_ASIDE, rel=0.1)


def test_a_new_encoder_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "encoder"
    for place, content in ((made, "new"), (folder, "old")):
        (place / "1_Pooling").mkdir(parents=True)
        for name in ("card.toml", "model-1.safetensors", "1_Pooling/config.json"):
            (place / name).write_text(content, "utf-8")
    (folder / "model-2.safetensors").write_text("old", "utf-8")
    (folder / "README.md").write_text("kept", "utf-8")
    _put_in_place(made, folder)
    assert {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.*")} == {
        "card.toml": "new",
        "model-1.safetensors": "new",
        "1_Pooling/config.json": "new",
        "README.md": "kept",
    }
    assert not made.exists()
