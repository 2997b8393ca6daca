"""One reading as an accessible HTML card: the pictures to look through, the probabilities, or a refusal.

The pictures are encoded here from the analysis itself, as data URIs: nothing of an upload is written to a
file or served from one. Which of them is in sight is a matter of style (``static/galeno.css``): a card works
without a script but for its two sliders.
"""

import base64
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from assistant import reading
from assistant.conversation import Language
from assistant.messages import messages
from ui.escaping import escape
from ui.texts import Texts, load_texts
from vision_models.analysis import Analysis
from vision_models.saliency import OPACITY
from vision_models.view import encode_jpeg, heat_layer, outline_path

#: How far a picture can be enlarged.
MOST_ZOOM = 5


def reading_card(analysis: Analysis, language: Language, name: str = "0") -> str:
    """The card of one image: what was seen, or why it was not read. ``name`` tells it apart in the page."""
    texts = load_texts(language)
    return _accepted(analysis, texts, name) if analysis.accepted else _refused(analysis, texts)


def picture_uri(picture: NDArray[np.uint8]) -> str:
    """A data URI (JPEG) of a ``uint8 (H, W, 3)`` RGB array, 0..255."""
    return _uri("jpeg", encode_jpeg(picture))


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
    return (
        f'<h3>{escape(texts("reading.probabilities"))}</h3><ul class="g-bars">{"".join(rows)}</ul>'
        f'<p class="g-small">{escape(texts("reading.set_means"))}</p>'
    )


def _accepted(analysis: Analysis, texts: Texts, name: str) -> str:
    label = texts("reading.label", image=analysis.image or texts("reading.no_image"))
    modality = texts.name("modalities", analysis.modality)
    chart = probability_bars(analysis.probabilities, analysis.prediction_set, texts)
    if analysis.abstained:
        chart += f'<p class="g-open">{escape(texts("reading.open"))}</p>'
    return (
        f'<section class="g-reading" lang="{texts.language}" aria-label="{escape(label)}">'
        f'<h2>{escape(modality)}<span class="g-file">{escape(analysis.image)}</span></h2>'
        f"{_gate(analysis, texts)}"
        f'<div class="g-look">{_viewer(analysis, modality, texts, name)}'
        f'<div class="g-chart">{chart}</div></div>'
        f"{_cannot(analysis, texts)}{_how(analysis, texts)}</section>"
    )


def _gate(analysis: Analysis, texts: Texts) -> str:
    """What the gate took the picture for, and how sure it was."""
    if analysis.gate is None:
        return ""
    kind = texts.name("modalities", analysis.modality)
    sure = percent(1 - analysis.gate.ood_score, texts.language)
    return f'<p class="g-gate">{escape(texts("reading.gate", modality=kind, probability=sure))}</p>'


def _viewer(analysis: Analysis, modality: str, texts: Texts, name: str) -> str:
    """The pictures on top of each other, with what chooses among them."""
    if analysis.picture is None:
        return ""
    sent = _uri("jpeg", analysis.view) if analysis.view else picture_uri(analysis.picture)
    layers = [_image("as_sent", sent, texts("reading.as_sent_alt", modality=modality))]
    choices = [_choice("radio", "as_sent", texts, name, True)]
    if analysis.enhanced is not None:
        layers.append(_image("enhanced", picture_uri(analysis.enhanced), texts("reading.enhanced_alt")))
        choices.append(_choice("radio", "enhanced", texts, name, False))
    sliders = _slider("zoom", texts, 100, 100 * MOST_ZOOM, 25, 100)
    if analysis.saliency is not None:
        layers.append(
            _image("overlay", _uri("png", heat_layer(analysis.saliency)), _overlay_alt(analysis, texts))
        )
        choices.append(_choice("checkbox", "overlay", texts, name, True))
        sliders = _slider("opacity", texts, 0, 100, 5, round(100 * OPACITY)) + sliders
    if analysis.outline is not None:
        layers.append(_outline(analysis.outline, texts))
        choices.append(_choice("checkbox", "outline", texts, name, True))
    return (
        f'<div class="g-viewer"><div class="g-stage" tabindex="0" role="group" '
        f'aria-label="{escape(texts("reading.stage"))}"><div class="g-layers">{"".join(layers)}</div></div>'
        f'<fieldset class="g-views"><legend class="g-hidden">{escape(texts("reading.views"))}</legend>'
        f'{"".join(choices)}</fieldset><div class="g-sliders">{sliders}</div></div>'
    )


def _image(kind: str, uri: str, alt: str) -> str:
    return f'<img class="g-layer g-{kind}" src="{uri}" alt="{escape(alt)}">'


def _outline(mask: NDArray[np.uint8], texts: Texts) -> str:
    """The edge as a drawing, so that it stays sharp when the picture is enlarged."""
    path, (height, width) = outline_path(mask), mask.shape
    return (
        f'<svg class="g-layer g-outline" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(texts("reading.outline_alt"))}"><path class="g-edge" d="{path}"/>'
        f'<path d="{path}"/></svg>'
    )


def _choice(kind: str, view: str, texts: Texts, name: str, checked: bool) -> str:
    group = f' name="g-view-{escape(name)}"' if kind == "radio" else ""
    return (
        f'<label><input type="{kind}"{group} class="g-shows-{view}"{" checked" if checked else ""}>'
        f"<span>{escape(texts(f'reading.{view}'))}</span></label>"
    )


def _slider(name: str, texts: Texts, low: int, high: int, step: int, value: int) -> str:
    return (
        f"<label><span>{escape(texts(f'reading.{name}'))}</span>"
        f'<input type="range" data-sets="{name}" min="{low}" max="{high}" step="{step}" value="{value}">'
        "</label>"
    )


def _overlay_alt(analysis: Analysis, texts: Texts) -> str:
    target = texts.name("findings", analysis.target_class or analysis.finding)
    parts = [texts("reading.overlay_alt", finding=target)]
    if analysis.region:
        parts.append(texts("reading.overlay_region", region=texts.name("regions", analysis.region)))
    return ". ".join(parts)


def _cannot(analysis: Analysis, texts: Texts) -> str:
    """What the reading can't tell: the sentence that the reply has, where it is looked for."""
    sentence = reading.cannot(analysis, messages(texts.language)).replace("**", "")
    return f'<p class="g-cannot">{escape(sentence)}</p>'


def _how(analysis: Analysis, texts: Texts) -> str:
    """Why there is no map, the model, and how long each step took, folded."""
    lines = []
    if analysis.saliency is None:
        lines.append(texts("reading.no_map"))
    if analysis.model:
        lines.append(texts("reading.model", model=analysis.model))
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    steps = "".join(
        f"<li>{escape(texts.code('steps', step).rstrip('…'))}"
        f"<span>{_milliseconds(time, texts.language)}</span></li>"
        for step, time in analysis.timings.items()
    )
    total = _milliseconds(sum(analysis.timings.values()), texts.language)
    summary = texts("reading.how", time=total) if steps else texts("reading.how_plain")
    return (
        f'<details class="g-how"><summary>{escape(summary)}</summary>{paragraphs}'
        f"{f'<ol>{steps}</ol>' if steps else ''}</details>"
    )


def _milliseconds(time: float, language: Language) -> str:
    text = f"{time:.0f}" if time >= 10 else f"{time:.1f}"
    return (text.replace(".", ",") if language == "es" else text) + "\u00a0ms"


def _refused(analysis: Analysis, texts: Texts) -> str:
    name = texts("reading.refused", image=analysis.image or texts("reading.no_image"))
    picture = ""
    if analysis.view:
        picture = f'<img src="{_uri("jpeg", analysis.view)}" alt="{escape(texts("reading.refused_alt"))}">'
    helps = "".join(f"<li>{escape(line)}</li>" for line in texts.paragraphs("reading.helps"))
    return (
        f'<section class="g-reading g-refused" lang="{texts.language}" aria-label="{escape(name)}">'
        f"{picture}<div><h2>{escape(name)}</h2><p>{escape(texts.code('reasons', analysis.reason))}</p>"
        f"<h3>{escape(texts('reading.helps_heading'))}</h3><ul>{helps}</ul></div></section>"
    )


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")
