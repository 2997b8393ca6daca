import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ui.reading import percent, picture_uri, reading_card
from ui.texts import load_texts
from vision_models.analysis import Analysis


def test_the_row_has_three_pictures_with_caption_and_words(reading: Analysis) -> None:
    card = reading_card(reading, "es")
    assert card.count("<figure") == card.count("<figcaption>") == 3
    assert card.count('src="data:image/jpeg;base64,') == 3
    for words in ("Como llegó", "Tras CLAHE", "Mapa de calor", "«Glioma»", "arriba, a la izquierda"):
        assert words in card
    assert 'alt=""' not in card


def test_bars_are_ordered_and_the_prediction_set_is_said_in_words(reading: Analysis) -> None:
    card = reading_card(reading, "en")
    names = ["Glioma", "Meningioma", "Pituitary tumor", "No tumor found"]
    places = [card.index(f'g-name">{name}') for name in names]
    assert places == sorted(places)
    assert card.count("possible") == 2
    assert "86%" in card
    assert "&lt;1%" in card


def test_an_abstention_is_said(reading: Analysis) -> None:
    sentence = load_texts("en")("reading.open")
    assert sentence not in reading_card(reading, "en")
    assert sentence in reading_card(replace(reading, abstained=True), "en")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_refusal_shows_its_reason_and_no_probability(language: str) -> None:
    card = reading_card(Analysis("<i>.png", "rejected", "head_ct"), language)
    assert load_texts(language)("reasons.head_ct") in card
    assert "%" not in card
    assert "<i>" not in card


def test_a_picture_is_encoded_anew_without_metadata() -> None:
    uri = picture_uri(np.zeros((4, 6, 3), np.uint8))
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as picture:
        assert picture.size == (6, 4)
        assert picture.format == "JPEG"
        assert not picture.getexif()


def test_no_probability_is_shown_as_certain() -> None:
    assert percent(1.0, "en") == ">99%"
    assert percent(0.0, "es") == "<1\u00a0%"
    assert percent(0.5, "en") == "50%"
