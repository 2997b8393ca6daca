"""What a language model may change of an answer, with a fake one; a real one is in test_language_model.py."""

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import permutations

import pytest

from assistant.citing import split_sentences
from assistant.conversation import Attachment, Conversation, Reply, Step, Turn
from assistant.messages import messages
from assistant.models import Models
from assistant.rephrasing import Rephraser, check, cut, lines
from assistant.respond import respond
from knowledge_base.passages import load_passages
from knowledge_base.retriever import Retriever
from tests.assistant.conftest import brain_analysis

COMPOSED = (
    "A meningioma is not a cancer as a rule: in a study of 2019, about 94.6% were benign (grade 1). [2]"
)
GOOD = "As a rule a meningioma is not a cancer: in 2019 a study found about 94.6% benign (grade 1). [2]"


class FakeWriter:
    """Writes the queued pieces, each ``slow`` seconds after the one before; keeps what it was asked."""

    def __init__(self, *pieces: str, slow: float = 0.0) -> None:
        self.pieces = pieces
        self.slow = slow
        self.prompts: list[str] = []
        self.stopped = False

    def write(self, prompt: str, seconds: float) -> Generator[str, None, None]:
        self.prompts.append(prompt)
        try:
            for piece in self.pieces:
                time.sleep(self.slow)
                yield piece
        finally:
            self.stopped = True


def test_a_sentence_in_other_words_passes() -> None:
    assert check(GOOD, COMPOSED, "en") is None
    assert check(COMPOSED, COMPOSED, "en") is None


@pytest.mark.parametrize(
    ("written", "composed"),
    [
        (
            "A meningioma usually grows slowly and stays in its place. [1]",
            "Meningiomas usually grow slowly and do stay in their place. [1]",
        ),
        (
            "Doctors can take out most meningiomas near the surface safely. [3]",
            "Most meningiomas of the surface can be taken out safely by doctors. [3]",
        ),
    ],
)
def test_other_words_of_the_same_pass(written: str, composed: str) -> None:
    assert check(written, composed, "en") is None


def test_spanish_is_checked_as_spanish() -> None:
    composed = "Los meningiomas suelen crecer despacio, y muchos no crecen en absoluto. [1]"
    assert (
        check("Muchos meningiomas no crecen en absoluto y otros crecen despacio. [1]", composed, "es") is None
    )
    assert check("Many meningiomas do not grow, and others grow despacio. [1]", composed, "es") == "language"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("[2]", "empty"),
        (GOOD.removesuffix(" [2]"), "marks"),
        (GOOD.replace("[2]", "[1]"), "marks"),
        (f"{GOOD} [3]", "marks"),
        (GOOD.replace("[2]", "[2] [2]"), "marks"),
        (f"[2] {GOOD.removesuffix(' [2]')}", "marks"),
        (GOOD.replace(". [2]", ". It is harmless. [2]"), "sentences"),
        (GOOD.replace(". [2]", ". it is harmless. [2]"), "sentences"),
        (GOOD.replace(". [2]", " [2]"), "sentences"),
        (f"- {GOOD}", "sentences"),
        (
            GOOD.replace("a study", "a study that was made in several large hospitals of many countries"),
            "length",
        ),
        ("Not 2019. [2]", "length"),
        (GOOD.replace("94.6%", "96.4%"), "numbers"),
        (GOOD.replace("94.6%", "94.6"), "numbers"),
        (GOOD.replace("about 94.6%", "about 94.6% of 300"), "numbers"),
        (GOOD.replace("94.6%", "most"), "numbers"),
        (GOOD.replace("a study", "three studies"), "numbers"),
        (GOOD.replace("a study", "nci.gov"), "links"),
        (GOOD.replace("a study", "www nci"), "links"),
        (GOOD.replace("benign", "**benign**"), "markup"),
        (GOOD.replace("benign", "<b>benign"), "markup"),
        (GOOD.replace("benign", "良性"), "markup"),
        (
            "Un meningioma no es un cáncer: en un estudio de 2019 era benigno el 94.6% (grado 1). [2]",
            "language",
        ),
        (GOOD.replace("not ", ""), "denial"),
        (GOOD.replace("benign", "malignant"), "opposite"),
        (GOOD.replace("As a rule", "Always"), "opposite"),
        (GOOD.replace("about ", ""), "doubt"),
        (GOOD.replace("a study found", "yours is"), "person"),
        (
            "A balloon is not a planet: one day in 2019, about 94.6% were floating (benign, grade 1). [2]",
            "unlike",
        ),
    ],
)
def test_each_check_can_fail(written: str, reason: str) -> None:
    assert check(written, COMPOSED, "en") == reason


def test_no_sentence_of_a_passage_passes_for_another_of_it_and_each_passes_for_itself() -> None:
    passed = 0
    for passage in load_passages():
        marked = [f"{sentence} [1]" for sentence in split_sentences(passage.text)]
        passed += sum(check(one, other, passage.language) is None for one, other in permutations(marked, 2))
        assert [one for one in marked if check(one, one, passage.language) is not None] == []
    assert passed == 0


def test_lines_come_whole_and_with_the_mark_at_the_end() -> None:
    assert list(lines(["One", " a", " [1].\n\nTwo.", "[2]\nThr", "ee"], 100)) == [
        "One a. [1]",
        "Two. [2]",
        "Three",
    ]


def test_a_line_without_end_is_cut_and_the_last() -> None:
    assert list(lines(["word "] * 100, 20)) == ["word word word word word"]


def ask(models: Models, turn: Turn, steps: list[Step] | None = None) -> Reply:
    return respond(turn, Conversation(), models, on_step=None if steps is None else steps.append)[0]


@pytest.fixture
def asked(models: Callable[..., Models]) -> Callable[..., Models]:
    """Models whose rephraser has the given writer; the question is what a meningioma is."""

    def make(writer: FakeWriter | None, *, seconds: float = 20, **wanted: object) -> Models:
        made = models("ask_overview", **wanted)
        return replace(made, rephraser=Rephraser(writer, seconds) if writer else None)

    return make


Asked = Callable[..., Models]
QUESTION = Turn("What is a meningioma? I am Ana, 47.")


def composed_parts(asked: Asked, retriever: Retriever) -> list[str]:
    text = ask(asked(None), QUESTION).text
    parts = cut(text, retriever.passages("en"))
    assert "".join(parts) == text
    return parts


def altered(sentence: str) -> str:
    """The same, with words that no check minds."""
    return (
        sentence.replace(" the ", " the very ", 1) if " the " in sentence else sentence.replace(", ", "; ", 1)
    )


def test_what_passes_stands_and_is_told_as_it_grows(asked: Asked, retriever: Retriever) -> None:
    parts = composed_parts(asked, retriever)
    quoted = parts[1::2]
    writer = FakeWriter(*(altered(sentence) + "\n" for sentence in quoted))
    steps: list[Step] = []
    reply = ask(asked(writer), QUESTION, steps)
    expected = [altered(part) if at % 2 else part for at, part in enumerate(parts)]
    assert reply.text == "".join(expected)
    assert reply.text != "".join(parts)
    drafts = [step.text for step in steps if isinstance(step, Reply)]
    assert len(drafts) == len(quoted)
    assert all(reply.text.startswith(draft) for draft in drafts)
    assert sorted(drafts, key=len) == drafts


def test_the_model_sees_cited_sentences_and_nothing_of_the_person(asked: Asked, retriever: Retriever) -> None:
    writer = FakeWriter()
    parts = composed_parts(asked, retriever)
    ask(asked(writer), QUESTION)
    instructions, _, sentences = writer.prompts[0].partition("\n\n")
    assert instructions == messages("en")("rephrasing.patient")
    assert sentences.split("\n") == parts[1::2]
    assert "Ana" not in writer.prompts[0]
    ask(asked(writer), replace(QUESTION, audience="clinician"))
    assert writer.prompts[1].startswith(messages("en")("rephrasing.clinician"))
    ask(asked(writer), Turn("¿Qué es un meningioma?"))
    assert writer.prompts[2].startswith(messages("es")("rephrasing.patient"))


def test_from_the_first_that_fails_the_composed_answer_stands(asked: Asked, retriever: Retriever) -> None:
    parts = composed_parts(asked, retriever)
    good = altered(parts[1])
    writer = FakeWriter(f"{good}\n", "You have 3 of them.\n", f"{altered(parts[5])}\n")
    steps: list[Step] = []
    reply = ask(asked(writer), QUESTION, steps)
    assert reply.text == "".join([parts[0], good, *parts[2:]])
    assert [step.text for step in steps if isinstance(step, Reply)] == [good + parts[2]]
    assert writer.stopped


def test_when_the_time_is_over_the_composed_answer_stands(asked: Asked, retriever: Retriever) -> None:
    parts = composed_parts(asked, retriever)
    writer = FakeWriter(*(altered(sentence) + "\n" for sentence in parts[1::2]), slow=0.02)
    assert ask(asked(writer, seconds=0.01), QUESTION).text == "".join(parts)
    assert writer.stopped


def test_a_model_that_says_nothing_changes_nothing(asked: Asked, retriever: Retriever) -> None:
    assert ask(asked(FakeWriter()), QUESTION).text == "".join(composed_parts(asked, retriever))


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("ask_treatment", "I can't breathe! how is pneumonia treated?"),
        ("dose_request", "how much dexamethasone for my glioma?"),
        ("greeting", "hello"),
        ("offtopic", "who won the match?"),
    ],
)
def test_only_answers_and_readings_are_rephrased(
    models: Callable[..., Models], intent: str, text: str
) -> None:
    writer = FakeWriter("Anything.\n")
    made = replace(models(intent), rephraser=Rephraser(writer, 20))
    assert ask(made, Turn(text)).action in ("triage", "decline", "chat")
    assert writer.prompts == []


def test_of_a_reading_only_what_the_library_says_is_rephrased(asked: Asked, retriever: Retriever) -> None:
    turn = Turn(images=(Attachment("slice.png", b"..."),), language="en", audience="clinician")
    analyses = (brain_analysis("glioma", 0.93),)
    parts = cut(ask(asked(None, analyses=analyses), turn).text, retriever.passages("en"))
    assert len(parts) == 5
    writer = FakeWriter(*(altered(sentence) + "\n" for sentence in parts[1::2]))
    reply = ask(asked(writer, analyses=analyses), turn)
    assert reply.action == "analysis"
    assert "93" not in writer.prompts[0]
    assert reply.text == "".join(altered(part) if at % 2 else part for at, part in enumerate(parts))
