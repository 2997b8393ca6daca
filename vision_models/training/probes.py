"""Pictures altered on purpose: what the shipped weights still say when a step, a part or an assumption
is taken away. Hiding the lungs shows what was learnt from around them; drawing another disease shows
whom the network would wrongly reassure. Written into the card's ``probes``."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vision_models.analysis import HEALTHY
from vision_models.calibration import softmax
from vision_models.card import MODELS, Card, ModelError, load_card, update_card
from vision_models.classifier import Classify, joined, look, read_picture
from vision_models.preprocess import enhance, prepare
from vision_models.runtime import Network
from vision_models.training.augment import photographed
from vision_models.training.data import DataError, ImageStore, Sample, is_healthy, load_samples
from vision_models.training.lookalikes import LOOKALIKES
from vision_models.training.lungs import Image, Lungs, Mask, find_lungs
from vision_models.training.measure import auroc, proportion

#: Pictures at most, drawn once for all: so that a probe stays under a minute.
PICTURES, SEED = 300, 0
#: How far beyond a lung's outline the picture is hidden, and how thick the outline of a head is left,
#: as shares of the side.
MARGIN, SKULL = 0.05, 0.055

Figures = dict[str, Any]
Logits = NDArray[np.float32]


def probe(model: str, data: Path, folder: Path = MODELS, network: Classify | None = None) -> Figures:
    """Figures by name, each a share with its interval or a number, over one sample of the test split.

    ``model``: ``chest_xray`` or ``brain_mri``. ``network`` is asked in place of the shipped one;
    ``None`` for the weights that the card names. ``*_accuracy``: the likeliest class is right; ``*_auroc``:
    ill against healthy, over all and within each source. ``*_reassured``, ``*_abstained`` and
    ``*_called_ill`` (healthy, nothing, or some disease claimed) add up to 1 and count healthy films,
    ``untouched_*`` as they are and others with a sign drawn on (see ``lookalikes``). Raises ``DataError``,
    and ``ModelError`` for a card that is not calibrated.
    """
    network = network or Network(load_card(model, folder))
    card = network.card
    if not card.operating_point:
        raise ModelError(
            f"the model {model} is not calibrated: run python -m vision_models calibrate {model}"
        )
    samples = _drawn(model, data)
    store = ImageStore(data, samples)
    pictures = [prepare(store.read(sample), card.image_size, contrast=False) for sample in samples]
    asked = _Asked(network, tuple(samples), pictures)
    figures = _alterations(asked) | (_chest(asked) if model == "chest_xray" else _brain(asked))
    update_card(model, "probes", figures, folder)
    return figures


@dataclass(frozen=True, slots=True)
class _Asked:
    """A network with the sample it is asked about: ``pictures`` prepared as in serving but for CLAHE."""

    network: Classify
    samples: tuple[Sample, ...]
    pictures: Sequence[Image]

    @property
    def card(self) -> Card:
        return self.network.card

    def prepared(self, pictures: Iterable[Image], name: str, contrast: bool = True) -> Iterator[Image]:
        """With CLAHE, which comes last as in serving, unless ``contrast`` is false; and a progress bar."""
        for picture in tqdm(pictures, desc=f"{self.card.name} {name}", leave=False, mininterval=1.0):
            yield enhance(picture) if contrast and self.card.contrast else picture

    def logits(self, pictures: Iterable[Image], name: str, contrast: bool = True) -> Logits:
        """``float32 (N, classes)``."""
        prepared = self.prepared(pictures, name, contrast)
        return np.array([joined(look(self.network, picture)).logits for picture in prepared], np.float32)

    def accuracy(self, logits: Logits) -> dict[str, float]:
        tops = [self.card.class_names[i] for i in logits.argmax(axis=1)]
        return proportion([top in sample.labels for top, sample in zip(tops, self.samples, strict=True)])

    def aurocs(self, logits: Logits, name: str) -> Figures:
        """Ill against healthy, over all and within each source that has both."""
        healthy = self.card.class_names.index(HEALTHY[self.card.name])
        illness = 1 - softmax(logits / self.card.temperature)[:, healthy]
        ill = np.array([not is_healthy(sample) for sample in self.samples])
        sources = np.array([sample.source for sample in self.samples])
        figures = {}
        for source in ("", *sorted(set(sources))):
            rows = (sources == source) | (source == "")
            if 0 < ill[rows].sum() < rows.sum():
                figure = f"{name}_{source}_auroc" if source else f"{name}_auroc"
                figures[figure] = round(auroc(illness[rows], ill[rows]), 4)
        return figures


def _alterations(asked: _Asked) -> Figures:
    plain = asked.logits(asked.pictures, "plain")
    figures: Figures = {"plain_accuracy": asked.accuracy(plain), **asked.aurocs(plain, "plain")}
    without = asked.logits(asked.pictures, "without_clahe", contrast=False)
    figures["without_clahe_accuracy"] = asked.accuracy(without)
    for name, alter in ALTERATIONS.items():
        figures[f"{name}_accuracy"] = asked.accuracy(asked.logits(map(alter, asked.pictures), name))
    return figures


def _chest(asked: _Asked) -> Figures:
    lungs = [find_lungs(picture) for picture in asked.pictures]
    figures: Figures = {"lungs_found": proportion([pair.found for pair in lungs])}
    covers = [_dilated(np.maximum(pair.left, pair.right), MARGIN) for pair in lungs]
    hidden = (fill(p, cover > 0) for p, cover in zip(asked.pictures, covers, strict=True))
    only = (fill(p, cover == 0) for p, cover in zip(asked.pictures, covers, strict=True))
    for name, pictures in (("lungs_hidden", hidden), ("lungs_only", only)):
        logits = asked.logits(pictures, name)
        figures |= {f"{name}_accuracy": asked.accuracy(logits), **asked.aurocs(logits, name)}
    rows = [n for n, s in enumerate(asked.samples) if is_healthy(s) and lungs[n].found]
    normal = [(asked.pictures[n], lungs[n]) for n in rows]
    figures |= _outcomes(asked, [picture for picture, _ in normal], "untouched")
    for name in LOOKALIKES:
        figures |= _outcomes(asked, _drawn_on(normal, name), name)
    return figures


def _brain(asked: _Asked) -> Figures:
    logits = asked.logits(map(hide_brain, asked.pictures), "brain_hidden")
    return {"brain_hidden_accuracy": asked.accuracy(logits), **asked.aurocs(logits, "brain_hidden")}


def _drawn_on(films: Sequence[tuple[Image, Lungs]], sign: str) -> Iterable[Image]:
    draw = LOOKALIKES[sign]
    for number, (picture, lungs) in enumerate(films):
        yield draw(picture, np.random.default_rng((SEED, number)), lungs)


def _outcomes(asked: _Asked, pictures: Iterable[Image], name: str) -> Figures:
    """What a person would be told, by the same reading as in serving."""
    readings = [read_picture(asked.network, picture)[1] for picture in asked.prepared(pictures, name)]
    healthy = HEALTHY[asked.card.name]
    return {
        f"{name}_reassured": proportion([r.finding == healthy and not r.abstained for r in readings]),
        f"{name}_abstained": proportion([r.abstained for r in readings]),
        f"{name}_called_ill": proportion([r.finding != healthy and not r.abstained for r in readings]),
    }


def _drawn(model: str, data: Path) -> list[Sample]:
    """The same random part of the test split at every call."""
    samples = [sample for sample in load_samples(model, data) if sample.split == "test"]
    if not samples:
        raise DataError(f"no image of {model} has split 'test' in {data}")
    order = np.random.default_rng(SEED).permutation(len(samples))[:PICTURES]
    return [samples[row] for row in sorted(order)]


def fill(picture: Image, hidden: NDArray[np.bool_], own: bool = False) -> Image:
    """The picture with one colour where ``hidden (S, S)``: the mean of what stays, so that the colour
    tells nothing of what it covers, or with ``own`` of what goes."""
    filled = picture.copy()
    if hidden.any() and not hidden.all():
        filled[hidden] = np.rint(picture[hidden if own else ~hidden].mean(axis=0))
    return filled


def hide_brain(picture: Image) -> Image:
    """The head filled with its own mean, but for the scalp and skull."""
    return fill(picture, _dilated(255 - head_mask(picture), SKULL) == 0, own=True)


def head_mask(picture: Image) -> Mask:
    """The convex outline of what is not air, ``uint8 (S, S)`` 0 or 255; nothing in an even picture."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), picture.shape[0] / 100)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    body = np.where(grey > 0.5 * threshold, 255, 0).astype(np.uint8)
    outlines, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros_like(body)
    if outlines:
        cv2.fillConvexPoly(mask, cv2.convexHull(max(outlines, key=cv2.contourArea)), 255)
    return mask


def denoise(picture: Image) -> Image:
    """Non-local means (Buades et al., CVPR 2005) of the brightness; the pictures are grey."""
    grey = cv2.fastNlMeansDenoising(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), h=5)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _median(picture: Image) -> Image:
    return np.asarray(cv2.medianBlur(picture, 3), np.uint8)


def _jpeg(picture: Image) -> Image:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _half(picture: Image) -> Image:
    size = picture.shape[0]
    small = cv2.resize(picture, (size // 2, size // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _dilated(mask: Mask, share: float) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(share * mask.shape[0]) + 1,) * 2)
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def _photographed(picture: Image) -> Image:
    """A telephone's picture of a screen, the same each time for the same picture."""
    taken, _ = photographed(picture, None, np.random.default_rng(zlib.crc32(picture.tobytes())))
    return taken


def _inverted(picture: Image) -> Image:
    return np.asarray(255 - picture, np.uint8)


ALTERATIONS: dict[str, Callable[[Image], Image]] = {
    "denoised_nlm": denoise,
    "denoised_median": _median,
    "jpeg_quality_30": _jpeg,
    "half_resolution": _half,
    "photographed": _photographed,
    "inverted": _inverted,
}
