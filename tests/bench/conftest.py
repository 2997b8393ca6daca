"""What benchmarks share. A test writes the row that it measures into what pytest-benchmark saves:
``benchmark.extra_info`` has ``row``, and ``value`` where that is not the median in milliseconds; ``bare`` is
the bare limit, measured by turns with the row so that both meet the same machine."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.build import build_models
from assistant.models import LoadedModels
from assistant.settings import Settings
from vision_models.runtime import Network

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"

#: As people ask; each is another passage's, so that nothing is measured that was just computed.
QUESTIONS = (
    "¿Cómo se trata un meningioma?",
    "What are the symptoms of pneumonia?",
    "Me han dicho que tengo un adenoma de hipófisis, ¿es grave?",
    "Can COVID-19 damage the lungs for good?",
    "¿Qué diferencia hay entre la neumonía bacteriana y la viral?",
    "What causes a glioma?",
    "¿Duele una resonancia del cerebro?",
    "How much radiation is there in a chest X-ray?",
    "¿Cuánto se tarda en recuperarse de una neumonía?",
    "Who gets a brain tumor?",
)


@pytest.fixture(scope="session")
def models() -> LoadedModels:
    return build_models(Settings())


@pytest.fixture
def questions() -> Iterator[str]:
    return itertools.cycle(QUESTIONS)


def enlarged(name: str, side: int, kind: str = "JPEG", seed: int = 0) -> bytes:
    """An example picture at ``side`` pixels with a little grain, so that it takes as long to decode as a
    photograph of that size and not as a flat one: a JPEG in colour, as brain MRI come, a PNG in grey, as
    chest films do."""
    with Image.open(EXAMPLES / f"{name}.png") as example:
        large = np.asarray(example.convert("L").resize((side, side), Image.Resampling.BICUBIC), np.float32)
    grain = np.random.default_rng(seed).normal(0, 3, large.shape)
    pixels = np.uint8(np.clip(large + grain, 0, 255))
    written = io.BytesIO()
    Image.fromarray(pixels).convert("RGB" if kind == "JPEG" else "L").save(written, kind, quality=90)
    return written.getvalue()


def noted_passes(patched: pytest.MonkeyPatch) -> list[tuple[Network, np.ndarray]]:
    """What networks are given from now on is added to this list."""
    passes: list[tuple[Network, np.ndarray]] = []
    run = Network.__call__

    def noted(network: Network, picture: np.ndarray) -> object:
        passes.append((network, picture))
        return run(network, picture)

    patched.setattr(Network, "__call__", noted)
    return passes
