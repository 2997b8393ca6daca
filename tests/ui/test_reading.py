import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ui.reading import percent, picture_uri, reading_card
from ui.texts import load_texts
from vision_models.analysis import Analysis, GateVerdict
from vision_models.view import encode_view


def test_the_pictures_lie_on_top_of_each_other_each_in_words(reading: Analysis) -> None:
    card = reading_card(replace(reading, saliency=HEAT, outline=OUTLINE), "es", "3-0")
    assert card.count("<img") == 3
    assert card.count('src="data:image/jpeg;base64,') == 2
    assert card.count('src="data:image/png;base64,') == 1
    assert card.count('type="radio" name="g-view-3-0"') == 2
    assert card.count('type="checkbox"') == 2
    for words in ("Como llegó", "Tras CLAHE", "Mapa de calor", "«Glioma»", "arriba, a la izquierda"):
        assert words in card
    assert "Una línea amarilla rodea la región" in card
    assert 'alt=""' not in card


def test_the_picture_as_it_was_sent_is_the_large_one(reading: Analysis) -> None:
    large = encode_view(np.full((300, 200, 3), 90, np.uint8), 1024)
    sent = reading_card(replace(reading, view=large), "en").split('g-as_sent" src="data:image/jpeg;base64,')[
        1
    ]
    with Image.open(io.BytesIO(base64.b64decode(sent.split('"')[0]))) as picture:
        assert picture.size == (300, 300)


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


def test_without_a_map_there_is_no_slider_for_it_and_the_card_says_why(reading: Analysis) -> None:
    mapped = reading_card(replace(reading, saliency=HEAT), "en")
    hidden = reading_card(replace(reading, saliency=None, region=None, map_holds=False), "en")
    assert 'data-sets="opacity"' in mapped
    assert 'data-sets="opacity"' not in hidden
    assert load_texts("en")("reading.no_map") in hidden
    assert load_texts("en")("reading.no_map") not in mapped
    assert hidden.count("<img") == 2


def test_the_card_tells_what_it_cannot_the_gate_and_the_time_of_each_step(reading: Analysis) -> None:
    timed = replace(
        reading, gate=GateVerdict("brain_mri", None, 0.03), timings={"decode": 2.5, "classify": 40.2}
    )
    card = reading_card(timed, "es")
    assert "Lo que esto no puede decir" in card
    assert "**" not in card
    assert "Reconocida como: Resonancia cerebral (seguridad: 97\u00a0%)." in card
    assert "<span>2,5\u00a0ms</span>" in card
    assert "43\u00a0ms" in card
    assert "brain_mri-1.0.0" in card


def test_a_refused_picture_is_shown_with_what_would_help() -> None:
    view = encode_view(np.full((60, 60, 3), 90, np.uint8), 1024)
    card = reading_card(Analysis("a.png", "rejected", "photo", view=view), "en")
    assert "<img" in card
    assert all(line in card for line in load_texts("en").paragraphs("reading.helps"))
    assert "<img" not in reading_card(Analysis("a.png", "rejected", "unreadable"), "en")


OUTLINE = np.zeros((8, 8), np.uint8)
OUTLINE[2:6, 2:6] = 255
HEAT = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
