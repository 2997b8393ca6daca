"""Every file that serving loads: missing, cut in half, and with one bit turned. None passes unseen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant import build, messages, second_look, triage
from assistant.errors import GalenoError
from assistant.settings import Settings
from intents.card import MODEL
from intents.router import load_router
from knowledge_base import mentions, spelling, stopwords
from knowledge_base.encoder import SHIPPED, load_encoder
from knowledge_base.fusion import FUSION, load_fusion
from knowledge_base.index import INDEX, load_index
from knowledge_base.passages import ARTICLES, Library, load_library
from knowledge_base.problems import ArticleError, StaleIndexError
from knowledge_base.questions import OF_PASSAGES
from tests.faults.harm import HARMS, harm, linked
from vision_models.analyzer import load_analyzer
from vision_models.card import MODEL_NAMES, MODELS, Card, ModelError, load_card

pytestmark = pytest.mark.model

#: Without the graph torch computes the same, and without a card the files speak for themselves.
FINE_WITHOUT = {("model.onnx", "missing"), ("card.toml", "missing")}
ENCODER = sorted(
    (path.relative_to(SHIPPED).as_posix(), how)
    for path in SHIPPED.rglob("*")
    for how in HARMS
    if path.is_file() and path.name != "README.md" and (path.name, how) not in FINE_WITHOUT
)
#: One of the topics stands for all: they are read the same way.
TOPIC = "meningioma"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_damaged_weights_read_no_picture(tmp_path: Path, name: str, how: str) -> None:
    models = linked(MODELS, tmp_path / "models")
    harm(models / name / "weights.tflite", how)
    with pytest.raises(ModelError, match=rf"{name}/weights\.tflite .*: check"):
        load_analyzer(models)


def read_from(card: Card) -> tuple[object, ...]:
    """What of a card a reading depends on."""
    numbers = (card.temperature, dict(card.quantiles), dict(card.operating_point), card.image_size)
    return (*numbers, card.contrast, card.class_names, card.sha256)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_card_cut_anywhere_is_refused_or_reads_the_same(tmp_path: Path, name: str) -> None:
    whole = (MODELS / name / "card.toml").read_bytes()
    card = tmp_path / name / "card.toml"
    card.parent.mkdir()
    of_the_whole = read_from(load_card(name))
    until = whole.index(b"[figures]") + len(b"[figures]\n")
    refused = 0
    for length in range(0, until, 3):
        card.write_bytes(whole[:length])
        try:
            cut = load_card(name, tmp_path)
        except ModelError:
            refused += 1
        else:  # without a calibration it is no model to serve
            assert not cut.operating_point or read_from(cut) == of_the_whole, whole[:length][-60:]
    assert refused > 0.8 * until / 3


@pytest.mark.parametrize("how", ["missing", "flipped"])
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_damaged_card_reads_no_picture(tmp_path: Path, name: str, how: str) -> None:
    models = linked(MODELS, tmp_path / "models")
    harm(models / name / "card.toml", how)
    with pytest.raises(ModelError, match=rf"{name}/card\.toml .*: check"):
        load_analyzer(models)


@pytest.mark.parametrize(("name", "how"), ENCODER)
def test_a_damaged_encoder_makes_no_vector(tmp_path: Path, name: str, how: str) -> None:
    folder = linked(SHIPPED, tmp_path / "encoder")
    harm(folder / name, how)
    with pytest.raises((ValueError, OSError), match=r"encoder"):
        load_encoder(folder)


def test_an_encoder_without_its_card_is_known_by_its_files(tmp_path: Path) -> None:
    folder = linked(SHIPPED, tmp_path / "encoder")
    harm(folder / "card.toml", "missing")
    assert load_encoder(folder).fingerprint == load_encoder().fingerprint


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("name", ["weights.safetensors", "card.toml"])
def test_a_damaged_router_names_its_file(tmp_path: Path, name: str, how: str) -> None:
    folder = linked(MODEL, tmp_path / "router")
    harm(folder / name, how)
    with pytest.raises((ValueError, OSError), match=rf"{re.escape(name)}.* restore it from git"):
        load_router(folder)


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("name", ["en.npy", "es.npy", "manifest.json"])
def test_a_damaged_index_is_not_searched(tmp_path: Path, library: Library, name: str, how: str) -> None:
    folder = linked(INDEX, tmp_path / "index")
    harm(folder / name, how)
    with pytest.raises(StaleIndexError, match="Run: python -m knowledge_base index"):
        load_index(library, folder=folder)


@pytest.mark.parametrize("how", HARMS)
def test_damaged_weights_of_the_search_are_refused(tmp_path: Path, how: str) -> None:
    path = tmp_path / "fusion.toml"
    path.write_bytes(FUSION.read_bytes())
    with pytest.raises((ValueError, OSError), match=r"fusion\.toml"):
        load_fusion(harm(path, how))


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("name", ["en.md", "es.md", "sources.toml"])
def test_a_damaged_article_is_not_quoted(tmp_path: Path, name: str, how: str) -> None:
    articles = linked(ARTICLES, tmp_path / "articles")
    harm(articles / TOPIC / name, how)
    with pytest.raises((ArticleError, StaleIndexError)):
        load_index(load_library(articles), articles=articles)


@pytest.mark.parametrize("how", HARMS)
def test_damaged_questions_of_the_passages_are_told(tmp_path: Path, library: Library, how: str) -> None:
    questions = linked(OF_PASSAGES, tmp_path / "questions")
    harm(questions / f"{TOPIC}.yaml", how)
    with pytest.raises(StaleIndexError, match="the questions for the passages have changed"):
        load_index(library, questions=questions)


@pytest.mark.parametrize("how", HARMS)
def test_a_damaged_second_look_is_refused(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "second_look.safetensors"
    path.write_bytes(second_look.WEIGHTS.read_bytes())
    monkeypatch.setattr(second_look, "WEIGHTS", harm(path, how))
    with pytest.raises((ValueError, OSError), match=r"second_look\.safetensors"):
        second_look.load_second_look.__wrapped__(load_encoder().fingerprint)


@pytest.fixture
def forget() -> Iterator[None]:
    """What was read once is read again, in the test and after it."""
    kept: list[Callable[[], None]] = [
        triage.load_table.cache_clear,
        mentions._topics.cache_clear,
        mentions._sections.cache_clear,
        stopwords.stopwords.cache_clear,
        spelling._common_words.cache_clear,
    ]
    for clear in kept:
        clear()
    yield
    for clear in kept:
        clear()


#: What no turn goes without: the module, and its name for the file.
FILES = (
    (triage, "WEIGHTS"),
    (triage, "CARD"),
    (mentions, "NAMES"),
    (mentions, "CUES"),
    (stopwords, "STOPWORDS"),
    (spelling, "COMMON_WORDS"),
)
#: Half of the common words is a list too, and the floor reads only the first half of its card.
NEEDED = [
    (module, name, how)
    for module, name in FILES
    for how in HARMS
    if (name, how) not in {("COMMON_WORDS", "cut"), ("CARD", "cut")}
]


@pytest.mark.usefixtures("forget")
@pytest.mark.parametrize(
    ("module", "name", "how"), NEEDED, ids=lambda value: getattr(value, "__name__", value)
)
def test_galeno_does_not_start_without_what_every_turn_needs(
    tmp_path: Path, module: object, name: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Path = getattr(module, name)
    path = tmp_path / real.name
    path.write_bytes(real.read_bytes())
    monkeypatch.setattr(module, name, harm(path, how))
    with pytest.raises(GalenoError, match=rf"{re.escape(path.name)}.*restore") as raised:
        build.build_models(Settings())
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("how", [*HARMS, "half of the lines"])
@pytest.mark.parametrize("name", ["en.toml", "es.toml", "ui.en.toml", "ui.es.toml"])
def test_galeno_does_not_start_without_its_sentences(
    tmp_path: Path, name: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = linked(messages.FOLDER, tmp_path / "messages")
    if how in HARMS:
        harm(folder / name, how)
    else:
        lines = (folder / name).read_text("utf-8").splitlines()
        (folder / name).unlink()
        (folder / name).write_text("\n".join(lines[: len(lines) // 2]) + "\n", "utf-8")
    monkeypatch.setattr(messages, "FOLDER", folder)
    with pytest.raises(GalenoError, match=rf"{re.escape(name)}.*restore it from git") as raised:
        build.build_models(Settings())
    assert "\n" not in str(raised.value)


def test_the_shipped_files_are_whole() -> None:
    """What the tests above break is not broken by itself."""
    models = build.build_models(Settings())
    assert models.words is not None
    assert models.words.second_look is not None
    assert models.analyzer is not None
    vectors = models.words.encoder.encode_queries(["¿Qué es un glioma?"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
