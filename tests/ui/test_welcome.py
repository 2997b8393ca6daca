import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ui.texts import load_texts
from ui.welcome import (
    example_names,
    example_picture,
    example_question,
    thumbnails_style,
    welcome_page,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("photo", "zebra", "glioma"):
        Image.fromarray(np.zeros((40, 60), np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "examples.toml").write_text('[glioma]\nen = "A <glioma>"\nes = "Un glioma"\n')
    return tmp_path


def test_pictures_come_in_the_order_of_the_page(folder: Path) -> None:
    assert example_names(folder) == ("glioma", "photo", "zebra")


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_offers_questions_in_both_languages_and_every_picture(folder: Path, language: str) -> None:
    page = welcome_page(language, "112", folder)
    for other in ("en", "es"):
        for question in load_texts(other).paragraphs("welcome.questions"):
            assert question in page
    assert page.count("g-thumb-") == 3
    style = thumbnails_style(folder)
    assert [name for name in ("glioma", "photo", "zebra") if f".g-thumb-{name}{{" not in style] == []
    assert "(112)" in page
    for key in re.findall(r'data-example="([^"]+)"', page):
        assert example_question(key) or example_picture(key, folder)


def test_captions_come_from_the_folder_or_from_the_name(folder: Path) -> None:
    page = welcome_page("en", "112", folder)
    assert "A &lt;glioma&gt;" in page
    assert "Not a scan: a photo" in page
    assert ">zebra<" in page


def test_no_path_gets_through_the_name_of_an_example(folder: Path) -> None:
    for name in ("", "..", "../glioma", "/etc/passwd", "glioma.png"):
        assert example_picture(name, folder) is None
    picture = example_picture("glioma", folder)
    assert picture is not None
    assert picture.name == "glioma.png"


def test_without_pictures_there_is_still_a_welcome(tmp_path: Path) -> None:
    assert "<img" not in welcome_page("en", "112", tmp_path)
