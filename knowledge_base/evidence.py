"""What speaks for each passage as the answer to a question, as numbers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.mentions import ancestors, mentioned_sections, mentioned_topics, names_another_part
from knowledge_base.schema import TOPICS, Passage

Numbers = npt.NDArray[np.float32]

#: What speaks for one passage, in the order of the columns of ``passage_evidence``.
PASSAGE_FEATURES = (
    "title_similarity",
    "text_similarity",
    "question_similarity",
    "words",
    "coverage",
    "named_topic",
    "given_topic",
    "cued_section",
    "given_section",
)
#: What speaks for the question being one that the articles answer, whichever passage it is.
QUERY_FEATURES = (
    "best_coverage",
    "best_title",
    "best_text",
    "best_question",
    "scope",
    "topic_named",
    "topic_given",
    "another_part",
)

EXAMS = frozenset({"chest_xray", "brain_mri"})
#: A cue or a name that is not the first counts less than the first. An exam named beside a disease is rather
#: where the disease shows than what is asked about; a broader topic beside a narrower one says little more.
_SECOND_CUE, _EXAM_BESIDE, _BROADER_BESIDE = 0.6, 0.6, 0.5
#: "What is ..." stands in questions about everything.
_VAGUE_CUE = 0.4


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about, as far as its words or its asker say. Weights are 0..1.

    ``topics`` and ``cued`` map the topics and sections that the text speaks of to weights. ``given_topic``
    and ``given_section`` are those passed in, ``None`` where none was; with a topic passed in ``topics`` is
    empty. ``named`` is whether the text names a topic, ``another`` whether it names what no topic is about.
    """

    topics: dict[str, float]
    cued: dict[str, float]
    given_topic: str | None
    given_section: str | None
    named: bool
    another: bool

    @property
    def about(self) -> tuple[str, ...]:
        """The topics meant, the one passed in before those named."""
        return (self.given_topic,) if self.given_topic else tuple(self.topics)


def read_question(query: str, topic: str | None = None, section: str | None = None) -> Asked:
    """Reads the names in a question. A ``topic`` passed in takes the place of those named in the text."""
    mentioned = mentioned_topics(query)
    return Asked(
        topics={} if topic else _weigh_topics(mentioned),
        cued=_weigh_sections(mentioned_sections(query)),
        given_topic=topic,
        given_section=section,
        named=bool(mentioned),
        another=names_another_part(query),
    )


def passage_evidence(
    passages: Sequence[Passage],
    similarities: Numbers,
    usual: Numbers,
    bm25: Numbers,
    coverage: Numbers,
    asked: Asked,
) -> Numbers:
    """One row for each passage, one column for each of ``PASSAGE_FEATURES``: float32.

    ``similarities`` are the cosines with the passages' titles, texts and questions ``(passages, 3)``, put on
    one scale by the mean and spread of the ``usual`` ones, those of all passages or of some drawn from them,
    since an encoder's cosines lie close together.
    """
    spread = np.maximum(usual.std(axis=0), 1e-6)
    scaled = (similarities - usual.mean(axis=0)) / spread
    words = bm25 / max(float(bm25.max(initial=0.0)), 1e-6)
    topics, sections = [p.topic for p in passages], [p.section for p in passages]
    named = [
        _weights(topics, asked.topics),
        _weights(topics, {asked.given_topic: 1.0} if asked.given_topic else {}),
        _weights(sections, asked.cued),
        _weights(sections, {asked.given_section: 1.0} if asked.given_section else {}),
    ]
    return np.column_stack([scaled, words, coverage, *named]).astype(np.float32)


def _weights(names: Sequence[str], weights: Mapping[str, float]) -> Numbers:
    if not weights:
        return np.zeros(len(names), dtype=np.float32)
    return np.array([weights.get(name, 0.0) for name in names], dtype=np.float32)


def strangers(passages: Sequence[Passage], asked: Asked) -> npt.NDArray[np.bool_]:
    """Which passages are neither of the topic passed in, nor of what it is a kind of, nor of a kind of it."""
    if asked.given_topic is None:
        return np.zeros(len(passages), dtype=np.bool_)
    related = family(asked.given_topic)
    return np.array([passage.topic not in related for passage in passages])


def family(topic: str) -> frozenset[str]:
    """A topic, what it is a kind of, and its kinds."""
    return frozenset({topic, *ancestors(topic), *(other for other in TOPICS if topic in ancestors(other))})


def query_evidence(similarities: Numbers, coverage: Numbers, scope: float, asked: Asked) -> Numbers:
    """The values of ``QUERY_FEATURES``: float32 ``(8,)``.

    ``scope`` is how much the question sounds like one for the articles (``Fusion.scope_of``).
    """
    values = [
        float(coverage.max(initial=0.0)),
        *similarities.max(axis=0),
        scope,
        asked.named,
        asked.given_topic is not None,
        asked.another and not asked.named,
    ]
    return np.array(values, dtype=np.float32)


def _weigh_topics(mentioned: Sequence[str]) -> dict[str, float]:
    weights = {}
    disease = any(topic not in EXAMS for topic in mentioned)
    for topic in mentioned:
        broader = any(topic in ancestors(other) for other in mentioned)
        weights[topic] = _EXAM_BESIDE if topic in EXAMS and disease else _BROADER_BESIDE if broader else 1.0
    return weights


def _weigh_sections(cued: Sequence[str]) -> dict[str, float]:
    clear = [section for section in cued if section != "overview"]
    weights = {section: _SECOND_CUE if at else 1.0 for at, section in enumerate(clear)}
    if "overview" in cued:
        weights["overview"] = _VAGUE_CUE if clear else 1.0
    return weights
