from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision_models.fakes import encoded
from vision_models.training.data import ImageStore, load_samples
from vision_models.training.grouping import THUMBNAIL, Look, group_alike, look_of, side

FLAT = np.zeros((THUMBNAIL, THUMBNAIL), np.float32)
#: Far from every other hash in these tests.
NO_TURN = (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F)


def look(hash: int, seed: int, sha256: str = "", noise: float = 0.0) -> Look:
    """A made-up look: the same seed with a little noise correlates, another seed does not."""
    values = np.random.default_rng(seed).normal(size=FLAT.shape)
    values += noise * np.random.default_rng(99).normal(size=FLAT.shape)
    values -= values.mean()
    return Look((hash, *NO_TURN), np.asarray(values / np.linalg.norm(values), np.float32), sha256)


def test_both_the_hash_and_the_picture_must_agree() -> None:
    near, far = 0b1111, 0b11111
    assert group_alike([look(0, 1), look(near, 1, noise=0.1)]) == [0, 0]
    assert group_alike([look(0, 1), look(far, 1)]) == [0, 1]
    assert group_alike([look(0, 1), look(0, 2)]) == [0, 1]
    assert group_alike([look(0, 1), look(0, 1, noise=0.5)]) == [0, 1]


def test_links_join_into_one_group() -> None:
    looks = [look(0b111100000, 1), look(0, 5), look(0b1111, 1), look(0, 1)]
    assert group_alike(looks) == [0, 1, 0, 0]


@pytest.mark.parametrize("turned", [np.fliplr, np.flipud, lambda picture: np.rot90(picture, 2)])
def test_a_picture_and_its_turned_copy_are_one_group(turned: Callable[[np.ndarray], np.ndarray]) -> None:
    rng = np.random.default_rng(3)
    one, other = (cv2.resize(rng.integers(0, 255, (12, 12), np.uint8), (96, 96)) for _ in range(2))
    pictures = (one, other, np.ascontiguousarray(turned(one)))
    assert group_alike([look_of(encoded(picture)) for picture in pictures]) == [0, 1, 0]


def test_identical_files_are_one_group_whatever_they_show() -> None:
    looks = [Look((0, *NO_TURN), FLAT, sha256) for sha256 in ("a", "b", "a", "")]
    assert group_alike(looks) == [0, 1, 0, 3]
    assert group_alike([]) == []


def test_the_hash_of_a_ramp() -> None:
    ramp = np.repeat(np.arange(0, 180, dtype=np.uint8)[None, :], 64, axis=0)
    lighter_to_the_right = look_of(encoded(ramp))
    assert lighter_to_the_right.hashes[0] == 2**64 - 1
    assert look_of(encoded(ramp[:, ::-1].copy())).hashes[0] == 0
    assert np.linalg.norm(lighter_to_the_right.thumbnail) == pytest.approx(1)
    assert not look_of(encoded(np.zeros((50, 50), np.uint8))).thumbnail.any()


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_what_is_no_image(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an image"):
        look_of(content)


def test_the_sides_are_fair_and_fixed() -> None:
    sides = Counter(side(str(number), 0) for number in range(5000))
    assert [round(sides[name] / 5000, 2) for name in ("train", "validation", "test")] == pytest.approx(
        [0.7, 0.1, 0.2], abs=0.02
    )
    assert [side(f"nih-{n:08}", 0) for n in range(6)] == [side(f"nih-{n:08}", 0) for n in range(6)]
    assert [side(str(n), 0) for n in range(50)] != [side(str(n), 1) for n in range(50)]


@pytest.mark.data
def test_real_films_do_not_run_into_one_group(shared_data: Path) -> None:
    samples = [s for s in load_samples("chest_xray", shared_data) if s.source == "kermany"][:300]
    store = ImageStore(shared_data, samples)
    looks = [look_of(encoded(store.read(sample), "BMP")) for sample in samples]
    smaller = cv2.resize(store.read(samples[7]), (150, 150), interpolation=cv2.INTER_AREA)
    looks.append(look_of(encoded(smaller, "JPEG", quality=70)))
    groups = group_alike(looks)
    assert groups[-1] == groups[7]
    assert max(Counter(groups).values()) <= 3
