import re
from pathlib import Path
from urllib.parse import unquote

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from gradio.data_classes import _StaticFiles
from gradio.routes import App
from PIL import Image

from assistant.conversation import Language
from ui.about import about_page
from ui.model_reports import PLOTS, model_report, report_files, serve_reports
from ui.texts import load_texts

CARD = '[facts]\nversion = "1.2.0"\n[figures]\naccuracy = 0.9\n'


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one model that has two of the plots, beside weights and a stray picture."""
    monkeypatch.setattr(_StaticFiles, "all_paths", [])
    folder = tmp_path / "vision_models" / "models" / "brain_mri"
    (folder / "report").mkdir(parents=True)
    (folder / "card.toml").write_text(CARD, encoding="utf-8")
    for name in ("README.md", "CLAIM.md", "weights.tflite"):
        (folder / name).write_text(name, encoding="utf-8")
    for name in ("curves", "confusion", "stray"):
        Image.new("RGB", (180, 100), "white").save(folder / "report" / f"{name}.png")
    return folder.parent


def test_only_plots_that_exist_are_shown_in_the_order_of_the_page(models: Path) -> None:
    report = model_report(models / "brain_mri", load_texts("en"))
    assert re.findall(r'<img src="[^"]*/([a-z_]+)\.png"', report) == ["confusion", "curves"]
    assert report.count('loading="lazy"') == 2
    assert 'width="90" height="50"' in report
    assert "<details>" in report


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_plot_has_its_words_in_both_languages(models: Path, language: Language) -> None:
    texts = load_texts(language)
    for name in PLOTS:
        assert texts.has("plots", name)
        assert texts.has("plot_readings", name)
    page = about_page(language, "112", models.parents[1])
    alts = re.findall(r'<img [^>]*alt="([^"]+)"', page)
    model = texts.name("models", "brain_mri")
    assert alts == [f"{model}. {texts.name('plots', name)}" for name in ("confusion", "curves")]
    assert texts("about.card") in page
    assert texts("about.claim") in page


def test_without_a_report_the_card_stands_alone(tmp_path: Path) -> None:
    folder = tmp_path / "vision_models" / "models" / "gate"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(CARD, encoding="utf-8")
    assert model_report(folder, load_texts("en")) == ""
    assert "<img" not in about_page("en", "112", tmp_path)


def test_a_damaged_plot_is_left_out(models: Path) -> None:
    (models / "brain_mri" / "report" / "curves.png").write_bytes(b"no picture")
    assert model_report(models / "brain_mri", load_texts("es")).count("<img") == 1


def test_from_the_working_folder_the_page_does_not_tell_where_the_server_has_its_files(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(models.parents[1])
    report = model_report(models / "brain_mri", load_texts("en"))
    assert 'src="gradio_api/file=vision_models/models/brain_mri/report/curves.png"' in report
    assert str(models) not in report


def test_the_server_gives_out_the_report_and_nothing_else_of_the_model(models: Path) -> None:
    serve_reports(models)
    report = model_report(models / "brain_mri", load_texts("en"))
    with gr.Blocks() as page:
        gr.HTML(report)
    client = TestClient(App.create_app(page))
    addresses = set(re.findall(r'(?:src|href)="([^"]+)"', report))
    assert len(addresses) == len(report_files(models / "brain_mri")) == 4
    for address in addresses:
        response = client.get(f"/{unquote(address)}")
        assert response.status_code == 200
        assert response.headers["content-disposition"].startswith("inline")
    for name in ("weights.tflite", "card.toml", "report/stray.png"):
        assert client.get(f"/gradio_api/file={models / 'brain_mri' / name}").status_code == 403
