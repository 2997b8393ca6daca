"""The reports of the image models on the About page: links to their cards, and their plots, folded."""

import logging
from pathlib import Path

import gradio as gr
from PIL import Image

from ui.escaping import escape
from ui.texts import Texts
from ui.theme import address

logger = logging.getLogger(__name__)

#: The plots in the order of the page; ``python -m vision_models report`` writes them.
PLOTS = ("confusion", "curves", "reliability", "risk_coverage", "training")
#: The files that a card links to, with the key of the link's text.
DOCUMENTS = {"README.md": "card", "CLAIM.md": "claim"}
#: Plots are drawn for screens with two points a pixel.
POINTS = 2


def serve_reports(models: Path) -> None:
    """Lets the page's server give out the reports under ``models``, file by file: neither weights nor
    anything else there."""
    gr.set_static_paths([path for folder in models.glob("*/") for path in report_files(folder)])


def report_files(folder: Path) -> list[Path]:
    """The documents and plots that there are in the folder of one model."""
    names = [*DOCUMENTS, *(f"report/{name}.png" for name in PLOTS)]
    return [folder / name for name in names if (folder / name).is_file()]


def model_report(folder: Path, texts: Texts) -> str:
    """The links and the folded plots of one model as HTML; empty where it has no report."""
    files = report_files(folder)
    plots = [path for path in files if path.suffix == ".png"]
    new_tab = f'<span class="g-hidden"> ({escape(texts("sources.new_tab"))})</span>'
    links = " · ".join(
        f'<a href="{_address(path)}" target="_blank" rel="noopener">'
        f"{escape(texts(f'about.{DOCUMENTS[path.name]}'))}{new_tab}</a>"
        for path in files
        if path.name in DOCUMENTS
    )
    figures = "".join(_figure(path, texts.name("models", folder.name), texts) for path in plots)
    folded = f"<details><summary>{escape(texts('about.plots'))}</summary>{figures}</details>"
    return (f'<p class="g-report">{links}</p>' if links else "") + (folded if figures else "")


def _figure(path: Path, model: str, texts: Texts) -> str:
    """A plot that is fetched when it comes in sight, and opens in full size when it is pressed."""
    try:
        with Image.open(path) as picture:
            width, height = (side // POINTS for side in picture.size)
    except OSError:
        logger.warning("a plot is left out: %s cannot be read", path)
        return ""
    alt = texts("about.plot_alt", model=model, plot=texts.name("plots", path.stem))
    reading = texts.name("plot_readings", path.stem)
    return (
        f'<figure class="g-plot"><a href="{_address(path)}" target="_blank" rel="noopener">'
        f'<img src="{_address(path)}" alt="{escape(alt)}" width="{width}" height="{height}" '
        f'loading="lazy"></a><figcaption>{escape(reading)}</figcaption></figure>'
    )


def _address(path: Path) -> str:
    return escape(address(path))
