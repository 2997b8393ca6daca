"""Pictures that belong to nobody: look-alikes of one finding, registered, averaged, made crisp again.

Training images of one finding that resemble each other, each of another group (a patient, where that
is known), are brought to their mean shape by dense optical flow (Kroeger et al., Fast Optical Flow
using Dense Inverse Search, ECCV 2016) and blended band by band in a Laplacian pyramid (Burt and
Adelson, 1983). The contrast of fine detail that an average loses is given back at the strength the
sources have; the detail itself is nobody's. Two more are drawn: what the gate must refuse.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from vision_models.training.data import DataError, ImageStore, Sample, load_samples

#: The seed with which the table below was chosen, and the pictures of the page were made.
DEFAULT_SEED = 0
SIDE, STRIP = 288, 12
LARGEST_CORRELATION = 0.95
AVERAGED = (
    "Made by averaging several registered images of one class; it shows no person and belongs to nobody."
)
DRAWN = "Drawn by a program; it shows no real place, person or document."
FILLER = "lorem ipsum dolor sit amet elit sed eiusmod tempor incididunt ut labore magna aliqua"

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which look-alikes make the picture of a finding.

    ``source`` is the data set they come from. ``seed`` draws the first of them, and was chosen among
    many, by eye and by what the networks read. ``sources`` is how many are averaged. ``masked``: only
    images whose lesion a radiologist outlined, so that lesions meet lesions.
    """

    modality: str
    source: str
    seed: int
    sources: int = 6
    masked: bool = False


CHOICES: Mapping[str, Choice] = {
    "normal": Choice("chest_xray", "covid19_radiography", 2),
    "bacterial_pneumonia": Choice("chest_xray", "kermany", 13),
    "viral_pneumonia": Choice("chest_xray", "kermany", 75),
    "covid19": Choice("chest_xray", "covid19_radiography", 36),
    "no_tumor": Choice("brain_mri", "nickparvar", 49),
    "glioma": Choice("brain_mri", "nickparvar", 18, masked=True),
    "meningioma": Choice("brain_mri", "nickparvar", 2, sources=5, masked=True),
    "pituitary_tumor": Choice("brain_mri", "nickparvar", 14, masked=True),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One framed training image. ``image`` and ``lesion``: ``float32 (SIDE, SIDE)``, 0..1."""

    group: str
    image: Grey
    lesion: Grey


def synthesize(data: Path, out: Path, seed: int = DEFAULT_SEED) -> list[Path]:
    """Writes one picture for each finding, ``photo.png`` and ``document.png`` to ``out``; returns them.

    Only the train split is used. Every scan is compared with every training image of its finding, and
    the highest correlation is printed. Raises ``DataError`` for bad training data, for too few
    look-alikes, and where a picture resembles one source more than ``LARGEST_CORRELATION``.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for finding, choice in CHOICES.items():
        candidates = load_candidates(data, finding, choice)
        picture = blend(look_alikes(candidates, choice.sources, (seed, choice.seed)), seed)
        likeness = max(correlation(picture, candidate.image) for candidate in candidates)
        print(f"{finding}: highest correlation with one source {likeness:.3f}")
        if likeness > LARGEST_CORRELATION:
            limit = f"expected at most {LARGEST_CORRELATION}: choose another seed"
            raise DataError(f"{finding} has correlation {likeness:.3f} with one source, {limit}")
        written.append(_save(Image.fromarray(_as_bytes(picture)), out / f"{finding}.png", AVERAGED))
    written.append(_save(draw_photo(seed), out / "photo.png", DRAWN))
    written.append(_save(draw_document(seed), out / "document.png", DRAWN))
    return written


def load_candidates(data: Path, finding: str, choice: Choice) -> list[Candidate]:
    """The training images of one finding and source, framed alike, in the order of the csv."""
    samples = [
        sample
        for sample in load_samples(choice.modality, data)
        if (sample.split, sample.source, sample.labels) == ("train", choice.source, (finding,))
    ]
    masks: dict[str, Sample] = {}
    if choice.masked:
        with (data / f"{choice.modality}.csv").open(newline="", encoding="utf-8") as file:
            named = {row["file"]: row.get("mask", "") for row in csv.DictReader(file)}
        samples = [sample for sample in samples if named[sample.file]]
        masks = {sample.file: replace(sample, file=named[sample.file]) for sample in samples}
    store = ImageStore(data, samples + list(masks.values()))
    candidates = []
    for sample in samples:
        image = store.read(sample)
        lesion = store.read(masks[sample.file]) if masks else np.zeros_like(image)
        head = choice.modality == "brain_mri"
        matrix = _frame(image, fit=head)
        candidate = Candidate(sample.group, _warp(image, matrix), _warp(lesion, matrix))
        candidates.append(candidate)
        if head:  # a chest has its heart on one side; a head may be turned over
            candidates.append(
                Candidate(sample.group, candidate.image[:, ::-1].copy(), candidate.lesion[:, ::-1].copy())
            )
    return [c for c in candidates if _shows_lesion(c)] if choice.masked else candidates


def look_alikes(candidates: Sequence[Candidate], count: int, seed: Sequence[int]) -> list[Candidate]:
    """``count`` candidates of different groups that resemble each other in picture and lesion.

    The first is drawn by ``seed``; its nearest follow, but for those that seem to show the same person
    as one already taken: the packs hold some pictures twice, mirrored, in two groups. Raises
    ``DataError`` where there are too few.
    """
    features = np.stack([_feature(candidate) for candidate in candidates])
    first = int(np.random.default_rng(tuple(seed)).integers(len(candidates)))
    distances = np.linalg.norm(features - features[first], axis=1)
    chosen: dict[str, Candidate] = {}
    for index in np.argsort(distances, kind="stable"):
        one = candidates[index]
        if one.group not in chosen and not any(_same_person(one.image, c.image) for c in chosen.values()):
            chosen[one.group] = one
        if len(chosen) == count:
            return list(chosen.values())
    raise DataError(f"found {len(chosen)} groups of look-alikes, expected at least {count}")


def blend(sources: Sequence[Candidate], seed: int) -> Grey:
    """The picture that the sources have in common, ``float32 (SIDE, SIDE)``, 0..1."""
    sources = _meet_at_lesion(sources)
    images = [source.image for source in sources]
    template, lesion = images[0], sources[0].lesion
    for smoothness in (16.0, 10.0, 6.0, 4.0):
        target = _landmarks(template, lesion)
        flows = [_flow(target, _landmarks(s.image, s.lesion), smoothness) for s in sources]
        drift = np.mean(flows, axis=0)  # taken away, so that no source gives the picture its shape
        images = [_remap(s.image, flow - drift) for s, flow in zip(sources, flows, strict=True)]
        lesions = [_remap(s.lesion, flow - drift) for s, flow in zip(sources, flows, strict=True)]
        template, lesion = np.mean(images, axis=0), np.mean(lesions, axis=0)
    images = _without_loners(images, lesion)
    return _grain(_match_tone(_merge_bands(images), images), seed)


def correlation(one: Grey, other: Grey) -> float:
    """Pearson's correlation of two pictures as they lie, without registration; 0 for a flat one."""
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def _frame(image: NDArray[np.uint8], fit: bool) -> NDArray[np.float64]:
    """The affine matrix to the common square; with ``fit`` the head fills it, whatever the border was."""
    height, width = image.shape[:2]
    left, top, right, bottom = 0, 0, width, height
    if fit:
        grey = cv2.GaussianBlur(image[..., 0], (0, 0), 2)
        threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
        found = np.argwhere(grey > threshold / 2)
        if len(found):
            (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0) + 1
    # A head gets a margin; a chest film loses its edges, where markers and borders are.
    scale = SIDE * (0.92 if fit else 1.08) / max(right - left, bottom - top)
    x, y = ((SIDE - 1) / 2 - scale * (low + high - 1) / 2 for low, high in ((left, right), (top, bottom)))
    return np.array([[scale, 0, x], [0, scale, y]])


def _warp(image: NDArray[np.uint8], matrix: NDArray[np.float64]) -> Grey:
    warped = cv2.warpAffine(image[..., 0], matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC)
    return np.asarray(warped, np.float32) / np.float32(255)


def _feature(candidate: Candidate) -> NDArray[np.float32]:
    """What look-alikes share: the coarse picture, whatever its exposure, and the lesion's place."""
    small = cv2.resize(_equalised(candidate.image), (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = (small - small.mean()) / (small.std() + 1e-6)
    body = (candidate.image > 0.06).astype(np.float32)
    layers = [cv2.resize(_blurred(layer, 8), (32, 32)) for layer in (body, candidate.lesion)]
    return np.concatenate([0.7 * small.ravel(), 4.0 * layers[0].ravel(), 7.0 * layers[1].ravel()])


def _same_person(one: Grey, other: Grey) -> bool:
    """Whether the middle-sized detail of two pictures agrees, either way round.

    Measured: 0.99 and more between copies, 0.78 at most between the nearest look-alikes.
    """
    details = []
    for image in (one, other, np.ascontiguousarray(other[:, ::-1])):
        even = _equalised(image).astype(np.float32)
        details.append(_blurred(even, 3) - _blurred(even, 18))
    return max(correlation(details[0], details[1]), correlation(details[0], details[2])) > 0.88


def _shows_lesion(candidate: Candidate) -> bool:
    """Whether the outlined lesion is large enough, and lighter somewhere than what lies around it."""
    inside = candidate.lesion > 0.5
    around = (_blurred(candidate.lesion, 8) > 0.02) & ~inside
    if inside.mean() < 0.006 or not around.any():
        return False
    body = candidate.image[candidate.image > 0.06]
    rise = np.quantile(candidate.image[inside], 0.8) - np.median(candidate.image[around])
    return bool(rise > 0.5 * body.std())


def _meet_at_lesion(sources: Sequence[Candidate]) -> list[Candidate]:
    """The sources with their lesions moved and scaled, with what is near, to the mean place and size."""
    if any(source.lesion.max() < 0.5 for source in sources):
        return list(sources)
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).astype(np.float32)
    places = [np.argwhere(source.lesion > 0.5)[:, ::-1] for source in sources]
    centres = [place.mean(axis=0) for place in places]
    radii = [np.sqrt(len(place) / np.pi) for place in places]
    centre, radius = np.mean(centres, axis=0), float(np.mean(radii))
    reach = np.exp(-((grid - centre) ** 2).sum(axis=-1) / (2 * (2.5 * radius) ** 2))[..., None]
    met = []
    for source, own_centre, own_radius in zip(sources, centres, radii, strict=True):
        flow = np.asarray(reach * (own_centre + (grid - centre) * (own_radius / radius) - grid), np.float32)
        met.append(replace(source, image=_remap(source.image, flow), lesion=_remap(source.lesion, flow)))
    return met


def _blurred(image: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _equalised(image: Grey) -> NDArray[np.uint8]:
    return np.asarray(cv2.createCLAHE(2.0, (6, 6)).apply(_as_bytes(image)), np.uint8)


def _landmarks(image: Grey, lesion: Grey) -> NDArray[np.uint8]:
    """What the flow follows: contrast-equalised, the lesion painted lighter so that it finds its like."""
    return _as_bytes(0.75 * _equalised(image).astype(np.float32) / 255 + 0.25 * lesion)


def _flow(target: NDArray[np.uint8], image: NDArray[np.uint8], smoothness: float) -> NDArray[np.float32]:
    """Where each pixel of ``target`` lies in ``image``: ``float32 (SIDE, SIDE, 2)``, x and y offsets."""
    tracker = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    tracker.setFinestScale(1)
    tracker.setVariationalRefinementIterations(8)
    blurred = [cv2.GaussianBlur(picture, (0, 0), smoothness / 5) for picture in (target, image)]
    flow = tracker.calc(blurred[0], blurred[1], None)
    return np.asarray(cv2.GaussianBlur(flow, (0, 0), smoothness), np.float32)


def _remap(image: Grey, flow: NDArray[np.float32]) -> Grey:
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    warped = cv2.remap(
        image, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.float32)


def _without_loners(images: Sequence[Grey], lesion: Grey) -> list[Grey]:
    """The images without what only one of them shows: a marker, a cable, a person's own peculiarity.

    Each pixel is held between the second lowest and the second highest value of all. Lesions differ
    more than heads do, and stay as they are.
    """
    ordered = np.sort(np.stack(images), axis=0)
    spared = np.clip(1.5 * _blurred(lesion, 3), 0, 1)
    return [spared * image + (1 - spared) * np.clip(image, ordered[1], ordered[-2]) for image in images]


def _merge_bands(images: Sequence[Grey]) -> Grey:
    """The mean of each band, the stronger coefficients weighing more, at the sources' own contrast."""
    pyramids = [_laplacian(image) for image in images]
    merged = [np.mean([pyramid[-1] for pyramid in pyramids], axis=0)]
    for level in range(len(pyramids[0]) - 1):
        bands = np.stack([pyramid[level] for pyramid in pyramids])
        weights = np.abs(bands) + 0.5 * np.abs(bands).mean()
        band = (bands * weights).sum(axis=0) / weights.sum(axis=0)
        gain = bands.std(axis=(1, 2)).mean() / (band.std() + 1e-6)
        merged.append(band * np.clip(gain, 1.0, 2.0))
    picture = merged[0]
    for band in reversed(merged[1:]):
        picture = cv2.pyrUp(picture, dstsize=band.shape[::-1]) + band
    return np.asarray(picture, np.float32)


def _laplacian(image: Grey) -> list[Grey]:
    """Five bands, the finest first, then what is left."""
    bands = []
    for _ in range(5):
        smaller = cv2.pyrDown(image)
        bands.append(image - cv2.pyrUp(smaller, dstsize=image.shape[::-1]))
        image = smaller
    return [*bands, image]


def _match_tone(picture: Grey, images: Sequence[Grey]) -> Grey:
    """The tones of the sources' mean histogram, so that averaging does not grey the picture."""
    shares = np.linspace(0, 1, 129)
    wanted = np.mean([np.quantile(image, shares) for image in images], axis=0)
    matched = np.interp(picture, np.quantile(picture, shares), wanted)
    window = np.clip(0.95 / np.quantile(matched, 0.995), 1.0, 1.2)  # a dim scan is shown in a tighter one
    return np.asarray(matched * window, np.float32)


def _grain(picture: Grey, seed: int) -> Grey:
    """Noise as on film: fine, correlated over a pixel or so, weaker in the dark."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=picture.shape), (0, 0), 0.7)
    strength = 0.012 * np.sqrt(np.clip(picture, 0.02, 1.0))
    return np.asarray(np.clip(picture + strength * noise / noise.std(), 0, 1), np.float32)


def _as_bytes(image: Grey) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(image * 255), 0, 255), np.uint8)


def draw_photo(seed: int) -> Image.Image:
    """An everyday scene in colour: a house on a meadow under a summer sky, with the grain of a camera."""
    rng = np.random.default_rng(seed)
    width, height, horizon = 320, 240, 120
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    sky = (rows / horizon)[..., None] * np.array([125, 75, 25]) + np.array([70, 130, 205])
    cloud = np.clip(_clouds(rng, (height, width), 40) * 1.4 - 0.2, 0, 1)[..., None]
    scene = sky * (1 - cloud) + np.array([250, 248, 245]) * cloud
    leaves = _clouds(rng, (height, width), 3)[..., None] - 0.5
    for top, swing, shade in ((105, 14, (96, 128, 130)), (122, 10, (70, 122, 62)), (150, 6, (108, 152, 58))):
        edge = top + swing * np.sin(columns / rng.uniform(30, 60) + rng.uniform(0, 6.3))
        ground = np.array(shade) * (1 + 0.5 * leaves) + (rows - top)[..., None] * 0.15
        scene = np.where((rows > edge)[..., None], ground, scene)
    picture = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(176, 240), (232, 240), (206, 182), (198, 182)], fill=(186, 160, 120))
    pen.rectangle((160, 118, 246, 182), fill=(226, 208, 176))
    pen.rectangle((226, 118, 246, 182), fill=(196, 176, 144))
    pen.polygon([(150, 120), (176, 84), (232, 84), (256, 120)], fill=(168, 74, 52))
    pen.rectangle((194, 148, 210, 182), fill=(92, 58, 40))
    for left in (168, 176, 218, 226):
        pen.rectangle((left, 136, left + 8, 154), fill=(92, 122, 150), outline=(250, 250, 244), width=2)
    pen.rectangle((64, 130, 74, 196), fill=(92, 66, 44))
    for _ in range(90):
        x, y, radius = rng.normal(69, 22), rng.normal(108, 18), rng.uniform(5, 11)
        leaf = np.array([58, 112, 40]) * rng.uniform(0.6, 1.2)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(int(c) for c in leaf))
    for _ in range(60):
        x, y = rng.uniform(0, width), rng.uniform(200, height)
        petal = ((236, 208, 70), (232, 92, 84), (244, 240, 236))[int(rng.integers(3))]
        pen.ellipse((x - 1.5, y - 1.5, x + 1.5, y + 1.5), fill=petal)
    light = 0.9 + 0.2 * _clouds(rng, (height, width), 60)[..., None]
    pixels = cv2.GaussianBlur(np.asarray(picture, np.float32) * light, (0, 0), 0.6)
    pixels += cv2.GaussianBlur(rng.normal(0, 5, (height, width)), (0, 0), 0.6)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw_document(seed: int) -> Image.Image:
    """A page of filler text with a heading, slightly uneven as if scanned; it says nothing."""
    rng = np.random.default_rng(seed)
    page = Image.new("L", (256, 304), 246)
    pen = ImageDraw.Draw(page)
    pen.text((24, 20), "Lorem ipsum dolor", fill=24, font=ImageFont.load_default(18))
    pen.line((24, 46, 232, 46), fill=90)
    words, font = FILLER.split(), ImageFont.load_default(10)
    for number, top in enumerate(range(54, 284, 13)):
        if number % 7 == 6:
            continue
        room, line = (110.0 if number % 7 == 5 else 208.0), ""
        while font.getlength(longer := f"{line} {rng.choice(words)}".strip()) < room:
            line = longer
        pen.text((24, top), line.capitalize() if number % 7 == 0 else line, fill=40, font=font)
    paper = np.asarray(page, np.float32) - 8 * _clouds(rng, (304, 256), 60) + rng.normal(0, 1.5, (304, 256))
    return Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))


def _clouds(rng: np.random.Generator, shape: tuple[int, int], size: float) -> Grey:
    """Soft random shapes about ``size`` pixels wide, 0..1, with finer ones within."""
    mixed: Grey = np.zeros(shape, np.float32)
    for part in (1, 2, 4):
        layer = cv2.GaussianBlur(rng.normal(size=shape), (0, 0), size / part)
        mixed += np.asarray(layer / (layer.std() * part), np.float32)
    return np.clip(0.5 + mixed / 4, 0, 1)


def _save(picture: Image.Image, path: Path, note: str) -> Path:
    """Writes the PNG with ``note`` in its text, over a thin strip that says it is synthetic."""
    marked = Image.new(picture.mode, (picture.width, picture.height + STRIP))
    marked.paste(picture, (0, 0))
    grey = 120 if picture.mode == "L" else (120, 120, 120)
    ImageDraw.Draw(marked).text((4, picture.height), "SYNTHETIC", fill=grey, font=ImageFont.load_default(9))
    text = PngInfo()
    text.add_text("Synthetic", note)
    marked.save(path, pnginfo=text, optimize=True)
    return path
