import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder import SHIPPED, Encoder, fingerprint_of, load_encoder
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.finetuning import LAYERS, VERSION


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def test_every_file_is_small_enough_for_a_space() -> None:
    sizes = {path.name: path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()}
    assert max(sizes.values()) < 10_000_000
    assert sum(sizes.values()) < 45_000_000


def test_the_card_tells_the_truth() -> None:
    card = tomllib.loads((SHIPPED / "card.toml").read_text("utf-8"))
    assert card["fingerprint"] == fingerprint_of(SHIPPED)
    assert card["layers"] == len(LAYERS)
    assert card["version"] == VERSION


def test_the_fingerprint_sees_the_settings_too(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(SHIPPED, folder)
    (folder / "README.md").write_text("another text", "utf-8")
    assert fingerprint_of(folder) == fingerprint_of(SHIPPED)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text("utf-8").replace("true", "false"), "utf-8")
    assert fingerprint_of(folder) != fingerprint_of(SHIPPED)


@pytest.mark.parametrize("name", [Path("/no/such/folder"), "/no/such/folder", "./no/such"])
def test_a_wrong_path_is_named(name: str | Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such"):
        load_encoder(name)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"expected config\.json"):
        load_encoder(tmp_path)


def test_the_fake_is_deterministic_and_of_unit_length() -> None:
    fake = FakeEncoder(64)
    vectors = fake.encode_queries(["¿Qué es?", "", "🧠"])
    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors, FakeEncoder(64).encode_passages(["¿Qué es?", "", "🧠"]))
    assert fake.encode_queries([]).shape == (0, 64)


@pytest.mark.model
def test_unit_length_and_shape(encoder: Encoder) -> None:
    vectors = encoder.encode_queries(["hola", "", "🧠" * 50, "word " * 2000])
    assert vectors.shape == (4, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    assert encoder.fingerprint == fingerprint_of(SHIPPED)


@pytest.mark.model
def test_the_two_languages_meet(encoder: Encoder) -> None:
    query = encoder.encode_queries(["¿Cómo se trata la neumonía bacteriana?"])[0]
    near, far = encoder.encode_passages(
        ["Bacterial pneumonia is treated with antibiotics.", "An MRI uses a magnet."]
    )
    assert query @ near > query @ far + 0.02


@pytest.mark.model
def test_plain_sentence_transformers_loads_it_and_agrees(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(SHIPPED), device="cpu", local_files_only=True)
    assert np.allclose(plain.encode_query(["qué es"]), encoder.encode_queries(["qué es"]), atol=1e-5)
    assert np.allclose(plain.encode_document(["qué es"]), encoder.encode_passages(["qué es"]), atol=1e-5)
