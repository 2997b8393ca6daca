"""``card.toml``: what the weights of the router are, beside them; and TOML as this package writes it."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

MODEL = Path(__file__).parent / "models" / "router"
FIGURES = Path(__file__).parent / "figures.toml"
#: What the very first measurement said. Nothing writes it again.
FIRST_RUN = Path(__file__).parent / "figures_first_run.toml"
REMEDY = "restore it from git, or run python -m intents.training"


@dataclass(frozen=True, slots=True)
class RouterCard:
    """Facts that serving needs. ``sha256`` is that of the weights; ``intents`` is the order of the outputs.

    ``temperature`` divides the logits (Guo et al. 2017, "On Calibration of Modern Neural Networks");
    under ``threshold`` (0..1) of calibrated confidence the router answers ``fallback``; under a lead of
    ``torn_under`` (0..1) over the second guess it is torn between the two.
    """

    version: str
    sha256: str
    encoder_fingerprint: str
    dimension: int
    temperature: float
    threshold: float
    torn_under: float
    intents: tuple[str, ...]
    training: Mapping[str, Any]
    validation: Mapping[str, Any]


def read_card(folder: Path = MODEL) -> RouterCard:
    """The card in ``folder``; ``FileNotFoundError`` or ``ValueError`` says what is missing and where."""
    path = folder / "card.toml"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: {REMEDY}")
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read ({error}): {REMEDY}") from error
    try:
        return RouterCard(
            version=facts["version"],
            sha256=facts["sha256"],
            encoder_fingerprint=facts["encoder_fingerprint"],
            dimension=int(facts["dimension"]),
            temperature=float(facts["temperature"]),
            threshold=float(facts["threshold"]),
            torn_under=float(facts["torn_under"]),
            intents=tuple(facts["intents"]),
            training=facts.get("training", {}),
            validation=facts.get("validation", {}),
        )
    except KeyError as missing:
        raise ValueError(f"{path}: the key {missing} is missing: {REMEDY}") from missing


def read_weights(card: RouterCard, folder: Path = MODEL) -> bytes:
    """The bytes of the weights in ``folder``. Raises ``FileNotFoundError``, and ``ValueError`` where their
    hash is not that of ``card``."""
    path = folder / "weights.safetensors"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: {REMEDY}")
    content = path.read_bytes()
    if sha256(content).hexdigest() != card.sha256:
        raise ValueError(f"{path} is not what card.toml describes: {REMEDY}")
    return content


def router_fingerprint(folder: Path = MODEL) -> str:
    """A hash of the card and the weights in ``folder``."""
    return fingerprint_of((folder / "card.toml", folder / "weights.safetensors"))


def fingerprint_of(paths: Iterable[Path]) -> str:
    """A hash of the files' names and bytes, short enough to print."""
    digest = sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def to_toml(table: Mapping[str, Any], name: str = "") -> str:
    """``table`` as TOML: values first, then tables, then lists of tables; floats to four places."""
    plain: list[str] = []
    tables: list[str] = []
    lists: list[str] = []
    for key, value in table.items():
        path = f"{name}.{key}" if name else key
        if isinstance(value, Mapping):
            tables.append(f"\n[{path}]\n" + to_toml(value, path))
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            lists.extend(f"\n[[{path}]]\n" + to_toml(each, path) for each in value)
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain + tables + lists)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return repr(round(value, 4))
    if isinstance(value, list | tuple) and len(value) > 8:
        return "[\n" + "".join(f"    {_value(each)},\n" for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
