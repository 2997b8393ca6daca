import string
from pathlib import Path

import pytest

from knowledge_base.mentions import (
    CUES,
    NAMES,
    ancestors,
    mentioned_sections,
    mentioned_topics,
    names_another_part,
    read_names,
    says_not_of_what,
    without_names,
)
from knowledge_base.schema import SECTIONS, TOPICS


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("¿Qué es un meningioma?", ("meningioma",)),
        ("glioblastoma", ("glioma",)),
        ("síntomas de prolactinoma", ("pituitary_tumor",)),
        ("tengo una RESONANCIA mañana", ("brain_mri",)),
        ("resonansia magnetica", ("brain_mri",)),
        ("rayos X", ("chest_xray",)),
        ("placa de tórax", ("chest_xray",)),
        ("placa de torax", ("chest_xray",)),
        ("what is nuemonia", ("pneumonia",)),
        ("pulmonía", ("pneumonia",)),
        ("neumonía bacteriana", ("bacterial_pneumonia",)),
        ("nuemonia bacteriana", ("bacterial_pneumonia",)),
        ("viral pnuemonia", ("viral_pneumonia",)),
        ("covid-19", ("covid19",)),
        ("neumonía por covid", ("covid19",)),
        ("menigioma y glioblastma", ("meningioma", "glioma")),
        ("how accurate is Galeno?", ("assistant",)),
        ("", ()),
        ("hola, buenos días", ()),
        ("🙂🙂 ¿¿??", ()),
    ],
)
def test_topics(text: str, topics: tuple[str, ...]) -> None:
    assert mentioned_topics(text) == topics


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("¿un meningioma es un tumor cerebral?", ("meningioma", "brain_tumor")),
        ("is a brain tumor always a glioma", ("glioma", "brain_tumor")),
        ("pneumonia from covid or pneumonia", ("covid19", "pneumonia")),
        ("viral or bacterial?", ("viral_pneumonia", "bacterial_pneumonia")),
    ],
)
def test_narrower_before_its_parent(text: str, topics: tuple[str, ...]) -> None:
    assert mentioned_topics(text) == topics


@pytest.mark.parametrize(
    "text",
    ["MRI of the knee", "tumor de hígado", "radiografía de un brazo roto", "glaucoma", "meningitis", "humor"],
)
def test_what_is_not_ours_is_not_named(text: str) -> None:
    assert mentioned_topics(text) == ()


def test_a_strong_name_counts_beside_another_part() -> None:
    assert mentioned_topics("can a brain tumor give back pain") == ("brain_tumor",)
    assert names_another_part("can a brain tumor give back pain")


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("¿Cómo se trata?", ("treatment",)),
        ("what are the symptoms", ("overview", "symptoms")),
        ("es contagiosa", ("transmission",)),
        ("sintomsa de covid", ("symptoms",)),
        ("nothing of the kind here", ()),
    ],
)
def test_sections(text: str, sections: tuple[str, ...]) -> None:
    assert mentioned_sections(text) == sections


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("¿Cómo se trata un meningioma?", "como se trata un"),
        ("sintomas de nuemonia bacteriana", "sintomas de"),
        ("¿y eso?", "y eso"),
        ("glioma", ""),
    ],
)
def test_what_is_left_without_the_names(text: str, left: str) -> None:
    assert without_names(text) == left


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("What are the symptoms?", True),
        ("¿Se cura?", True),
        ("cuanto dura", True),
        ("What are the symptoms of a glioma?", False),
        ("do masks help?", False),
        ("hola", False),
        ("", False),
    ],
)
def test_what_is_asked_but_not_of_what(text: str, bare: bool) -> None:
    assert says_not_of_what(text) is bare


def test_ancestors_nearest_first() -> None:
    assert ancestors("covid19") == ("viral_pneumonia", "pneumonia")
    assert ancestors("assistant") == ()


@pytest.mark.parametrize(("path", "known"), [(NAMES, TOPICS), (CUES, SECTIONS)])
def test_every_label_has_names(path: Path, known: tuple[str, ...]) -> None:
    names = read_names(path, known)
    assert {label for labels in names.labels.values() for label in labels} == set(known)


def test_a_name_stands_for_one_topic_only() -> None:
    shared = {
        phrase: labels for phrase, labels in read_names(NAMES, TOPICS).labels.items() if len(labels) > 1
    }
    assert shared == {}


def test_an_unknown_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('[gout]\nnames = ["gout"]\n', "utf-8")
    with pytest.raises(ValueError, match=r"names.toml: unknown name \[gout\]"):
        read_names(path, TOPICS)


def test_very_long_and_odd_texts_do_not_break_it() -> None:
    assert mentioned_topics("glioma " * 5_000) == ("glioma",)
    assert mentioned_topics(string.printable * 20) == ()
    assert mentioned_topics("a" * 20_000) == ()
