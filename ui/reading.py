"""One reading as an accessible HTML card: the pictures, the probabilities, or the reason of a refusal.

The pictures are encoded here from the analysis' own arrays, as data URIs: nothing of an upload is
written to a file or served from one.
"""

import base64
import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.conversation import Language
from ui.escaping import escape
from ui.texts import Texts, load_texts
from vision_models.analysis import Analysis

JPEG_QUALITY = 90


def reading_card(analysis: Analysis, language: Language) -> str:
    """The card of one image: what was seen, or why it was not read."""
    texts = load_texts(language)
    return _accepted(analysis, texts) if analysis.accepted else _refused(analysis, texts)


def picture_uri(picture: NDArray[np.uint8]) -> str:
    """A data URI (JPEG) of a ``uint8 (H, W, 3)`` RGB or ``(H, W)`` grey array, 0..255."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def percent(probability: float, language: Language) -> str:
    """A probability 0..1 for a person: whole percent, and never certain."""
    space = "\u00a0" if language == "es" else ""
    if probability < 0.01:
        return f"<1{space}%"
    if probability > 0.99:
        return f">99{space}%"
    return f"{round(100 * probability)}{space}%"


def probability_bars(
    probabilities: Mapping[str, float], prediction_set: tuple[str, ...], texts: Texts
) -> str:
    """The probabilities as a list of bars, most probable first; the prediction set is marked in words."""
    rows = []
    for name, probability in sorted(probabilities.items(), key=lambda item: -item[1]):
        inside = name in prediction_set
        tag = f'<span class="g-tag">{escape(texts("reading.in_set"))}</span>' if inside else ""
        rows.append(
            f'<li class="{"g-in" if inside else "g-out"}">'
            f'<span class="g-name">{escape(texts.name("findings", name))}{tag}</span>'
            f'<span class="g-percent">{escape(percent(probability, texts.language))}</span>'
            f'<span class="g-bar" aria-hidden="true">'
            f'<span style="width:{100 * probability:.1f}%"></span></span></li>'
        )
    return f'<h4>{escape(texts("reading.probabilities"))}</h4><ul class="g-bars">{"".join(rows)}</ul>'


def _accepted(analysis: Analysis, texts: Texts) -> str:
    label = texts("reading.label", image=analysis.image or texts("reading.no_image"))
    modality = texts.name("modalities", analysis.modality)
    parts = [
        f'<section class="g-reading" lang="{texts.language}" aria-label="{escape(label)}">',
        f'<h3>{escape(modality)}<span class="g-file">{escape(analysis.image)}</span></h3>',
        _figures(analysis, modality, texts),
        probability_bars(analysis.probabilities, analysis.prediction_set, texts),
    ]
    if analysis.abstained:
        parts.append(f'<p class="g-open">{escape(texts("reading.open"))}</p>')
    if analysis.model:
        parts.append(f'<p class="g-model">{escape(texts("reading.model", model=analysis.model))}</p>')
    return "".join(parts) + "</section>"


def _figures(analysis: Analysis, modality: str, texts: Texts) -> str:
    """The row of pictures that there are: as sent, after CLAHE, heat map."""
    pictures = (
        ("as_sent", "as_sent", analysis.picture, texts("reading.as_sent_alt", modality=modality)),
        ("enhanced", "enhanced", analysis.enhanced, texts("reading.enhanced_alt")),
        ("overlay", _overlay_kind(analysis), analysis.overlay, _overlay_alt(analysis, texts)),
    )
    figures = "".join(
        f'<figure class="g-{name}"><img src="{picture_uri(picture)}" alt="{escape(alt)}" '
        f'width="{picture.shape[1]}" height="{picture.shape[0]}">'
        f"<figcaption>{escape(texts(f'reading.{kind}'))}</figcaption></figure>"
        for name, kind, picture, alt in pictures
        if picture is not None
    )
    return f'<div class="g-figures">{figures}</div>' if figures else ""


def _overlay_kind(analysis: Analysis) -> str:
    """What the last picture carries: a heat map, an outline, or both."""
    if analysis.outline is None:
        return "overlay"
    return "overlay_outline" if analysis.map_holds else "outline"


def _overlay_alt(analysis: Analysis, texts: Texts) -> str:
    parts = []
    if analysis.map_holds:
        target = texts.name("findings", analysis.target_class or analysis.finding)
        parts.append(texts("reading.overlay_alt", finding=target))
        if analysis.region:
            parts.append(texts("reading.overlay_region", region=texts.name("regions", analysis.region)))
    if analysis.outline is not None:
        parts.append(texts("reading.outline_alt"))
    return ". ".join(parts)


def _refused(analysis: Analysis, texts: Texts) -> str:
    name = texts("reading.refused", image=analysis.image or texts("reading.no_image"))
    return (
        f'<section class="g-reading g-refused" lang="{texts.language}" aria-label="{escape(name)}">'
        f"<h3>{escape(name)}</h3><p>{escape(texts.code('reasons', analysis.reason))}</p></section>"
    )
