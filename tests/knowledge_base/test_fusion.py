from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.evidence import PASSAGE_FEATURES, QUERY_FEATURES
from knowledge_base.fusion import FUSION, Fusion, load_fusion, write_fusion
from knowledge_base.problems import StaleIndexError

PLAIN = Fusion(
    ranking=(1.0,) * len(PASSAGE_FEATURES),
    steepness=1.0,
    calibration=(0.0,) * len(QUERY_FEATURES),
    bias=0.0,
    floor=0.5,
    scope=(0.5, -0.25),
)


def test_score_is_a_probability_and_rises_with_the_rank_value() -> None:
    none = np.zeros(len(QUERY_FEATURES), np.float32)
    assert PLAIN.score(0.0, none) == pytest.approx(0.5)
    assert 0 <= PLAIN.score(-1e9, none) < PLAIN.score(1.0, none) < PLAIN.score(1e9, none) <= 1


def test_scope_is_how_far_a_vector_lies_on_its_side() -> None:
    assert PLAIN.scope_of(np.array([1.0, 0.0], np.float32)) == pytest.approx(0.5)
    assert replace(PLAIN, scope=()).scope_of(np.ones(7, np.float32)) == 0.0


def test_written_and_read_again(tmp_path: Path) -> None:
    write_fusion(PLAIN, tmp_path / "fusion.toml")
    assert load_fusion(tmp_path / "fusion.toml") == PLAIN


def test_a_missing_weight_is_named(tmp_path: Path) -> None:
    path = tmp_path / "fusion.toml"
    write_fusion(PLAIN, path)
    path.write_text(path.read_text("utf-8").replace("coverage = ", "covrage = ", 1), "utf-8")
    with pytest.raises(ValueError, match="has no 'coverage'"):
        load_fusion(path)


@pytest.mark.parametrize(
    "change", [{"ranking": (1.0,)}, {"calibration": ()}, {"steepness": 0.0}, {"floor": 1.5}]
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(PLAIN, **change)


def test_the_project_s_own_weights_load() -> None:
    assert 0 < load_fusion(FUSION).floor < 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("words = 1.0000", "words = 1.0000\nrelated_topic = 3.0", "unknown weights related_topic"),
        ("floor = 0.500", 'floor = "x"', "could not convert"),
        ("[ranking]", "[ranks]", "has no 'ranking'"),
        ("bias = 0.0000", "bias = ", "Invalid value"),
        ("direction = [0.500, -0.250]", "", "has no 'direction'"),
    ],
)
def test_a_spoiled_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "fusion.toml"
    write_fusion(PLAIN, path)
    spoiled = path.read_text("utf-8").replace(old, new)
    path.write_text(spoiled, "utf-8")
    with pytest.raises(ValueError, match=rf"fusion\.toml: .*{said}.*Run: python -m knowledge_base tune"):
        load_fusion(path)


def test_weights_fitted_with_another_encoder_are_refused() -> None:
    replace(PLAIN, encoder="this").check_encoder("this")
    PLAIN.check_encoder("any")
    with pytest.raises(StaleIndexError, match="tuned for the encoder this, not that"):
        replace(PLAIN, encoder="this").check_encoder("that")
