import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder import Vectors
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.index import (
    FORMAT,
    INDEX,
    Manifest,
    build_index,
    load_index,
    read_manifest,
    shipped_fingerprint,
    stale_because,
)
from knowledge_base.passages import articles_hash, load_library
from knowledge_base.problems import StaleIndexError


@pytest.fixture
def index_folder(articles: Path, tmp_path: Path, fake_encoder: FakeEncoder) -> Path:
    folder = tmp_path / "index"
    build_index(fake_encoder, articles=articles, folder=folder)
    return folder


def test_a_passage_is_nearest_to_its_own_title(
    articles: Path, index_folder: Path, fake_encoder: FakeEncoder
) -> None:
    index = load_index(
        load_library(articles), fake_encoder.fingerprint, articles=articles, folder=index_folder
    )["es"]
    query = fake_encoder.encode_queries(["Meningioma: ¿Cómo se trata un meningioma?"])[0]
    similarities = index.similarities(query)
    assert similarities.shape == (4, 2)
    assert similarities[:, 0].max() == pytest.approx(1.0, abs=1e-5)
    assert index.passages[int(similarities[:, 0].argmax())].passage_id == "meningioma/treatment/es/1"


def test_the_wrong_length_is_refused(articles: Path, index_folder: Path) -> None:
    index = load_index(load_library(articles), articles=articles, folder=index_folder)["en"]
    with pytest.raises(ValueError, match=r"shape \(5,\), expected \(384,\)"):
        index.similarities(np.zeros(5, np.float32))


def test_changed_articles_make_it_stale(
    articles: Path, index_folder: Path, edit: Callable[[str, str, str], None]
) -> None:
    edit("pneumonia/en.md", "chills", "shivers")
    with pytest.raises(
        StaleIndexError, match=r"the articles have changed .* Run: python -m knowledge_base index"
    ):
        load_index(load_library(articles), articles=articles, folder=index_folder)


def test_another_encoder_makes_it_stale(articles: Path, index_folder: Path) -> None:
    with pytest.raises(StaleIndexError, match="made with another encoder"):
        load_index(load_library(articles), "another", articles=articles, folder=index_folder)


def test_an_index_that_was_not_finished_is_none(
    articles: Path, index_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        build_index(Failing(), articles=articles, folder=index_folder)
    with pytest.raises(StaleIndexError):
        load_index(load_library(articles), articles=articles, folder=index_folder)


@pytest.mark.parametrize("content", [None, "{", "{}", '{"format": 1}'])
def test_no_index_or_a_broken_one_is_one_clear_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(StaleIndexError, match="Run: python -m knowledge_base index"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"x", b"IxFI" + bytes(40)])
def test_damaged_vectors_are_one_clear_error(
    articles: Path, index_folder: Path, content: bytes | None
) -> None:
    vectors = index_folder / "es.faiss"
    vectors.unlink()
    if content is not None:
        vectors.write_bytes(content)
    with pytest.raises(StaleIndexError, match=r"es\.faiss: .* Run: python -m knowledge_base index"):
        load_index(load_library(articles), articles=articles, folder=index_folder)


@pytest.mark.parametrize("ids", [{}, {"en": []}, {"en": ["gout/overview/en/1"]}, ["en"], None])
def test_a_manifest_of_other_passages_is_one_clear_error(
    articles: Path, index_folder: Path, ids: object
) -> None:
    path = index_folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"passage_ids": ids}), "utf-8")
    with pytest.raises(StaleIndexError, match="Run: python -m knowledge_base index"):
        load_index(load_library(articles), articles=articles, folder=index_folder)


def test_an_encoder_says_what_it_is_on_its_card(tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text('fingerprint = "abc"\n', "utf-8")
    assert shipped_fingerprint(tmp_path) == "abc"
    card.write_text("", "utf-8")
    with pytest.raises(ValueError, match=r"card\.toml: fingerprint is None, expected a text"):
        shipped_fingerprint(tmp_path)


def test_reasons_are_pure() -> None:
    manifest = Manifest(FORMAT, "e", "a", 384, {})
    assert stale_because(manifest, "a", "e") == []
    assert stale_because(manifest, "a", None) == []
    assert len(stale_because(Manifest(FORMAT + 1, "e", "a", 384, {}), "b", "f")) == 3


def test_the_project_s_index_is_up_to_date() -> None:
    assert stale_because(read_manifest(), articles_hash(), shipped_fingerprint()) == []
    assert json.loads((INDEX / "manifest.json").read_text("utf-8"))["dimension"] == 384
