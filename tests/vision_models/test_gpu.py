"""The networks on a graphics processor. The one here is played by the machine's own: SwiftShader, which comes
with Chromium. So the numbers are checked; how fast a real one is, is not."""

import ctypes.util
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vision_models.fakes import picture
from vision_models.card import MODEL_NAMES, load_card
from vision_models.runtime import Network

pytestmark = pytest.mark.model

SOFTWARE = Path("/usr/lib/chromium/vk_swiftshader_icd.json")
ROOT = Path(__file__).resolve().parents[2]
#: Logits of both in one process of its own, since which processors there are is asked once.
SCRIPT = """
import sys, numpy as np
from vision_models.card import load_card
from vision_models.gpu import GpuRunner
from vision_models.runtime import Network
card = load_card(sys.argv[1])
there, here = Network(card, gpu=True), Network(card)
assert isinstance(there._run, GpuRunner)
for seed in range(2):
    shape = (card.image_size, card.image_size, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    one, other = there(pixels), here(pixels)
    np.testing.assert_allclose(one.logits, other.logits, atol=1e-4)
    np.testing.assert_allclose(one.class_maps, other.class_maps, atol=1e-3)
    np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-3)
    assert (one.region is None, one.other is None) == (other.region is None, other.other is None)
    if one.region is not None:
        np.testing.assert_allclose(one.region, other.region, atol=1e-4)
    if one.other is not None:
        assert abs(one.other - other.other) < 1e-4
"""


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_graphics_processor_gives_the_same_numbers(name: str) -> None:
    if not SOFTWARE.is_file() or ctypes.util.find_library("vulkan") is None:
        pytest.skip("needs chromium and libvulkan1, which .ci/run installs")
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, name],
        cwd=ROOT,
        env=os.environ | {"VK_ICD_FILENAMES": str(SOFTWARE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_without_one_it_runs_on_the_processor(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nowhere.json")
    card = load_card("gate")
    pixels = picture(height=card.image_size, width=card.image_size)
    with caplog.at_level(logging.WARNING):
        network = Network(card, gpu=True)
    assert "no graphics processor can be used" in caplog.text
    assert (network(pixels).logits == Network(card)(pixels).logits).all()
