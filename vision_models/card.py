"""A model's facts and figures: ``card.toml`` beside its weights."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

MODELS = Path(__file__).parent / "models"
MODEL_NAMES = ("gate", "chest_xray", "brain_mri")


class ModelError(Exception):
    """A model that cannot be used: its card or weights are missing, cut short or not what they were."""


@dataclass(frozen=True, slots=True)
class Card:
    """What serving needs to know of a model; ``figures`` are what ``evaluate`` measured.

    ``temperature`` divides the logits. ``quantiles``: for each class the largest ``1 - probability``
    that its conformal prediction set still takes in. ``operating_point``: the thresholds on
    probabilities by which the model's word becomes a verdict (see ``gate.py``, ``classifier.py``).
    """

    name: str
    version: str
    class_names: tuple[str, ...]
    image_size: int
    contrast: bool
    weights: Path
    sha256: str
    temperature: float = 1.0
    quantiles: Mapping[str, float] = field(default_factory=dict)
    operating_point: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outlines(self) -> bool:
        """Whether the network's region is the finding itself, and not where it looks (the lungs)."""
        return "region" in self.operating_point

    @property
    def model(self) -> str:
        """Name and version in one, as a reply quotes it."""
        return f"{self.name}-{self.version}"

    @property
    def fingerprint(self) -> str:
        """Changes when readings may: of the weights and of all that serving does with what they give."""
        decides = (
            self.name, self.version, self.class_names, self.image_size, self.contrast, self.sha256,
            self.temperature, sorted(self.quantiles.items()), sorted(self.operating_point.items()),
        )  # fmt: skip
        return hashlib.sha256(repr(decides).encode()).hexdigest()[:16]


def load_card(name: str, folder: Path = MODELS) -> Card:
    """Reads ``<folder>/<name>/card.toml``. Raises ``ModelError`` naming the file and what to do."""
    path = folder / name / "card.toml"
    try:
        text = path.read_text(encoding="utf-8")
        if not text.endswith("\n"):
            raise ValueError("it is cut short")
        table = tomllib.loads(text)
        facts = table["facts"]
        card = Card(
            name=facts["name"],
            version=facts["version"],
            class_names=tuple(facts["class_names"]),
            image_size=facts["image_size"],
            contrast=facts["contrast"],
            weights=path.parent / facts["weights"],
            sha256=facts["sha256"],
            temperature=table.get("calibration", {}).get("temperature", 1.0),
            quantiles=table.get("calibration", {}).get("quantiles", {}),
            operating_point=table.get("calibration", {}).get("operating_point", {}),
            figures=table.get("figures", {}),
        )
        if card.operating_point and card.quantiles.keys() != set(card.class_names):
            raise ValueError("it has no quantile for some class")
        return card
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing: check the model out again, or train it") from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelError(f"{path} cannot be read ({error}): check it out again") from error


def fingerprint_of_all(folder: Path = MODELS) -> str:
    """Changes when any reading may: of the cards of all models. Raises ``ModelError``."""
    cards = [load_card(name, folder).fingerprint for name in MODEL_NAMES]
    return hashlib.sha256("".join(cards).encode()).hexdigest()[:16]


def read_weights(card: Card) -> bytes:
    """The weights' bytes, after their hash was compared. Raises ``ModelError``."""
    try:
        content = card.weights.read_bytes()
    except OSError as error:
        raise ModelError(f"{card.weights} is missing: check the model out again, or train it") from error
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256:
        raise ModelError(
            f"{card.weights} has hash {found[:12]}…, its card says {card.sha256[:12]}…: check both out again"
        )
    return content


def update_card(name: str, section: str, values: Mapping[str, Any], folder: Path = MODELS) -> None:
    """Replaces one section (``facts``, ``calibration``, ``figures`` or ``probes``) and keeps the others."""
    path = folder / name / "card.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.is_file() else tomlkit.document()
    document[section] = dict(values)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
