"""The real pipeline over tiny models made here: they babble, and the composed answer stands."""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.build import load_rephraser
from assistant.conversation import Conversation, Reply, Step, Turn
from assistant.language_model import LanguageModel, load_language_model
from assistant.models import Models
from assistant.rephrasing import Rephraser
from assistant.respond import respond
from assistant.settings import Settings
from knowledge_base.passages import load_library

pytestmark = pytest.mark.model

QUESTION = Turn("What is a meningioma?")
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


def make_model(folder: Path, template: str | None = None) -> str:
    """A GPT-2 of two layers that has learnt nothing, with the words of our articles; returns its folder."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, set_seed

    tokenizer = Tokenizer(models.WordLevel(unk_token="<unknown>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<end>", "<unknown>"], show_progress=False)
    tokenizer.train_from_iterator([passage.text for passage in load_library().passages[:20]], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>", unk_token="<unknown>"
    )
    fast.chat_template = template
    set_seed(5)
    config = GPT2Config(
        vocab_size=len(fast), n_positions=4096, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def model(folder: str) -> LanguageModel:
    return load_language_model(folder, threads=1)


def test_it_writes_piece_by_piece_and_stops_when_closed(model: LanguageModel) -> None:
    started = time.monotonic()
    with closing(model.write("A meningioma is", 30)) as pieces:
        assert next(pieces) is not None
    assert list(model.write("A meningioma is", 0.3))  # it is free again: the first was stopped
    assert time.monotonic() - started < 10


def test_babble_is_refused_and_the_composed_answer_stands(
    models: Callable[..., Models], folder: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = models("ask_overview")
    composed, _ = respond(QUESTION, Conversation(), made)
    rephraser = load_rephraser(Settings(language_model=folder, language_model_seconds=60))
    assert rephraser is not None
    steps: list[Step] = []
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        reply, _ = respond(QUESTION, Conversation(), replace(made, rephraser=rephraser), steps.append)
    assert time.monotonic() - started < 20  # refused for what it wrote, not for its time
    assert reply.text == composed.text
    assert reply.citations == composed.citations
    assert not [step for step in steps if isinstance(step, Reply)]
    assert "meningioma" not in caplog.text


def test_a_chat_model_is_asked_by_its_template(tmp_path: Path) -> None:
    made = load_language_model(make_model(tmp_path, TEMPLATE), threads=1)
    seen: list[str] = []
    tokenizer = made._pipeline.tokenizer
    apply = tokenizer.apply_chat_template

    def watched(messages: object, **options: object) -> object:
        seen.append(apply(messages, **{**options, "tokenize": False, "return_dict": False}))
        return apply(messages, **options)

    tokenizer.apply_chat_template = watched
    assert list(made.write("Rewrite this.", 0.5))
    assert seen == ["user: Rewrite this.\nassistant:"]


def test_a_model_that_fails_writes_nothing_and_its_words_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        class tokenizer:
            chat_template = None

        def __call__(self, prompt: str, **options: object) -> None:
            raise IndexError(f"cannot read {prompt}")

    made = LanguageModel(Broken())
    assert list(made.write("a private sentence", 5)) == []
    assert list(made.write("a private sentence", 5)) == []
    assert "the language model gave up: IndexError" in caplog.text
    assert "private" not in caplog.text


def test_who_waits_too_long_for_a_busy_model_gets_nothing(model: LanguageModel) -> None:
    with closing(model.write("A meningioma is", 30)) as pieces:
        next(pieces)
        started = time.monotonic()
        assert list(model.write("A glioma is", 0.2)) == []
        assert time.monotonic() - started < 2


def test_none_is_loaded_unless_it_is_named() -> None:
    assert load_rephraser(Settings()) is None


@pytest.mark.parametrize("damaged", [False, True])
def test_a_model_that_cannot_be_loaded_is_one_line_and_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damaged: bool
) -> None:
    folder = tmp_path / "model"
    if damaged:
        folder.mkdir()
        (folder / "config.json").write_text("{", encoding="utf-8")
    assert load_rephraser(Settings(language_model=str(folder))) is None
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "\n" not in record.getMessage()
    assert str(folder) in record.getMessage()
    assert "GALENO_LANGUAGE_MODEL" in record.getMessage()


def test_an_answer_goes_through_the_whole_road_in_time(
    models: Callable[..., Models], model: LanguageModel
) -> None:
    made = replace(models("ask_overview"), rephraser=Rephraser(model, 0.5))
    started = time.monotonic()
    reply, _ = respond(QUESTION, Conversation(), made)
    assert reply.text
    assert time.monotonic() - started < 5
