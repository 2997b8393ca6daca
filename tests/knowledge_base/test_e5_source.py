from pathlib import Path

import numpy as np
import pytest

from knowledge_base.e5_source import dequantise, package_file, read_weights


def test_a_block_of_four_bit_weights() -> None:
    """Low nibbles are weights 0..15, high ones 16..31; 8 stands for zero."""
    block = np.float16(0.5).tobytes() + bytes([0xF0] + [0x88] * 15)
    weights = dequantise(block)
    assert weights.shape == (32,)
    assert weights[0] == -4.0
    assert weights[16] == 3.5
    assert not weights[1:16].any()


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e5.bin"
    path.write_bytes(b"GGUF....")
    with pytest.raises(ValueError, match="expected b'E5S1'"):
        read_weights(path)


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no_such_package_here/x: not installed"):
        package_file("no_such_package_here", "x")
