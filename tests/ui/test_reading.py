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


OUTLINE = np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("changes", "kind", "caption", "words"),
    [
        ({}, "overlay", "Heat map", ("Heat map over the image", "“Glioma”", "Strongest: upper left")),
        (
            {"outline": OUTLINE, "outline_share": 0.1},
            "overlay_outline",
            "Heat map and outline",
            (
                "Heat map over the image",
                "“Glioma”",
                "Strongest: upper left",
                "A yellow line around the region",
            ),
        ),
        (
            {"outline": OUTLINE, "outline_share": 0.1, "map_holds": False, "region": None},
            "outline",
            "Outline",
            ("A yellow line around the region",),
        ),
    ],
    ids=["map", "map and outline", "outline alone"],
)
def test_the_last_picture_is_called_what_it_carries(
    reading: Analysis, changes: dict[str, object], kind: str, caption: str, words: tuple[str, ...]
) -> None:
    card = reading_card(replace(reading, **changes), "en")
    assert card.count("<figure") == 3
    assert f"<figcaption>{caption}</figcaption>" in card
    figure = card.split('<figure class="g-overlay">')[1].split("</figure>")[0]
    alt = figure.split('alt="')[1].split('"')[0]
    assert alt.split(". ") == [part for part in alt.split(". ") if part.strip()]
    assert all(part in alt for part in words)
    assert ("yellow" in alt, "Heat map" in alt) == ("outline" in kind, "overlay" in kind)


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_map_and_outline_there_is_no_third_picture(reading: Analysis, language: str) -> None:
    hidden = replace(reading, overlay=None, saliency=None, region=None, map_holds=False)
    card = reading_card(hidden, language)
    texts = load_texts(language)
    assert card.count("<figure") == card.count("<img") == 2
    for key in ("overlay", "overlay_outline", "outline"):
        assert f"<figcaption>{texts(f'reading.{key}')}</figcaption>" not in card


def test_the_outline_is_told_in_spanish_too(reading: Analysis) -> None:
    card = reading_card(replace(reading, outline=OUTLINE), "es")
    assert "<figcaption>Mapa de calor y contorno</figcaption>" in card
    assert "Una línea amarilla rodea la región" in card
    assert "«Glioma». Lo más intenso: " in card
