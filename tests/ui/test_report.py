import io
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image
from pypdf import PdfReader

from assistant.conversation import Citation, Language, Reply
from ui.report import Item, Report, as_markdown
from ui.report_facts import Likelihood
from ui.report_pdf import as_pdf
from ui.report_reading import bar
from ui.report_text import SIGN, blocks, printable, xml
from ui.texts import load_texts
from vision_models.analysis import Analysis, GateVerdict

SHA256 = "2b084d17f478f52cb574e0c13f546c1b0db2755e2999dc629fa6b18e2d6abc15"
PICTURE, ENHANCED = (np.full((64, 64, 3), tone, np.uint8) for tone in (60, 90))
READING = Analysis(
    image="glioma.png",
    verdict="brain_mri",
    modality="brain_mri",
    finding="glioma",
    probabilities={"no_tumor": 0.002, "glioma": 0.861, "meningioma": 0.12, "pituitary_tumor": 0.017},
    prediction_set=("glioma", "meningioma"),
    model="brain_mri-1.4.2",
    gate=GateVerdict("brain_mri", None, 0.03),
    target_class="glioma",
    region="upper_left",
    outline_share=0.07,
    sha256=SHA256,
    picture=PICTURE,
    enhanced=ENHANCED,
    saliency=np.full((64, 64), 0.5, np.float16),
    outline=np.zeros((64, 64), np.uint8),
)
REFUSED = Analysis("vacaciones.jpg", "rejected", reason="photo", gate=GateVerdict("rejected", "photo", 1.0))
CITATIONS = (
    Citation("a", "glioma", "overview", "Gliomas & <b>más</b>", "NCI", "https://nci.example/a?b=1&c=2"),
    Citation("b", "glioma", "types", "Tipos", "NHS", "javascript:alert(1)"),
)
REPLY = Reply("es", "ask_overview", 0.9, "answer", "Un **tumor** en *español*. [1] Otro. [2][7]", CITATIONS)
READ = replace(REPLY, action="analysis", analyses=(READING,))
HOSTILE = "<b>&amp; ]]> <img src=x> **no** [a](http://x.example) # ¿qué?"


def report(*items: Item, language: Language = "es", **versions: str) -> Report:
    return Report(items, language, date(2026, 11, 22), "112 / 911", versions)


def asked(question: str, reply: Reply = REPLY, *files: str) -> Item:
    return Item(question, files, reply)


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    return squeezed(" ".join(pages_of(content)))


def squeezed(text: str) -> str:
    """Without the spaces and line ends that the layout decides."""
    return "".join(text.split())


def links_of(content: bytes) -> set[str]:
    return {
        str(note.get_object()["/A"]["/URI"])
        for page in PdfReader(io.BytesIO(content)).pages
        for note in page.get("/Annots", ())
    }


def both(value: Report) -> tuple[str, str]:
    """The text of the PDF, and that of the Markdown as a reader of it sees it; both without spaces."""
    html = MarkdownIt("commonmark").enable("table").render(as_markdown(value))
    return text_of(as_pdf(value)), squeezed(shown(html))


def shown(html: str) -> str:
    words: list[str] = []
    parser = HTMLParser()
    parser.handle_data = words.append
    parser.feed(html)
    return "".join(words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "es",
            (
                "Una lectura para llevar al médico",
                "22 de noviembre de 2026",
                "¿Qué ve aquí, señor Galeno?",
                "Resonancia cerebral: glioma.png",
                "Hallazgo más probable",
                "86 %",
                "12 %",
                "<1 %",
                "posible",
                "fuera de él",
                "No. El modelo tuvo seguridad suficiente",
                "Aceptada como: Resonancia cerebral.",
                "está arriba, a la izquierda",
                "encierra el 7 % de la cabeza",
                "Fuentes",
                "Base de conocimiento",
                "Ayuda a decidir, no es un diagnóstico",
                "llame ya al 112 / 911",
            ),
        ),
        (
            "en",
            (
                "A reading to take to your doctor",
                "November 22, 2026",
                "Brain MRI: glioma.png",
                "Most probable finding",
                "86%",
                "12%",
                "<1%",
                "possible",
                "outside it",
                "No. The model was sure enough",
                "Accepted as: Brain MRI.",
                "in the upper left of the picture",
                "holds 7% of the head",
                "Sources",
                "Knowledge base",
                "Support, not a diagnosis",
                "call 112 / 911 now",
            ),
        ),
    ],
)
def test_a_reading_is_told_whole_in_both_languages(language: Language, words: tuple[str, ...]) -> None:
    item = asked("¿Qué ve aquí, señor Galeno?", READ, "glioma.png")
    value = report(item, language=language, galeno="0.2.0", knowledge_base="2026-11-20 · 3f2a")
    always = (
        SHA256,
        "brain_mri-1.4.2",
        "Gliomas & <b>más</b>",
        "NCI",
        "0.2.0",
        "2026-11-20 · 3f2a",
        "Un tumor",
    )
    texts = load_texts(language)
    sentences = (texts("report.hash_what"), texts("report.what"), texts("report.set_what"))
    limits = (*texts.paragraphs("about.not", emergency="112 / 911"), *texts.paragraphs("limits.cannot"))
    for text in both(value):
        for part in (*words, *always, *sentences, *limits):
            assert squeezed(part) in text, part


def test_the_classes_are_ordered_and_the_prediction_set_is_marked() -> None:
    rows = [line for line in as_markdown(report(asked("", READ))).splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[2:]] == [
        "Glioma",
        "Meningioma",
        "Tumor hipofisario",
        "No se ve tumor",
    ]
    assert [row.split(" | ")[2].removesuffix(" |") for row in rows[2:]] == ["posible"] * 2 + [
        "fuera de él"
    ] * 2


@pytest.mark.parametrize(("probability", "share"), [(1.0, 1.0), (0.25, 0.25), (1.5, 1.0)])
def test_a_bar_fills_its_outline_by_its_share(probability: float, share: float) -> None:
    outline, fill = bar(Likelihood("Glioma", probability, "", in_set=True)).contents
    assert fill.width == pytest.approx(share * outline.width)
    assert outline.strokeColor != outline.fillColor


def test_an_open_answer_is_said() -> None:
    texts = load_texts("es")
    left_open = report(asked("", replace(READ, analyses=(replace(READING, abstained=True),))))
    for text, firm in zip(both(left_open), both(report(asked("", READ))), strict=True):
        assert squeezed(texts("report.open")) in text
        assert squeezed(texts("report.open")) not in firm
    assert squeezed(texts("reading.open")) in text_of(as_pdf(left_open))


def test_without_a_map_none_is_told_of() -> None:
    hidden = replace(READING, map_holds=False, region=None, saliency=None, outline=None, outline_share=None)
    for text in both(report(asked("", replace(READ, analyses=(hidden,))))):
        assert squeezed(load_texts("es")("report.map_none")) in text
        assert "arriba" not in text


@pytest.mark.parametrize(
    ("changes", "captions"),
    [
        ({}, ("Como llegó", "Tras CLAHE", "Mapa de calor y contorno")),
        ({"saliency": None, "outline": None}, ("Como llegó", "Tras CLAHE")),
        ({"picture": None, "enhanced": None}, ()),
    ],
    ids=["all", "no map", "none"],
)
def test_the_pictures_that_there_are_stand_side_by_side(
    changes: dict[str, object], captions: tuple[str, ...]
) -> None:
    content = as_pdf(report(asked("", replace(READ, analyses=(replace(READING, **changes),)))))
    assert sum(len(page.images) for page in PdfReader(io.BytesIO(content)).pages) == len(captions)
    for caption in captions:
        assert squeezed(caption) in text_of(content)


def test_the_view_is_shown_in_place_of_the_small_picture() -> None:
    view = replace(READING, view=jpeg(np.full((300, 300, 3), 40, np.uint8)))
    content = as_pdf(report(asked("", replace(READ, analyses=(view,)))))
    sizes = [image.image.size for image in PdfReader(io.BytesIO(content)).pages[0].images if image.image]
    assert sorted(sizes) == [(64, 64), (64, 64), (300, 300)]


def test_two_readings_of_the_worst_pictures_stay_below_a_megabyte() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1024, 1024, 3), np.uint8)
    small = noise[:224, :224]
    heat = np.float16(small[..., 0] / 255)
    heavy = replace(READING, view=jpeg(noise), picture=small, enhanced=small, saliency=heat, outline=None)
    assert len(heavy.view or b"") > 500_000
    two = replace(READ, analyses=(heavy, replace(heavy, sha256="0" * 64)))
    assert len(as_pdf(report(asked("", two)))) < 1_000_000


def test_a_refused_image_has_its_reason_its_hash_and_no_probability() -> None:
    refused = replace(REFUSED, sha256=SHA256)
    value = report(asked("", replace(READ, analyses=(refused,))))
    for text in both(value):
        for part in ("No se ha leído: vacaciones.jpg", load_texts("es")("reasons.photo"), SHA256):
            assert squeezed(part) in text
        assert "%" not in text
        assert squeezed(load_texts("es").paragraphs("limits.cannot")[0]) not in text


def test_a_reading_without_probabilities_or_pictures_is_told_all_the_same() -> None:
    bare = Analysis("x.png", "brain_mri", modality="brain_mri", finding="glioma")
    for text in both(report(asked("", replace(READ, analyses=(bare,))))):
        assert "Glioma" in text
        assert "%" not in text
        assert squeezed(load_texts("es")("report.probability")) not in text


def test_a_follow_up_points_to_the_reading_and_another_map_is_shown() -> None:
    other = replace(READING, target_class="meningioma")
    items = (asked("uno", READ), asked("dos", READ), asked("tres", replace(READ, analyses=(other,))))
    for text in both(report(*items)):
        assert squeezed("trata de glioma.png, cuya lectura está en la pregunta 1") in text
        assert text.count(SHA256) == 2
        assert squeezed("Para «Meningioma»") in text


def test_what_a_person_wrote_comes_out_as_text_and_takes_no_effect() -> None:
    value = report(asked(HOSTILE, REPLY, "<i>x.png"))
    for text in both(value):
        assert squeezed(HOSTILE) in text
        assert "<i>x.png" in text
    html = MarkdownIt("commonmark").enable("table").render(as_markdown(value))
    question = html.split("<blockquote>")[1].split("</blockquote>")[0]
    assert question.strip() == f"<p>{escaped(HOSTILE)}</p>"
    assert links_of(as_pdf(value)) == {"https://nci.example/a?b=1&c=2"}


@pytest.mark.parametrize(
    "line", ["# h", "1. x", "- x", "> x", "====", "| a | b |", "```", "    code", "[1]: x"]
)
def test_no_line_of_a_question_becomes_a_part_of_the_markdown(line: str) -> None:
    html = MarkdownIt("commonmark").enable("table").render(as_markdown(report(asked(f"a\n{line}\nb"))))
    question = html.split("<blockquote>")[1].split("</blockquote>")[0]
    assert set(tags(question)) == {"p", "br"}
    assert squeezed(f"a{line}b") in squeezed(shown(question))


@pytest.mark.parametrize(
    "question",
    [
        "x" * 10_000,
        "😀" * 10_000,
        "مرحبا بالعالم " * 700,
        "a\n" * 5_000,
        "\n" * 10_000,
        "a" + " " * 10_000 + "b",
    ],
    ids=["one word", "emoji", "right to left", "lines", "empty lines", "spaces"],
)
def test_a_question_of_any_shape_makes_a_report(question: str) -> None:
    value = report(asked(question))
    text = text_of(as_pdf(value))
    assert text.count("x") >= question.count("x")
    assert text.count(SIGN) >= question.count("😀")
    assert as_markdown(value).encode()


@pytest.mark.parametrize("question", ["", " \n\t ", "\u202e\u200b\x00"])
def test_a_question_without_words_says_so(question: str) -> None:
    for text in both(report(asked(question, READ, "glioma.png"))):
        assert squeezed(load_texts("es")("report.no_question")) in text
        assert squeezed("Adjunto: glioma.png") in text


def test_what_the_typeface_lacks_is_a_sign_that_is_explained() -> None:
    assert printable("e\u0301 ñ → ☐ ≥ ＜b＞ ﬁ 5\u202fmg") == "é ñ -> [ ] ≥ <b> fi 5\u00a0mg"
    assert printable("😀 日本 مر \ud800") == f"{SIGN} {SIGN * 2} {SIGN * 2} {SIGN}"
    assert printable("a\u202eb\u200dc\ufe0f") == "abc"
    explained = squeezed(load_texts("es")("report.missing_sign", sign=SIGN))
    assert explained in text_of(as_pdf(report(asked("😀"))))
    assert explained not in text_of(as_pdf(report(asked("¿Y eso?"))))


def test_what_stands_in_for_a_letter_is_escaped_too() -> None:
    assert xml("＜b＞ & 'x'\n  y") == "&lt;b&gt; &amp; &#x27;x&#x27;<br/>\u00a0\u00a0y"


def test_a_reply_keeps_its_markdown_and_nothing_else() -> None:
    text = "**a *b*** <b>c</b> ![d](http://e.example) [f](javascript:g) [h](https://i.example/?j&k|l)"
    text += "\n\n1. m\n   - n\n2. o"
    first, *items = blocks(text, ())
    assert first.xml.startswith("<b>a <i>b</i></b> &lt;b&gt;c&lt;/b&gt; !<link")
    assert "javascript:g)" in first.xml
    assert 'href="https://i.example/?j&amp;k|l" ' in first.xml or "j&amp;k%7Cl" in first.xml
    assert [(item.xml, item.depth, item.bullet) for item in items] == [
        ("m", 1, "1."),
        ("n", 2, "•"),
        ("o", 1, "2."),
    ]
    assert as_pdf(report(asked("", replace(REPLY, text=text))))


def test_a_reply_cannot_lead_its_marks_elsewhere() -> None:
    first, second = blocks("Uno. [1]\n\n[1]: http://evil.example", CITATIONS)
    assert 'href="https://nci.example/' in first.xml
    assert 'href="http://evil.example' not in first.xml + second.xml


def test_the_marks_of_a_reply_lead_to_the_sources_that_there_are() -> None:
    (block,) = blocks("Uno. [1] Dos. [2][7]", CITATIONS)
    assert block.xml.count("<link ") == 1
    assert 'href="https://nci.example/a?b=1&amp;c=2"' in block.xml
    assert block.xml.endswith("[2][7]")


def test_the_markdown_of_a_reply_and_its_sources_brings_no_html_and_no_unsafe_link() -> None:
    text = "<img src=x> ![a](http://b.example) [c](javascript:d) [e]\n\n[e]: javascript:f\n\n**ok**"
    careless = MarkdownIt("commonmark", {"html": True})
    careless.validateLink = lambda url: True
    html = careless.render(as_markdown(report(asked("q", replace(REPLY, text=text)))))
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<strong>ok</strong>" in html
    assert 'href="https://nci.example/a?b=1&amp;c=2"' in html


def test_no_folder_of_a_file_is_told_and_a_long_name_is_cut() -> None:
    analysis = replace(READING, image="/home/zyx/../" + "n" * 300 + ".png")
    value = report(asked("", replace(READ, analyses=(analysis,)), "C:\\Users\\zyx\\glioma.png"))
    for text in both(value):
        assert "zyx" not in text
        assert "glioma.png" in text
        assert "n" * 50 in text
        assert "n" * 60 not in text


def test_a_conversation_flows_over_pages_that_count_themselves() -> None:
    items = tuple(asked(f"pregunta {number}", READ if number % 5 == 0 else REPLY) for number in range(30))
    content = as_pdf(report(*items))
    pages = pages_of(content)
    assert len(pages) > 4
    for number, page in enumerate(pages, start=1):
        assert f"Página {number} de {len(pages)}" in page
        assert "Ayuda a decidir, no es un diagnóstico" in page
        assert "22 de noviembre de 2026" in page
    assert "pregunta 29" in " ".join(pages)


@pytest.mark.parametrize("lines", [1, 8, 12, 16, 20, 24, 28, 32])
def test_a_question_stands_on_the_page_of_its_reading(lines: int) -> None:
    pages = pages_of(as_pdf(report(asked("uno\n" * lines), asked("dos", READ))))
    (page,) = (page for page in pages if "Pregunta 2" in page)
    assert "Resonancia cerebral: glioma.png" in page
    assert "Conjunto de predicción" in page


def test_the_document_names_itself_and_its_parts() -> None:
    reader = PdfReader(io.BytesIO(as_pdf(report(asked("¿Qué es un glioma? " * 9), asked("b")))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Una conversación para llevar al médico"
    assert reader.metadata.author == "Galeno"
    assert str(reader.metadata["/CreationDate"]).startswith("D:20261122")
    assert reader.root_object["/Lang"] == "es"
    names = [str(entry["/Title"]) for entry in reader.outline if isinstance(entry, dict)]
    assert names[0].startswith("Pregunta 1: ¿Qué es un glioma?")
    assert names[0].endswith("…")
    assert names[1:] == ["Pregunta 2: b", "Preguntas y notas para la consulta", "Qué no es"]


def test_every_letter_is_of_the_typeface_that_the_document_carries() -> None:
    reader = PdfReader(io.BytesIO(as_pdf(report(asked("ñ"), asked("", READ)))))
    fonts = set()

    def note(text: str, _cm: object, _tm: object, font: dict[str, str] | None, _size: float) -> None:
        if text.strip() and font is not None:
            fonts.add(font["/BaseFont"].split("-")[0].split("+")[-1])

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    assert fonts == {"AtkinsonHyperlegibleNext"}


def test_a_model_that_the_versions_name_is_not_named_twice() -> None:
    assert as_markdown(report(asked("", READ), brain_mri="1.4.2")).count("1.4.2") == 2
    assert as_markdown(report(asked("", READ))).count("Modelo de una lectura") == 1


def test_the_same_report_gives_the_same_bytes_in_several_threads() -> None:
    value = report(asked("ñandú"))
    first = as_pdf(value)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(content == first for content in pool.map(lambda _: as_pdf(value), range(40)))
    finally:
        sys.setswitchinterval(interval)


def test_a_conversation_without_items_is_still_a_document() -> None:
    for text in both(report()):
        assert squeezed("Una conversación para llevar al médico") in text


def jpeg(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tags(html: str) -> list[str]:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.append(tag)
    parser.feed(html)
    return found
