"""What must stand on one side of the split: images that look alike, and every image of a group."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: Bits of 64 in which the hashes of two look-alikes may differ.
HASH_DISTANCE = 4
#: What the packs themselves were grouped by. The hash alone will not do: X-rays of one view differ in so
#: few bits that, linked by distance 4, 5,017 of the 5,840 kermany images are one group (and 2,071 of the
#: 7,019 nickparvar slices); confirmed by correlation, the largest groups have 3 and 81, turned copies
#: among them.
CORRELATION = 0.975
THUMBNAIL = 32

Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Look:
    """What one image looks like: ``hashes``, one for each of its ``turns``, of 64 bits, each whether a
    cell of an 8x8 grid is lighter than the one left of it (a difference hash); ``thumbnail``, ``float32
    (32, 32)`` of mean 0 and length 1, or all 0 for a flat image; ``sha256`` of the file it came from, or
    empty."""

    hashes: tuple[int, ...]
    thumbnail: NDArray[np.float32]
    sha256: str = ""


def turns(pictures: Pixels) -> tuple[Pixels, ...]:
    """As they are, mirrored, upside down, and turned half round; the last two axes are rows and columns.

    Collections hold the same picture twice in these ways (nickparvar: more than a thousand slices)."""
    return pictures, pictures[..., ::-1], pictures[..., ::-1, :], pictures[..., ::-1, ::-1]


def look_of(content: bytes, sha256: str = "") -> Look:
    """The look of an encoded image. Raises ``ValueError`` for one that cannot be decoded."""
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    if grey is None:
        raise ValueError("not an image that can be decoded")
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    hashes = tuple(_hash(turned) for turned in turns(cells))
    small = cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    length = float(np.linalg.norm(small))
    return Look(hashes, small / length if length > 0 else small, sha256)


def _hash(cells: Pixels) -> int:
    return int.from_bytes(np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes())


def group_alike(looks: Sequence[Look]) -> list[int]:
    """For each look the index of the first one of its group.

    Two are linked where their files are identical, or where their hashes differ in at most
    ``HASH_DISTANCE`` bits and their thumbnails correlate above ``CORRELATION``, one of them turned where
    that is what it takes; a group is whatever links join. Memory grows with the number of looks, time with
    its square (60,000: some four minutes).
    """
    first = list(range(len(looks)))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    def join(one: int, other: int) -> None:
        low, high = sorted((root(one), root(other)))
        first[high] = low

    seen: dict[str, int] = {}
    for index, look in enumerate(looks):
        if look.sha256:
            join(seen.setdefault(look.sha256, index), index)
    upright = np.array([look.hashes[0] for look in looks], np.uint64)
    thumbnails = np.array([look.thumbnail.ravel() for look in looks], np.float32)
    for index, look in enumerate(looks):
        for hash_, turned in zip(look.hashes, turns(look.thumbnail), strict=True):
            distances = np.bitwise_count(upright[index + 1 :] ^ np.uint64(hash_))
            near = np.flatnonzero(distances <= HASH_DISTANCE) + index + 1
            for other in near[thumbnails[near] @ turned.ravel() > CORRELATION]:
                join(index, int(other))
    return [root(index) for index in range(len(looks))]


def side(group: str, seed: int) -> str:
    """``train``, ``validation`` or ``test`` (70, 10 and 20 of 100 groups), by a hash: the same group is
    on the same side in every pack made with this seed, whatever else is in it."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return "train" if share < 0.7 else "validation" if share < 0.8 else "test"
