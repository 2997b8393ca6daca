"""What the tests of the page share: a queue-fed answer in place of the models, and small values."""

from collections import deque
from collections.abc import Callable

import numpy as np
import pytest

from assistant.conversation import Citation, Conversation, Reply, Turn
from vision_models.analysis import Analysis


class QueuedAnswer:
    """Stands in for ``respond``: gives the queued replies in order, tells the queued steps, raises errors.

    ``turns`` holds what it was asked.
    """

    def __init__(self, *outcomes: Reply | Exception, steps: tuple[str, ...] = ()) -> None:
        self.outcomes = deque(outcomes)
        self.steps = steps
        self.turns: list[Turn] = []

    def __call__(
        self, turn: Turn, conversation: Conversation, on_step: Callable[[str], None] | None = None
    ) -> tuple[Reply, Conversation]:
        self.turns.append(turn)
        for step in self.steps:
            if on_step is not None:
                on_step(step)
        outcome = self.outcomes.popleft()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome, conversation.with_(
            language=outcome.language, last_reply=outcome, turns=conversation.turns + 1
        )


@pytest.fixture
def citations() -> tuple[Citation, ...]:
    return (
        Citation(
            "meningioma/overview/es/1", "meningioma", "overview", "Meningioma", "NCI", "https://nci.example/a"
        ),
        Citation(
            "meningioma/types/es/1", "meningioma", "types", 'A "type" <b>', "NHS", "javascript:alert(1)"
        ),
    )


@pytest.fixture
def reply(citations: tuple[Citation, ...]) -> Reply:
    return Reply("es", "ask_overview", 0.9, "answer", "Es un **tumor**. [1] Otro. [2][3]", citations)


@pytest.fixture
def reading() -> Analysis:
    grey = np.full((8, 8, 3), 90, np.uint8)
    return Analysis(
        image="glioma.png",
        verdict="brain_mri",
        modality="brain_mri",
        finding="glioma",
        probabilities={"no_tumor": 0.002, "glioma": 0.861, "meningioma": 0.12, "pituitary_tumor": 0.017},
        prediction_set=("glioma", "meningioma"),
        model="brain_mri-1.0.0",
        target_class="glioma",
        region="upper_left",
        picture=grey,
        enhanced=grey,
        saliency=np.full(grey.shape[:2], 0.5, np.float16),
    )


@pytest.fixture
def queued_answer() -> type[QueuedAnswer]:
    return QueuedAnswer
