import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder import Vectors
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.index import (
    FORMAT,
    INDEX,
    Index,
    Manifest,
    build_index,
    load_index,
    read_manifest,
    shipped_fingerprint,
    stale_because,
)
from knowledge_base.passages import articles_hash, load_library
from knowledge_base.problems import StaleIndexError
from knowledge_base.questions import questions_hash
from knowledge_base.schema import Language


def empty() -> bytes:
    """An .npy file of no vectors."""
    file = BytesIO()
    np.save(file, np.zeros((0, 384), np.float16))
    return file.getvalue()


@pytest.fixture
def house(articles: Path, questions: Path, tmp_path: Path, fake_encoder: FakeEncoder) -> dict[str, Path]:
    """Where the articles, their questions and their index are."""
    places = {"articles": articles, "questions": questions, "folder": tmp_path / "index"}
    build_index(fake_encoder, **places)
    return places


def load(house: dict[str, Path], fingerprint: str | None = None) -> dict[Language, Index]:
    return load_index(load_library(house["articles"]), fingerprint, **house)


def test_a_passage_is_nearest_to_its_own_title(house: dict[str, Path], fake_encoder: FakeEncoder) -> None:
    index = load(house, fake_encoder.fingerprint)["es"]
    query = fake_encoder.encode_queries(["Meningioma: ¿Cómo se trata un meningioma?"])[0]
    similarities = index.similarities(query)
    assert similarities.shape == (4, 3)
    assert similarities[:, 0].max() == pytest.approx(1.0, abs=1e-3)
    assert index.passages[int(similarities[:, 0].argmax())].passage_id == "meningioma/treatment/es/1"


def test_a_passage_is_as_near_as_the_nearest_of_its_questions_and_its_title(
    house: dict[str, Path], fake_encoder: FakeEncoder
) -> None:
    index = load(house)["en"]
    for asked in ("Can the lump be cut out?", "knife or rays"):
        nearest = index.similarities(fake_encoder.encode_queries([asked])[0])[:, 2]
        assert nearest.max() == pytest.approx(1.0, abs=1e-3)
        assert index.passages[int(nearest.argmax())].passage_id == "meningioma/treatment/en/1"
    similarities = index.similarities(fake_encoder.encode_queries(["something else"])[0])
    unasked = [row for row, passage in enumerate(index.passages) if passage.topic == "pneumonia"]
    assert np.array_equal(similarities[unasked, 2], similarities[unasked, 0])


def test_the_wrong_length_is_refused(house: dict[str, Path]) -> None:
    index = load(house)["en"]
    with pytest.raises(ValueError, match=r"shape \(5,\), expected \(384,\)"):
        index.similarities(np.zeros(5, np.float32))


def test_changed_articles_make_it_stale(
    house: dict[str, Path], edit: Callable[[str, str, str], None]
) -> None:
    edit("pneumonia/en.md", "chills", "shivers")
    with pytest.raises(
        StaleIndexError, match=r"the articles have changed .* Run: python -m knowledge_base index"
    ):
        load(house)


def test_changed_questions_make_it_stale(house: dict[str, Path]) -> None:
    path = house["questions"] / "meningioma.yaml"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\n", b"\r\n"))  # as git may write it on another system
    load(house)
    path.write_bytes(content.replace(b"knife", b"blade"))
    with pytest.raises(StaleIndexError, match=r"the questions for the passages have changed .* Run: python"):
        load(house)


def test_another_encoder_makes_it_stale(house: dict[str, Path]) -> None:
    with pytest.raises(StaleIndexError, match="made with another encoder"):
        load(house, "another")


def test_an_index_that_was_not_finished_is_none(
    house: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        build_index(Failing(), **house)
    with pytest.raises(StaleIndexError):
        load(house)


@pytest.mark.parametrize("content", [None, "{", "{}", '{"format": 1}'])
def test_no_index_or_a_broken_one_is_one_clear_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(StaleIndexError, match="Run: python -m knowledge_base index"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"x", b"\x93NUMPY" + bytes(40), empty()])
def test_damaged_vectors_are_one_clear_error(house: dict[str, Path], content: bytes | None) -> None:
    vectors = house["folder"] / "es.npy"
    vectors.unlink()
    if content is not None:
        vectors.write_bytes(content)
    with pytest.raises(StaleIndexError, match=r"es\.npy: .* Run: python -m knowledge_base index"):
        load(house)


@pytest.mark.parametrize("ids", [{}, {"en": []}, {"en": ["gout/overview/en/1"]}, ["en"], None])
def test_a_manifest_of_other_passages_is_one_clear_error(house: dict[str, Path], ids: object) -> None:
    path = house["folder"] / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"passage_ids": ids}), "utf-8")
    with pytest.raises(StaleIndexError, match="Run: python -m knowledge_base index"):
        load(house)


def test_an_encoder_says_what_it_is_on_its_card(tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text('fingerprint = "abc"\n', "utf-8")
    assert shipped_fingerprint(tmp_path) == "abc"
    card.write_text("", "utf-8")
    with pytest.raises(ValueError, match=r"card\.toml: fingerprint is None, expected a text"):
        shipped_fingerprint(tmp_path)


def test_reasons_are_pure() -> None:
    manifest = Manifest(FORMAT, "e", "a", "q", 384, {}, {}, {})
    assert stale_because(manifest, "a", "q", "e") == []
    assert stale_because(manifest, "a", "q", None) == []
    assert len(stale_because(Manifest(FORMAT + 1, "e", "a", "q", 384, {}, {}, {}), "b", "r", "f")) == 4


def test_the_project_s_index_is_up_to_date() -> None:
    assert stale_because(read_manifest(), articles_hash(), questions_hash(), shipped_fingerprint()) == []
    assert json.loads((INDEX / "manifest.json").read_text("utf-8"))["dimension"] == 384
