"""Every property on a few examples, the same every time; ``python -m tests.fuzz`` looks for new ones."""

import itertools
import logging
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import main
from tests.fuzz.decoding import PEAK, check_decoding
from tests.fuzz.dicoms import DICOM_FILES, DicomFile
from tests.fuzz.mutations import Change, changed
from tests.fuzz.pictures import DAMAGED, SOUND, Damaged, sound
from tests.fuzz.profile import SUITE
from tests.fuzz.properties import PROPERTIES, Property
from tests.hostile.memory import is_measured
from vision_models.image_io import ImageError, decode

each = [
    pytest.param(one, id=one.name, marks=[pytest.mark.model] if one.needs_models else [])
    for one in PROPERTIES
]


@pytest.mark.parametrize("one", each)
def test_a_property_holds(one: Property) -> None:
    assert one.hold(settings(SUITE, max_examples=one.in_suite)) >= one.in_suite


@pytest.mark.parametrize("label", SOUND)
def test_a_sound_file_is_read_and_its_parts_make_it_whole_again(label: str) -> None:
    again = changed(sound(label), (Change("move", 0, 0),))
    assert np.array_equal(decode(sound(label)), decode(again))
    dropped = changed(sound(label), (Change("drop", 1),))
    assert dropped != sound(label)


@pytest.mark.parametrize("values", [DAMAGED, DICOM_FILES], ids=["damaged", "dicom"])
def test_enough_of_what_is_drawn_has_a_picture(values: st.SearchStrategy) -> None:
    """Otherwise only the first of many checks would be tried."""
    reasons: Counter[str] = Counter()

    def count(file: Damaged | DicomFile) -> None:
        try:
            decode(file.content())
            reasons["read"] += 1
        except ImageError as error:
            reasons[error.reason] += 1

    Property("count", values, count, 1).hold(settings(SUITE, max_examples=150))
    assert reasons["read"] >= 10, reasons
    assert len(reasons) >= 4, reasons


def test_what_is_found_is_told_with_the_way_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(number: int) -> None:
        assert number < 1000

    small = (Property("small", st.integers(0, 5), check, 1), Property("any", st.integers(), check, 1))
    monkeypatch.setattr("tests.fuzz.__main__.PROPERTIES", small)
    assert main(["--minutes", "0"]) == 1
    told = capsys.readouterr().out
    assert "small: 6 examples, nothing found" in told
    assert "any: FOUND" in told
    assert "value=1000" in told
    assert "--only any --seed" in told
    assert main(["--minutes", "0", "--only", "small"]) == 0


def _picture(shape: tuple[int, ...] = (56, 64, 3), dtype: str = "uint8", value: int = 0) -> np.ndarray:
    return np.full(shape, value, dtype)


def _that_takes(megabytes: int) -> np.ndarray:
    np.ones(megabytes << 20, np.uint8)
    return _picture()


_NUMBERS = itertools.count()


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda: [].none, "no attribute"),
        (lambda: os.write(2, b"line\n" * 3) and _picture(), "line"),
        (lambda: _picture(dtype="float32"), "float32"),
        (lambda: _picture((56, 64)), "(56, 64)"),
        (lambda: _picture((8, 64, 3)), "(8, 64, 3)"),
        (lambda: _picture(value=next(_NUMBERS)), "second time"),
        (lambda: logging.info("Zúñiga^Xq") or _picture(), "Zúñiga"),
        (lambda: warnings.warn("Zúñiga^Xq", stacklevel=1) or _picture(), "Zúñiga"),
        (lambda: _that_takes(PEAK + 20), "megabytes"),
    ],
)
def test_a_decoder_that_breaks_a_rule_is_found(
    broken: Callable[[], np.ndarray], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told == "megabytes" and not is_measured():
        pytest.skip("memory is read from /proc, which only Linux has")
    monkeypatch.setattr("tests.fuzz.decoding.decode", lambda content: broken())
    with pytest.raises((AssertionError, AttributeError), match=re.escape(told)):
        check_decoding(b"", ("Zúñiga^Xq",))
