"""A conversation without models: real articles, a letter-counting encoder, and queued intents and images."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.conversation import Attachment, Conversation, Reply, Turn
from assistant.models import LoadedModels, Models, Words
from assistant.respond import respond
from assistant.settings import Settings
from intents.prediction import IntentPrediction
from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.fusion import load_fusion
from knowledge_base.index import build_index
from knowledge_base.retriever import Retriever, load_retriever
from vision_models.analysis import Analysis, GateVerdict

IMAGE = Attachment("slice.png", b"...")


def ask(models: Models, text: str, conversation: Conversation | None = None) -> tuple[Reply, Conversation]:
    """One turn in words."""
    return respond(Turn(text), conversation or Conversation(), models)


class QueuedRouter:
    """Gives the queued intents in order, then ``ask_overview``; rules are left out."""

    def __init__(self, *intents: str | IntentPrediction) -> None:
        self.queue = deque(intents)

    def route(self, text: str, vector: np.ndarray, language: str) -> IntentPrediction:
        wanted = self.queue.popleft() if self.queue else "ask_overview"
        return wanted if isinstance(wanted, IntentPrediction) else IntentPrediction(wanted, 0.95)


class QueuedAnalyzer:
    """Gives the queued analyses in order; draws any class's map as a blank one."""

    def __init__(self, *analyses: Analysis) -> None:
        self.queue = deque(analyses)

    def analyze(
        self,
        name: str,
        content: bytes | None,
        on_step: Callable[[str], None] | None = None,
        known: Iterable[Analysis] = (),
    ) -> Analysis:
        return self.queue.popleft()

    def explain(self, analysis: Analysis, target_class: str) -> Analysis:
        return replace(analysis, target_class=target_class)


def brain_analysis(finding: str = "glioma", share: float = 0.9, **changes: object) -> Analysis:
    names = ("no_tumor", "glioma", "meningioma", "pituitary_tumor")
    rest = (1 - share) / 3
    values: dict[str, object] = {
        "image": "slice.png",
        "verdict": "brain_mri",
        "modality": "brain_mri",
        "finding": finding,
        "probabilities": {name: share if name == finding else rest for name in names},
        "prediction_set": (finding,),
        "model": "brain_mri-1.0.0",
        "gate": GateVerdict("brain_mri", None, 0.01),
        "target_class": finding,
        "region": "upper_left",
    }
    return Analysis(**(values | changes))


def rejected(reason: str = "photo") -> Analysis:
    return Analysis("cat.jpg", "rejected", reason=reason, gate=GateVerdict("rejected", reason, 0.99))


@pytest.fixture(scope="session")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    folder: Path = tmp_path_factory.mktemp("index")
    build_index(FakeEncoder(), folder=folder)
    any_encoder = replace(load_fusion(), encoder="", scope=())
    return load_retriever(FakeEncoder().fingerprint, folder=folder, fusion=any_encoder)


@pytest.fixture
def models(retriever: Retriever) -> Callable[..., Models]:
    def make(*intents: str | IntentPrediction, analyses: tuple[Analysis, ...] = ()) -> Models:
        words = Words(FakeEncoder(), QueuedRouter(*intents), retriever)
        return LoadedModels(words, QueuedAnalyzer(*analyses), Settings())

    return make
