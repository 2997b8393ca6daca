"""Puts the evidence together: which passage is nearest, and whether it is near enough to claim anything."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.evidence import PASSAGE_FEATURES, QUERY_FEATURES, Numbers
from knowledge_base.problems import StaleIndexError

FUSION = Path(__file__).parent / "fusion.toml"


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights fitted by ``tuning`` on the training questions.

    ``ranking`` weighs ``PASSAGE_FEATURES``. The score is the logistic function of ``bias``, ``steepness``
    times the rank value, and ``calibration`` over ``QUERY_FEATURES``.
    Below ``floor`` (0..1) nothing may be claimed. ``scope`` is the direction, among the encoder's vectors,
    from what the articles do not answer to what they do; () where there is none. ``encoder`` is the
    fingerprint of the one they were fitted with, whose vectors they weigh; "" fits any.
    """

    ranking: tuple[float, ...]
    steepness: float
    calibration: tuple[float, ...]
    bias: float
    floor: float
    encoder: str = ""
    scope: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, features in (("ranking", PASSAGE_FEATURES), ("calibration", QUERY_FEATURES)):
            if len(values := getattr(self, name)) != len(features):
                raise ValueError(
                    f"{name} has {len(values)} weights, expected {len(features)}: {', '.join(features)}"
                )
        if self.steepness <= 0:
            raise ValueError(
                f"steepness is {self.steepness}, expected more than 0: a better rank is a better score"
            )
        if not 0 <= self.floor <= 1:
            raise ValueError(f"floor is {self.floor}, expected 0..1")

    def check_encoder(self, fingerprint: str) -> None:
        """Raises ``StaleIndexError`` where the weights were fitted with another encoder than this one."""
        if self.encoder not in ("", fingerprint):
            raise StaleIndexError(
                f"the search is tuned for the encoder {self.encoder}, not {fingerprint}. "
                "Run: python -m knowledge_base tune"
            )

    def scope_of(self, query_vector: Numbers) -> float:
        """How far a question's vector lies to the side of what the articles answer. No unit, 0 is neither."""
        return float(query_vector @ np.array(self.scope, dtype=np.float32)) if self.scope else 0.0

    def rank_values(self, passage_evidence: Numbers) -> Numbers:
        """One number for each passage; the highest is the nearest. No unit."""
        return passage_evidence @ np.array(self.ranking, dtype=np.float32)

    def score(self, rank_value: float, query_evidence: Numbers) -> float:
        """How sure it is, 0..1, that a passage of this rank value answers the question."""
        value = (
            self.bias
            + self.steepness * rank_value
            + float(query_evidence @ np.array(self.calibration, dtype=np.float32))
        )
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, value))))


#: What is used until weights are fitted.
NEUTRAL = Fusion((1.0,) * len(PASSAGE_FEATURES), 1.0, (0.0,) * len(QUERY_FEATURES), 0.0, 0.5)


def load_fusion(path: Path = FUSION) -> Fusion:
    """Raises ``ValueError``, naming the file, when a weight is missing or unknown."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return Fusion(
            ranking=_weights(table["ranking"], PASSAGE_FEATURES),
            steepness=float(table["steepness"]),
            calibration=_weights(table["calibration"], QUERY_FEATURES),
            bias=float(table["bias"]),
            floor=float(table["floor"]),
            encoder=str(table["encoder"]),
            scope=tuple(map(float, table["scope"]["direction"])),
        )
    except KeyError as error:
        raise ValueError(f"{path}: has no {error}. Run: python -m knowledge_base tune") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}. Run: python -m knowledge_base tune") from error


def _weights(table: dict[str, float], features: tuple[str, ...]) -> tuple[float, ...]:
    weights = tuple(float(table[name]) for name in features)
    if unknown := set(table) - set(features):
        raise ValueError(f"unknown weights {', '.join(sorted(unknown))}")
    return weights


def write_fusion(fusion: Fusion, path: Path = FUSION) -> None:
    lines = [
        "# Written by `python -m knowledge_base tune`, from training_questions/.",
        f'encoder = "{fusion.encoder}"',
        f"floor = {fusion.floor:.3f}",
        f"steepness = {fusion.steepness:.4f}",
        f"bias = {fusion.bias:.4f}",
        "",
        "[ranking]",
        *(f"{name} = {value:.4f}" for name, value in zip(PASSAGE_FEATURES, fusion.ranking, strict=True)),
        "",
        "[calibration]",
        *(f"{name} = {value:.4f}" for name, value in zip(QUERY_FEATURES, fusion.calibration, strict=True)),
        "",
        "[scope]",
        f"direction = [{', '.join(f'{value:.3f}' for value in fusion.scope)}]",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
