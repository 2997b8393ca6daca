"""What a report says of one image, in words and rows that its PDF and its Markdown share. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ui.reading import percent
from ui.texts import Texts
from vision_models.analysis import Analysis

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n")
_FOLDER = re.compile(r"[\\/]")
#: Letters that are shown of a longer file name, before and after the sign of what is left out.
NAME_START, NAME_END = 56, 20


@dataclass(frozen=True, slots=True)
class Likelihood:
    """One row of a reading's table; ``probability``: 0..1, and in ``words`` for a person."""

    name: str
    probability: float
    words: str
    in_set: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing more to know of an image; ``note``: what that is for, empty where it needs no words."""

    label: str
    value: str
    note: str = ""


def likelihoods(analysis: Analysis, texts: Texts) -> tuple[Likelihood, ...]:
    """The classes of the model, most probable first."""
    return tuple(
        Likelihood(
            texts.name("findings", name),
            probability,
            percent(probability, texts.language),
            name in analysis.prediction_set,
        )
        for name, probability in sorted(analysis.probabilities.items(), key=lambda pair: -pair[1])
    )


def headline(analysis: Analysis, texts: Texts) -> tuple[str, str]:
    """The most probable finding and its probability; the latter empty where there is none."""
    share = percent(analysis.probability, texts.language) if analysis.probabilities else ""
    return texts.name("findings", analysis.finding), share


def set_words(row: Likelihood, texts: Texts) -> str:
    return texts("reading.in_set" if row.in_set else "report.out_of_set")


def facts(analysis: Analysis, texts: Texts) -> tuple[Fact, ...]:
    """What else there is to know of an image."""
    return tuple(_facts(analysis, texts))


def written_date(day: date, texts: Texts) -> str:
    month = texts.paragraphs("report.months")[day.month - 1]
    return texts("report.date", day=day.day, month=month, year=day.year)


def clean(text: str) -> str:
    """Without control characters, signs that turn the writing direction, or more than one empty line."""
    text = _SURROGATE.sub("\ufffd", _UNSEEN.sub("", _LINE_END.sub("\n", text)))
    return _EMPTY_LINES.sub("\n\n", text.expandtabs(4)).strip()


def file_name(name: str, texts: Texts) -> str:
    """The name of a file without its folders, and without the middle of a very long one."""
    name = " ".join(clean(_FOLDER.split(name)[-1]).split())
    if len(name) > NAME_START + NAME_END:
        name = f"{name[:NAME_START]}…{name[-NAME_END:]}"
    return name or texts("reading.no_image")


def _facts(analysis: Analysis, texts: Texts) -> Iterator[Fact]:
    if analysis.accepted:
        yield Fact(
            texts("report.open_label"), texts("report.open" if analysis.abstained else "report.not_open")
        )
        yield Fact(texts("report.gate_label"), _gate(analysis, texts))
        yield Fact(texts("report.map_label"), _map(analysis, texts))
        if analysis.outline_share is not None:
            share = percent(analysis.outline_share, texts.language)
            yield Fact(texts("report.outline_label"), texts("report.outline", share=share))
    elif analysis.gate is not None:
        yield Fact(texts("report.gate_label"), _gate(analysis, texts))
    if analysis.model:
        yield Fact(texts("report.model_label"), clean(analysis.model))
    if analysis.sha256:
        yield Fact(texts("report.hash_label"), clean(analysis.sha256), texts("report.hash_what"))


def _gate(analysis: Analysis, texts: Texts) -> str:
    kind = texts.name("modalities", analysis.modality)
    verdict = texts("report.gate", modality=kind) if analysis.accepted else texts("report.gate_refused")
    if analysis.gate is None:
        return verdict
    return f"{verdict} {texts('report.gate_score', score=f'{analysis.gate.ood_score:.2f}')}"


def _map(analysis: Analysis, texts: Texts) -> str:
    if not analysis.map_holds or analysis.region is None:
        return texts("report.map_none")
    finding = texts.name("findings", analysis.target_class or analysis.finding)
    return texts("report.map", finding=finding, region=texts.name("regions", analysis.region))
