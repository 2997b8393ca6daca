"""Whether the heat maps and outlines can be believed: four tests of the shipped weights."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_models import outline, saliency
from vision_models.calibration import softmax
from vision_models.card import Card
from vision_models.classifier import Classify
from vision_models.preprocess import prepare, resize, square_pad
from vision_models.runtime import Network
from vision_models.training.data import ImageStore, Sample
from vision_models.training.measure import Measured, proportion

Picture = NDArray[np.uint8]
Floats = NDArray[np.floating]

#: Steps from the whole picture to none of it, in the deletion and insertion curves.
STEPS = 8


def class_of_map(measured: Measured, index: int) -> int:
    """The class whose map a person would see: the most probable one."""
    return int(measured.logits[index].argmax())


def heat_of(measured: Measured, index: int, card: Card) -> NDArray[np.float32]:
    """The served map of one sample."""
    maps = np.asarray(measured.class_maps[index], np.float32)
    region = None if measured.regions is None else _region(measured, index)
    return saliency.heat_map(maps, region, (class_of_map(measured, index),), card)


def drawn_mask(store: ImageStore, sample: Sample, size: int) -> NDArray[np.bool_]:
    """The radiologist's mask, ``bool (size, size)``, padded and resized as the picture is."""
    mask = store.read_mask(sample)
    assert mask is not None
    return np.asarray(resize(square_pad(np.repeat(mask[..., None], 3, axis=2)), size)[..., 0] > 127)


def overlap(found: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> float:
    """Dice coefficient of two masks; 1.0 where both are empty."""
    total = int(found.sum() + drawn.sum())
    return 2.0 * int((found & drawn).sum()) / total if total else 1.0


def regions_against_masks(measured: Measured, card: Card, store: ImageStore) -> dict[str, Any]:
    """Dice of the outlines, and the pointing game (Zhang et al., IJCV 2018) of map and outline, per source.

    A picture without any outline counts as 0; the pointing game counts pictures called a tumor, and is
    stricter than published: the peak must lie in the mask itself, not within 15 pixels of it.
    """
    figures: dict[str, Any] = {}
    healthy = card.class_names.index("no_tumor")
    for source in sorted({s.source for s in measured.samples if s.mask}):
        dices, map_hits, outline_hits = [], [], []
        for index, sample in enumerate(measured.samples):
            if sample.source != source or not sample.mask:
                continue
            drawn = drawn_mask(store, sample, card.image_size)
            region = _region(measured, index)
            found = outline.outline(region, card.image_size, card.operating_point["region"]) > 0
            dices.append(overlap(found, drawn))
            if class_of_map(measured, index) != healthy:
                map_hits.append(_points_into(heat_of(measured, index, card), drawn))
                large = cv2.resize(region, (card.image_size, card.image_size))
                outline_hits.append(_points_into(large, drawn))
        figures[f"dice_{source}"] = _mean_with_interval(dices)
        figures[f"pointing_game_{source}"] = proportion(map_hits)
        figures[f"pointing_game_outline_{source}"] = proportion(outline_hits)
    return figures


def deletion_and_insertion(network: Classify, pictures: Sequence[Picture], seed: int = 0) -> dict[str, float]:
    """Mean probability of the answer while the picture is taken away, or put back, in the map's order
    (Petsiuk et al., BMVC 2018), beside a random order: lower is better for deletion, higher for insertion.

    Taken away means blurred. A smooth random field is the random order; it also orders what the map says
    nothing of, which would otherwise go all at once.
    """
    rng = np.random.default_rng(seed)
    sums = dict.fromkeys(("deletion", "deletion_random", "insertion", "insertion_random"), 0.0)
    for picture in pictures:
        output = network(picture)
        target = int(output.logits.argmax())
        heat = saliency.heat_map(output.class_maps, output.region, (target,), network.card)
        field = _random_field(picture.shape[0], rng)
        for suffix, order in (("", heat + 1e-4 * field), ("_random", field)):
            blurred = cv2.GaussianBlur(picture, (0, 0), picture.shape[0] / 12)
            sums[f"deletion{suffix}"] += _area(network, picture, blurred, order, target)
            sums[f"insertion{suffix}"] += _area(network, blurred, picture, order, target)
    return {name: round(total / len(pictures), 4) for name, total in sums.items()}


def chance_drops(network: Classify, pictures: Sequence[Picture], seed: int = 0) -> Floats:
    """By how much the answer's margin falls when a random part is blurred away: what a map must beat."""
    rng = np.random.default_rng(seed)
    drops = []
    for picture in pictures:
        before = network(picture).logits
        target = (int(before.argmax()),)
        after = network(saliency.deleted(picture, _random_field(picture.shape[0], rng))).logits
        drops.append(saliency.margin(before, target) - saliency.margin(after, target))
    return np.array(drops)


def map_drops(network: Classify, pictures: Sequence[Picture]) -> Floats:
    """The same when what the map marks is blurred away."""
    drops = []
    for picture in pictures:
        output = network(picture)
        target = int(output.logits.argmax())
        heat = saliency.heat_map(output.class_maps, output.region, (target,), network.card)
        after = network(saliency.deleted(picture, heat)).logits
        drops.append(saliency.margin(output.logits, (target,)) - saliency.margin(after, (target,)))
    return np.array(drops)


def randomised_weights(card: Card, pictures: Sequence[Picture], seed: int = 0) -> float:
    """Mean correlation of the maps with those of the same network with shuffled weights (Adebayo et al.,
    NeurIPS 2018): a map that stays the same shows the picture and not what was learnt."""
    network = Network(card)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shuffled.tflite"
        content = shuffled(card.weights.read_bytes(), seed)
        path.write_bytes(content)
        other = Network(replace(card, weights=path, sha256=sha256(content).hexdigest()))
    correlations = []
    for picture in pictures:
        outputs = (network(picture), other(picture))
        target = int(outputs[0].logits.argmax())
        maps = [saliency.heat_map(output.class_maps, output.region, (target,), card) for output in outputs]
        if all(heat.std() > 0 for heat in maps):
            correlations.append(float(np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1]))
    return round(float(np.mean(correlations)), 4) if correlations else 0.0


def shuffled(content: bytes, seed: int) -> bytes:
    """The LiteRT graph with the values of each half-precision weight tensor in a random order."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    rng = np.random.default_rng(seed)
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    tensors = [tensor for graph in model.subgraphs for tensor in graph.tensors]
    halves = {tensor.buffer for tensor in tensors if tensor.type == schema.TensorType.FLOAT16}
    for index in sorted(halves):
        data = model.buffers[index].data
        if data is not None and len(data):
            values = np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float16)
            model.buffers[index].data = np.frombuffer(rng.permutation(values).tobytes(), np.uint8)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def prepared(
    store: ImageStore, samples: Sequence[Sample], card: Card, limit: int, seed: int = 0
) -> list[Picture]:
    """At most ``limit`` of the samples, drawn at random, as the network sees them."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(samples))[:limit]
    return [prepare(store.read(samples[i]), card.image_size, card.contrast) for i in sorted(chosen)]


def _region(measured: Measured, index: int) -> NDArray[np.float32]:
    assert measured.regions is not None
    return np.asarray(measured.regions[index], np.float32)


def _points_into(heat: Floats, drawn: NDArray[np.bool_]) -> bool:
    return bool(drawn[np.unravel_index(int(heat.argmax()), heat.shape)])


def _area(network: Classify, start: Picture, end: Picture, order: Floats, target: int) -> float:
    """Mean probability of ``target`` on the way from one picture to the other, highest ``order`` first."""
    shares = []
    for share in np.linspace(0, 1, STEPS + 1):
        soft = cv2.GaussianBlur(np.float32(order >= np.quantile(order, 1 - share)), (0, 0), 3)[..., None]
        mixed = np.asarray(start * (1 - soft) + end * soft, np.uint8)
        output = network(mixed if 0 < share < 1 else (start if share == 0 else end))
        shares.append(float(softmax(output.logits / network.card.temperature)[target]))
    return float(np.mean(shares))


def _random_field(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A smooth random map with the grain of the real ones: 7 x 7, upsampled."""
    coarse = rng.random((7, 7)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def _mean_with_interval(values: Sequence[float]) -> dict[str, float]:
    """A mean with its normal 95 % interval, in the shape of ``proportion``."""
    mean, half = float(np.mean(values)), 1.96 * float(np.std(values)) / np.sqrt(len(values))
    low, high = max(mean - half, 0.0), min(mean + half, 1.0)
    return {"value": round(mean, 4), "low": round(low, 4), "high": round(float(high), 4), "n": len(values)}
