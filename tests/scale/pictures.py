"""Pictures in any number, no two the same, made of the examples and of noise."""

import io
import random
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"
#: One in so many is no picture, or half of one.
BROKEN = 50
FORMS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")


def write_pictures(folder: Path, count: int, seed: int = 0) -> None:
    """So many files in ``folder`` and a folder in it: examples turned a little, cut, lighter or darker,
    larger or smaller, with grain, in every format; and a few that are broken."""
    (folder / "ward").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        chance = random.Random(1_000_003 * seed + number)
        form = chance.choice(FORMS[:2] if number % 5 else FORMS)
        name = f"{number:05d}.{form.lower()}"
        path = folder / "ward" / name if number % 3 == 0 else folder / name
        content = _picture(chance, form)
        path.write_bytes(
            content[: chance.choice((0, 10, len(content) // 2))] if number % BROKEN == 7 else content
        )


def _picture(chance: random.Random, form: str) -> bytes:
    image = chance.choice(_examples()).rotate(chance.uniform(-8, 8), Image.Resampling.BILINEAR)
    margin = chance.uniform(0, 0.08) * image.width
    image = image.crop((int(margin), int(margin), int(image.width - margin), int(image.height - margin)))
    side = chance.randint(160, 512)
    image = ImageEnhance.Brightness(image.resize((side, side))).enhance(chance.uniform(0.7, 1.3))
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0, chance.uniform(0, 12), (side, side))
    pixels = np.uint8(np.clip(np.asarray(image, np.float32) + grain, 0, 255))
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, form, **({"quality": 90} if form in ("JPEG", "WEBP") else {}))
    return written.getvalue()


@cache
def _examples() -> tuple[Image.Image, ...]:
    return tuple(Image.open(path).convert("L") for path in sorted(EXAMPLES.glob("*.png")))
