"""What the visitors say, and the words by which the answer to each of them is known.

Every visitor of a story begins by saying a name of their own, or sends files with such a name, so that two
visitors of the same story cannot be taken for each other either.
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[2] / "ui" / "static" / "examples"

#: The longest side of the pictures: what a screenshot or an export of a viewer has, not a thumbnail's.
PIXELS = 1024


@dataclass(frozen=True, slots=True)
class Say:
    """One turn. ``hear``: what the answer must have in it, in lower case. ``{name}`` is the visitor's own.

    ``pictures`` are names of ``EXAMPLES``.
    """

    text: str
    hear: tuple[str, ...]
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation, on a page in ``language``; in the end the page still is, whatever was spoken.

    ``never`` is what none of its answers may have in it: the subject of other stories.
    """

    language: str
    turns: tuple[Say, ...]
    never: tuple[str, ...] = ()


BRAIN = ("meningioma", "glioma", "hipófisis")
LUNGS = ("pneumonia", "neumonía", "covid")

STORIES = (
    Story(
        "es",
        (
            Say("¿Qué es un meningioma? Me llamo {name}", ("meningioma",)),
            Say("¿y cómo se trata?", ("meningioma", "operación")),
            Say("¿y qué síntomas da?", ("síntomas", "meningioma")),
            Say("gracias", ("de nada",)),
        ),
        LUNGS,
    ),
    Story(
        "en",
        (
            Say("What do you see? I am {name}", ("a glioma", "brain mri"), ("glioma",)),
            Say("why?", ("heat map", "a glioma")),
            Say("and how is it treated?", ("glioma", "surgery")),
            Say("thank you", ("welcome",)),
        ),
        LUNGS,
    ),
    Story(
        "es",
        (
            Say("Hola, soy {name}", ("hola",)),
            Say("¿Qué es la neumonía?", ("la neumonía es una infección",)),
            Say("¿es contagiosa?", ("neumonía", "contagi")),
            Say("¿y cómo se trata?", ("neumonía", "antibióticos")),
        ),
        BRAIN,
    ),
    Story(
        "en",
        (
            Say("What is a pituitary tumor? My name is {name}", ("pituitary tumor is",)),
            Say("what are the symptoms?", ("pituitary",)),
            Say("here is my scan", ("a pituitary tumor", "brain mri"), ("pituitary_tumor",)),
            Say("and how is it treated?", ("pituitary",)),
        ),
        LUNGS,
    ),
    Story(
        "es",
        (
            Say(
                "¿Qué ve en esta radiografía?", ("radiografía de tórax", "neumonía"), ("bacterial_pneumonia",)
            ),
            Say("¿por qué?", ("mapa de calor",)),
            Say("¿y cómo se trata?", ("neumonía",)),
            Say("¿y en los niños?", ("neumonía",)),
        ),
        BRAIN,
    ),
    Story(
        "es",
        (
            Say("My name is {name}. What does COVID-19 look like on a chest X-ray?", ("covid-19", "lungs")),
            Say("and how is it prevented?", ("covid-19", "vaccin")),
            Say("ahora en español, por favor", ("covid-19", "vacunas")),
            Say("¿y cómo se trata?", ("covid-19", "oxígeno")),
        ),
        BRAIN,
    ),
    Story(
        "en",
        (
            Say("is this ok?", ("everyday photo",), ("photo",)),
            Say("sorry, here is my scan", ("a meningioma", "brain mri"), ("meningioma",)),
            Say("where is it?", ("a meningioma", "picture")),
            Say("What about gliomas?", ("glioma",)),
        ),
        LUNGS,
    ),
    Story(
        "es",
        (
            Say("¿Qué es un glioma? Soy {name}", ("glioma",)),
            Say("¿y cuáles son los tipos?", ("glioma",)),
            Say("¿y cómo se trata?", ("glioma",)),
            Say("mi resonancia", ("sin signos de tumor",), ("no_tumor",)),
        ),
        LUNGS,
    ),
)


@cache
def picture(name: str) -> bytes:
    """An example as a JPEG of ``PIXELS``."""
    written = io.BytesIO()
    with Image.open(EXAMPLES / f"{name}.png") as example:
        scale = PIXELS / max(example.size)
        size = (round(example.width * scale), round(example.height * scale))
        example.resize(size, Image.Resampling.BICUBIC).save(written, "JPEG", quality=90)
    return written.getvalue()
