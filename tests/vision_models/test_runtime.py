import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tests.vision_models.fakes import make_card, picture
from vision_models import runtime
from vision_models.card import MODEL_NAMES, ModelError, load_card
from vision_models.runtime import Network


@pytest.mark.parametrize("content", [b"", b"not a graph at all", b"\0" * 64], ids=["empty", "text", "zeros"])
def test_weights_that_are_no_graph(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.tflite"
    path.write_bytes(content)
    card = make_card("gate", weights=path, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match="not a graph that LiteRT can run"):
        Network(card)


class Graph:
    """Stands in for LiteRT's interpreter: gives what ``results`` hold, from one buffer as LiteRT does."""

    results: ClassVar[dict[str, np.ndarray]] = {}

    def __init__(self, **given: object) -> None:
        pass

    def get_signature_runner(self, name: str) -> Callable[..., dict[str, np.ndarray]]:
        return lambda pixels: self.results


@pytest.mark.parametrize("learnt", [True, False])
def test_region_and_other_sign_are_there_where_the_graph_has_them(
    learnt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = {
        "logits": np.zeros((1, 4), np.float32),
        "class_maps": np.zeros((1, 2, 2, 4), np.float32),
        "embedding": np.zeros((1, 1280), np.float32),
    }
    if learnt:
        results["region"] = np.full((1, 16, 16), 0.25, np.float32)
        results["other"] = np.full((1, 1), -1.5, np.float32)
    monkeypatch.setattr(Graph, "results", results)
    monkeypatch.setattr(runtime, "Interpreter", Graph)
    monkeypatch.setattr(runtime, "read_weights", lambda card: b"")
    output = Network(make_card("brain_mri"))(picture())
    assert (output.logits.shape, output.class_maps.shape) == ((4,), (2, 2, 4))
    assert (output.region is not None) == learnt
    assert output.other == (-1.5 if learnt else None)
    if output.region is not None:
        results["region"][:] = 1.0  # the next picture's
        assert output.region.shape == (16, 16)
        assert (output.region == 0.25).all()


@pytest.fixture(scope="module", params=MODEL_NAMES)
def network(request: pytest.FixtureRequest) -> Network:
    return Network(load_card(request.param))


@pytest.mark.model
def test_one_pass_gives_finite_numbers(network: Network) -> None:
    card = network.card
    output = network(picture(height=card.image_size, width=card.image_size))
    assert output.logits.shape == (len(card.class_names),)
    assert output.class_maps.shape[2] == len(card.class_names)
    assert output.embedding.shape == (1280,)
    for values in (output.logits, output.class_maps, output.embedding):
        assert np.isfinite(values).all()
    if output.region is not None:
        assert output.region.shape == (card.image_size // 4, card.image_size // 4)
        assert output.region.min() >= 0
        assert output.region.max() <= 1
    assert output.other is None or np.isfinite(output.other)


@pytest.mark.model
def test_the_class_maps_are_the_logits_evidence(network: Network) -> None:
    size = network.card.image_size
    outputs = [network(picture(height=size, width=size, seed=seed)) for seed in range(2)]
    bias = [output.logits - output.class_maps.mean(axis=(0, 1)) for output in outputs]
    assert bias[0] == pytest.approx(bias[1], abs=1e-2)


@pytest.mark.model
def test_another_shape_is_refused(network: Network) -> None:
    with pytest.raises(ValueError, match=r"expected .* got"):
        network(picture(height=32, width=32))


@pytest.mark.model
def test_threads_do_not_mix_pictures(network: Network) -> None:
    size = network.card.image_size
    pictures = [picture(60 + 20 * i, size, size, seed=i) for i in range(6)]
    alone = [network(p).logits for p in pictures]
    together: dict[int, np.ndarray] = {}

    def work(index: int) -> None:
        together[index] = network(pictures[index]).logits

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[i], alone[i]) for i in range(6))


@pytest.mark.model
def test_serving_loads_no_tensorflow() -> None:
    code = (
        "import sys, vision_models.__main__, vision_models.analyzer; "
        "sys.exit(bool({'tensorflow', 'keras', 'ray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
