"""The vectors of the passages, which travel with the project, searched by faiss."""

import io
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.encoder import SHIPPED, Encoder, Vectors
from knowledge_base.passages import ARTICLES, Library, articles_hash, load_library
from knowledge_base.problems import StaleIndexError
from knowledge_base.questions import OF_PASSAGES, load_passage_questions, questions_hash
from knowledge_base.schema import LANGUAGES, Language, Passage
from knowledge_base.shelf import Rows, Shelf

INDEX = Path(__file__).parent / "index"
#: Counts up when what is encoded of a passage changes.
FORMAT = 2
#: How many vectors a passage has: its title with its topic, and its title with its text.
VIEWS = 2
#: So many vectors, and each of them is compared with a question.
EXACT = 20_000
#: With more: how many groups are looked into, and the vectors of each that their middle is learnt from.
LOOKED_INTO, PER_GROUP = 24, 64
ADDED_AT_ONCE = 50_000
#: And how many passages tell what cosine is usual.
DRAWN = 256
_REMEDY = "Run: python -m knowledge_base index"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made from. By language: ``passage_ids`` in the order of its vectors, how many of the
    questions written for each passage come after those, in the same order, and the ``sha256`` of the file."""

    format: int
    encoder: str
    articles: str
    questions: str
    dimension: int
    passage_ids: dict[str, list[str]]
    question_counts: dict[str, list[int]]
    sha256: dict[str, str]


class Index:
    """Passages of one language and their vectors, by inner product: the cosine of unit vectors.

    ``vectors``, float ``(VIEWS * passages + questions, dimension)``: ``VIEWS`` for each passage, then those
    of the questions written for the passages, of which each has ``question_counts``.

    Up to ``EXACT`` vectors each is compared with a question. Beyond, faiss groups them when it is made, and
    looks in the groups nearest to the question (inverted lists; Jégou et al., PAMI 2011).
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        vectors: npt.NDArray[Any],
        question_counts: Sequence[int],
        exact: bool | None = None,
    ) -> None:
        """``exact`` says it whatever ``EXACT`` is."""
        self.shelf = Shelf(passages)
        self._owners = np.repeat(np.arange(len(passages)), question_counts)
        self._questions_from = VIEWS * len(passages) + np.cumsum([0, *question_counts])
        self.exact = len(vectors) <= EXACT if exact is None else exact
        self._faiss = _flat(vectors) if self.exact else _grouped(vectors)
        self._drawn = None if self.exact else self._some(np.linspace(0, len(passages) - 1, DRAWN).astype(int))
        self._numbers = np.arange(len(vectors), dtype=np.int64)

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self.shelf.passages

    def usual(self, query_vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The ``similarities`` of all passages or, beyond ``EXACT``, of ``DRAWN`` of them, evenly: what is
        usual for this query."""
        return (self._drawn or self).similarities(query_vector)

    def nearest(self, query_vector: npt.NDArray[np.float32], count: int) -> Rows:
        """The rows of the passages that the ``count`` nearest vectors belong to, each once, in their order.

        Raises ``ValueError`` for a vector of another length than those in the index.
        """
        numbers = self._faiss.search(self._checked(query_vector), count)[1]
        numbers = numbers[numbers >= 0]
        of_questions = VIEWS * len(self.passages)
        questions = numbers >= of_questions
        numbers[questions] = self._owners[numbers[questions] - of_questions]
        numbers[~questions] //= VIEWS
        return np.unique(numbers).astype(np.intp)

    def similarities(
        self, query_vector: npt.NDArray[np.float32], rows: Rows | None = None
    ) -> npt.NDArray[np.float32]:
        """The cosine of the query with each view of the passages in ``rows``, and with the nearest of the
        questions written for each or its title: float32 ``(rows, VIEWS + 1)``, -1..1 to three digits, since
        the vectors are kept in half precision. ``None`` means all passages.

        Raises ``ValueError`` for a vector of another length than those in the index.
        """
        query = self._checked(query_vector)
        if rows is None:
            return self._reduced(self._all(query), len(self.passages), self._owners)
        numbers, owners = self._numbers_of(rows)
        return self._reduced(self._faiss.reconstruct_batch(numbers) @ query[0], len(rows), owners)

    def _some(self, rows: Rows) -> "Index":
        """An index of these passages alone."""
        vectors = self._faiss.reconstruct_batch(self._numbers_of(rows)[0])
        counts = np.diff(self._questions_from)[rows].tolist()
        return Index([self.passages[row] for row in rows], vectors, counts, exact=True)

    def _numbers_of(self, rows: Rows) -> tuple[npt.NDArray[np.int64], Rows]:
        """The places among the vectors of these passages' views and then of their questions; and of each of
        the latter, which of ``rows`` it belongs to."""
        counts = np.diff(self._questions_from)[rows]
        owners = np.repeat(np.arange(len(rows)), counts)
        behind = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        views = (VIEWS * rows[:, None] + np.arange(VIEWS)).ravel()
        return np.concatenate([views, self._questions_from[rows][owners] + behind]).astype(np.int64), owners

    def _all(self, query: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The cosine with every vector, in their order."""
        import faiss

        faiss.omp_set_num_threads(1)  # of this thread alone: a second is waited for where others are at work
        count = self._faiss.ntotal
        found = np.empty((1, count), np.float32)
        self._faiss.compute_distance_subset(
            1, faiss.swig_ptr(query), count, faiss.swig_ptr(found), faiss.swig_ptr(self._numbers)
        )
        ordered: npt.NDArray[np.float32] = found[0]
        return ordered

    @staticmethod
    def _reduced(found: npt.NDArray[np.float32], count: int, owners: Rows) -> npt.NDArray[np.float32]:
        """From the cosines of the views of ``count`` passages and then of questions, each with the place of
        its owner among them, to a row for each."""
        by_view = found[: VIEWS * count].reshape(-1, VIEWS)
        nearest = by_view[:, 0].copy()
        np.maximum.at(nearest, owners, found[VIEWS * count :])
        return np.column_stack([by_view, nearest])

    def _checked(self, query_vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if query_vector.shape != (self._faiss.d,):
            raise ValueError(f"query_vector has shape {query_vector.shape}, expected ({self._faiss.d},)")
        return np.ascontiguousarray(query_vector[None], dtype=np.float32)


def _flat(vectors: npt.NDArray[Any]) -> Any:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors.astype(np.float32))
    return index


def _grouped(vectors: npt.NDArray[Any]) -> Any:
    """Inverted lists, about as many as vectors have square roots, in half precision as they are kept."""
    import faiss

    groups = int(len(vectors) ** 0.5)
    index: Any = faiss.index_factory(vectors.shape[1], f"IVF{groups},SQfp16", faiss.METRIC_INNER_PRODUCT)
    drawn = np.random.default_rng(0).choice(
        len(vectors), min(len(vectors), PER_GROUP * groups), replace=False
    )
    index.train(vectors[np.sort(drawn)].astype(np.float32))
    for start in range(0, len(vectors), ADDED_AT_ONCE):
        index.add(vectors[start : start + ADDED_AT_ONCE].astype(np.float32))
    index.make_direct_map()
    index.nprobe = LOOKED_INTO
    return index


def views(passage: Passage, topic_name: str) -> tuple[str, str]:
    """What is encoded of a passage: its title under its topic, and its title with its text."""
    return f"{topic_name}: {passage.title}", f"{passage.title} {passage.text}"


def build_index(
    encoder: Encoder, *, articles: Path = ARTICLES, questions: Path = OF_PASSAGES, folder: Path = INDEX
) -> Manifest:
    """Encodes every passage, and the questions written for it, and writes the index and its manifest to
    ``folder``.

    Raises ``ArticleError`` when the articles have problems, ``ValueError`` when the questions have.
    """
    library = load_library(articles)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)  # vectors never stand beside a manifest of others
    asked: dict[str, list[str]] = {}
    for question in load_passage_questions(library, questions):
        asked.setdefault(question.passage_id, []).append(question.text)
    ids: dict[str, list[str]] = {}
    counts: dict[str, list[int]] = {}
    hashes: dict[str, str] = {}
    for language in LANGUAGES:
        passages = passages_in(library, language)
        of_each = [asked.get(passage.passage_id, []) for passage in passages]
        of_questions = encoder.encode_queries([text for texts in of_each for text in texts])
        vectors = np.concatenate([encode(library, passages, encoder), of_questions])
        path = folder / f"{language}.npy"
        np.save(path, vectors.astype(np.float16), allow_pickle=False)
        hashes[language] = sha256(path.read_bytes()).hexdigest()
        ids[language] = [passage.passage_id for passage in passages]
        counts[language] = [len(texts) for texts in of_each]
    manifest = Manifest(
        FORMAT,
        encoder.fingerprint,
        articles_hash(articles),
        questions_hash(questions),
        encoder.dimension,
        ids,
        counts,
        hashes,
    )
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
    questions: Path = OF_PASSAGES,
    folder: Path = INDEX,
) -> dict[Language, Index]:
    """The indexes by language, checked against the articles, their questions and, where it is given, the
    encoder.

    Raises ``StaleIndexError``, which says what differs and what to run.
    """
    manifest = read_manifest(folder)
    if reasons := stale_because(
        manifest, articles_hash(articles), questions_hash(questions), encoder_fingerprint
    ):
        raise StaleIndexError(f"{folder}: {'; '.join(reasons)}. {_REMEDY}")
    by_id = {passage.passage_id: passage for passage in library.passages}
    indexes: dict[Language, Index] = {}
    for language in LANGUAGES:
        path = folder / f"{language}.npy"
        try:
            passages = [by_id[passage_id] for passage_id in manifest.passage_ids[language]]
            counts, expected_hash = manifest.question_counts[language], manifest.sha256[language]
        except (KeyError, TypeError) as error:
            raise StaleIndexError(f"{folder}: its manifest names other passages. {_REMEDY}") from error
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StaleIndexError(f"{path}: cannot be read. {_REMEDY}") from error
        if sha256(content).hexdigest() != expected_hash:
            raise StaleIndexError(f"{path}: is not what its manifest describes. {_REMEDY}")
        vectors = np.load(io.BytesIO(content), allow_pickle=False)
        expected = (VIEWS * len(passages) + sum(counts), manifest.dimension)
        if vectors.shape != expected:
            raise StaleIndexError(
                f"{path}: has (vectors, dimension) {vectors.shape}, expected {expected}. {_REMEDY}"
            )
        indexes[language] = Index(passages, vectors, counts)
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


def stale_because(manifest: Manifest, articles: str, questions: str, encoder: str | None) -> list[str]:
    """Why an index cannot be used with these articles, questions and encoder; empty when it can. Pure."""
    reasons = []
    if manifest.format != FORMAT:
        reasons.append(f"the index has format {manifest.format}, expected {FORMAT}")
    if manifest.articles != articles:
        reasons.append(
            f"the articles have changed since it was made (they are {articles}, it has {manifest.articles})"
        )
    if manifest.questions != questions:
        reasons.append(
            "the questions for the passages have changed since it was made "
            f"(they are {questions}, it has {manifest.questions})"
        )
    if encoder is not None and manifest.encoder != encoder:
        reasons.append(f"it was made with another encoder (in use is {encoder}, it has {manifest.encoder})")
    return reasons


def passages_in(library: Library, language: Language) -> list[Passage]:
    return [passage for passage in library.passages if passage.language == language]
