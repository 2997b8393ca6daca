"""The vectors of the passages, in faiss indexes that travel with the project."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.encoder import SHIPPED, Encoder, Vectors
from knowledge_base.passages import ARTICLES, Library, articles_hash, load_library
from knowledge_base.problems import StaleIndexError
from knowledge_base.schema import LANGUAGES, Language, Passage

INDEX = Path(__file__).parent / "index"
#: Counts up when what is encoded of a passage changes.
FORMAT = 1
#: How many vectors a passage has: its title with its topic, and its title with its text.
VIEWS = 2
_REMEDY = "Run: python -m knowledge_base index"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made from. ``passage_ids`` are in the order of its vectors, by language."""

    format: int
    encoder: str
    articles: str
    dimension: int
    passage_ids: dict[str, list[str]]


class Index:
    """Passages of one language and their vectors, by exact inner product: the cosine of unit vectors."""

    def __init__(self, passages: Sequence[Passage], faiss_index: Any) -> None:
        self.passages = tuple(passages)
        self._faiss = faiss_index

    def similarities(self, query_vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The cosine of the query with each view of each passage: float32 ``(passages, VIEWS)``, -1..1.

        Raises ``ValueError`` for a vector of another length than those in the index.
        """
        if query_vector.shape != (self._faiss.d,):
            raise ValueError(f"query_vector has shape {query_vector.shape}, expected ({self._faiss.d},)")
        count = self._faiss.ntotal
        query = np.ascontiguousarray(query_vector[None], dtype=np.float32)
        found, rows = self._faiss.search(query, count)
        ordered = np.empty(count, dtype=np.float32)
        ordered[rows[0]] = found[0]
        return ordered.reshape(-1, VIEWS)


def views(passage: Passage, topic_name: str) -> tuple[str, str]:
    """What is encoded of a passage: its title under its topic, and its title with its text."""
    return f"{topic_name}: {passage.title}", f"{passage.title} {passage.text}"


def build_index(encoder: Encoder, *, articles: Path = ARTICLES, folder: Path = INDEX) -> Manifest:
    """Encodes every passage and writes the index and its manifest to ``folder``.

    Raises ``ArticleError`` when the articles have problems.
    """
    import faiss

    library = load_library(articles)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)  # vectors never stand beside a manifest of others
    ids: dict[str, list[str]] = {}
    for language in LANGUAGES:
        passages = passages_in(library, language)
        vectors = encode(library, passages, encoder)
        flat = faiss.IndexFlatIP(encoder.dimension)
        flat.add(vectors)
        faiss.write_index(flat, str(folder / f"{language}.faiss"))
        ids[language] = [passage.passage_id for passage in passages]
    manifest = Manifest(FORMAT, encoder.fingerprint, articles_hash(articles), encoder.dimension, ids)
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
    return manifest


def encode(library: Library, passages: Sequence[Passage], encoder: Encoder) -> Vectors:
    """The vectors of passages, ``VIEWS`` rows each: float32 ``(passages * VIEWS, dimension)``."""
    texts = [text for p in passages for text in views(p, library.topic_names[p.topic, p.language])]
    return encoder.encode_passages(texts)


def load_index(
    library: Library,
    encoder_fingerprint: str | None = None,
    *,
    articles: Path = ARTICLES,
    folder: Path = INDEX,
) -> dict[Language, Index]:
    """The indexes by language, checked against the articles and, where it is given, the encoder.

    Raises ``StaleIndexError``, which says what differs and what to run.
    """
    import faiss

    manifest = read_manifest(folder)
    if reasons := stale_because(manifest, articles_hash(articles), encoder_fingerprint):
        raise StaleIndexError(f"{folder}: {'; '.join(reasons)}. {_REMEDY}")
    by_id = {passage.passage_id: passage for passage in library.passages}
    indexes: dict[Language, Index] = {}
    for language in LANGUAGES:
        path = folder / f"{language}.faiss"
        try:
            passages = [by_id[passage_id] for passage_id in manifest.passage_ids[language]]
            vectors = faiss.read_index(str(path))
        except (KeyError, TypeError) as error:
            raise StaleIndexError(f"{folder}: its manifest names other passages. {_REMEDY}") from error
        except (RuntimeError, MemoryError) as error:
            raise StaleIndexError(f"{path}: cannot be read. {_REMEDY}") from error
        found, expected = (vectors.ntotal, vectors.d), (VIEWS * len(passages), manifest.dimension)
        if found != expected:
            raise StaleIndexError(f"{path}: has (vectors, dimension) {found}, expected {expected}. {_REMEDY}")
        indexes[language] = Index(passages, vectors)
    return indexes


def read_manifest(folder: Path = INDEX) -> Manifest:
    """Raises ``StaleIndexError`` where there is none, or one of another format."""
    path = folder / "manifest.json"
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Manifest(**fields)
    except (OSError, ValueError, TypeError) as error:
        reason = (
            "there is no index" if isinstance(error, FileNotFoundError) else "its manifest cannot be read"
        )
        raise StaleIndexError(f"{folder}: {reason}. {_REMEDY}") from error


def shipped_fingerprint(folder: Path = SHIPPED) -> str:
    """What the encoder in the project says that it is, without loading it.

    Raises ``FileNotFoundError`` where it has no card, ``ValueError`` where the card does not say it.
    """
    path = folder / "card.toml"
    fingerprint = tomllib.loads(path.read_text("utf-8")).get("fingerprint")
    if not isinstance(fingerprint, str):
        raise ValueError(f"{path}: fingerprint is {fingerprint!r}, expected a text")
    return fingerprint


def stale_because(manifest: Manifest, articles: str, encoder: str | None) -> list[str]:
    """Why an index cannot be used with these articles and this encoder; empty when it can. Pure."""
    reasons = []
    if manifest.format != FORMAT:
        reasons.append(f"the index has format {manifest.format}, expected {FORMAT}")
    if manifest.articles != articles:
        reasons.append(
            f"the articles have changed since it was made (they are {articles}, it has {manifest.articles})"
        )
    if encoder is not None and manifest.encoder != encoder:
        reasons.append(f"it was made with another encoder (in use is {encoder}, it has {manifest.encoder})")
    return reasons


def passages_in(library: Library, language: Language) -> list[Passage]:
    return [passage for passage in library.passages if passage.language == language]
