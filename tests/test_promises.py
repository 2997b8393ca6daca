"""What docs/SAFETY.md, docs/PRIVACY.md and SECURITY.md promise: each promise names a test that is there.

The few hard facts in them are compared with the code, and with what the page itself says of privacy.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from assistant.build import VIEW_SIZE
from assistant.figures import END
from assistant.triage import LONGEST
from knowledge_base.medlineplus import TERM_LENGTH
from ui.events import FORGET_AFTER
from ui.launch import MAX_UPLOAD
from ui.presence import AWAY
from ui.presence import EVERY as LOOKED_FOR_EVERY
from ui.safety_figures import BEGIN, tables
from ui.texts import load_texts
from ui.upload_folder import EVERY, OLDEST
from vision_models.image_io import FORMATS, MAX_BYTES, MAX_PIXELS

ROOT = Path(__file__).resolve().parents[1]
SAFETY, PRIVACY, SECURITY = DOCUMENTS = ("docs/SAFETY.md", "docs/PRIVACY.md", "SECURITY.md")
PACKAGES = ("assistant", "intents", "knowledge_base", "vision_models", "ui")

#: The last heading of a table of promises, and of one that says where guidance is met.
PROMISES, MAPPINGS = "held by", "where it is met"
NO_TEST = "(no test yet)"
#: Promises that no test holds. This number may only go down.
UNTESTED = 0

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]*)(#[^)\s]*)?\)")
#: A time in a sentence: "15 minutes", "an hour", "una hora".
_TIME = re.compile(r"\b(\d+|an?|one|una?) (minute|hour|minuto|hora)s?\b")
_SWEPT_EVERY, _SWEPT_AGE = EVERY, OLDEST


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def rows(document: str, heading: str) -> Iterator[list[str]]:
    """The cells of each row of the tables whose last heading is ``heading``."""
    inside = False
    before: list[str] = []
    for line in text_of(document).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells and not before:
            inside = cells[-1] == heading
        elif cells and inside and not set(line) <= set("|-: "):
            yield cells
        before = cells


def named_tests(text: str) -> list[str]:
    return [code for code in _CODE.findall(text) if "::" in code]


@cache
def found_in(path: str) -> frozenset[str]:
    """The names of the tests in a file, those of a class as ``Class::test``; empty where there is no file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        found |= {f"{group.name}::{node.name}" for node in group.body if isinstance(node, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_exists(document: str) -> None:
    named = named_tests(text_of(document))
    assert named
    missing = [name for name in named if name.partition("::")[2] not in found_in(name.partition("::")[0])]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_promise_names_its_test_or_says_that_there_is_none(document: str) -> None:
    promises = list(rows(document, PROMISES))
    assert promises
    bare = [cells[0] for cells in promises if bool(named_tests(cells[-1])) == (NO_TEST in cells[-1])]
    assert bare == [], f"expected `path::test` or {NO_TEST} in the last column, and not both"


def test_promises_without_a_test_only_become_fewer() -> None:
    untested = [cells[0] for name in DOCUMENTS for cells in rows(name, PROMISES) if NO_TEST in cells[-1]]
    assert len(untested) <= UNTESTED, f"a promise without a test is new: {untested}"
    assert len(untested) == UNTESTED, f"fewer are left: set UNTESTED to {len(untested)}, so that it stays so"


def test_every_row_beside_guidance_says_where_or_that_it_is_not_met() -> None:
    mapped = list(rows(SAFETY, MAPPINGS))
    assert len(mapped) > 30
    vague = [
        cells[0]
        for cells in mapped
        if "not met" not in cells[-1] and not _CODE.search(cells[-1]) and not _LINK.search(cells[-1])
    ]
    assert vague == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_heading_that_is_named_exists(document: str) -> None:
    text = text_of(document)
    files = [
        code for code in _CODE.findall(text) if re.fullmatch(r"[\w./-]+/[\w.-]+\.(py|md|toml|txt)", code)
    ]
    assert [name for name in files if not (ROOT / name).is_file()] == []
    for target, anchor in _LINK.findall(text):
        if "://" in target:
            continue
        path = (ROOT / document).parent / target if target else ROOT / document
        assert path.is_file(), target
        assert not anchor or anchor[1:] in headings(path), anchor


def headings(path: Path) -> set[str]:
    """The anchors that a hub makes of the headings of a Markdown file."""
    lines = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def test_the_figures_of_safety_are_those_that_were_measured() -> None:
    quoted = text_of(SAFETY).split(BEGIN)[1].split(END)[0].strip()
    assert quoted == tables(ROOT).strip(), "run: python -m ui.safety_figures"


def test_no_figure_of_safety_is_typed_by_hand() -> None:
    written = text_of(SAFETY)
    typed = written.split(BEGIN)[0] + written.split(END)[1]
    assert re.findall(r"\d[\d.,]* ?%", typed) == ["90 %"]  # what the prediction set aims at


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        (PRIVACY, f"for {FORGET_AFTER // 60} minutes at most after it was last used"),
        (PRIVACY, f'until "new chat" or {FORGET_AFTER // 60} minutes after the last turn'),
        (PRIVACY, f"{AWAY // 60} to {AWAY // 60 + 1} minutes after the page was closed"),
        (PRIVACY, f"| {_SWEPT_AGE // 60} to {(_SWEPT_AGE + _SWEPT_EVERY) // 60} minutes |"),
        (PRIVACY, f"a JPEG of at most {VIEW_SIZE} px"),
        (PRIVACY, f"the words to look up, {TERM_LENGTH} characters at most"),
        (SECURITY, f"At most {MAX_BYTES // 2**20} MB and {MAX_PIXELS // 10**6} million pixels"),
        (SECURITY, f"at most {MAX_UPLOAD.removesuffix('mb')} MB at once"),
        (SECURITY, f"Only {', '.join(FORMATS)} and DICOM are decoded"),
        (SAFETY, f"more than {LONGEST:,} characters"),
    ],
)
def test_the_facts_are_those_of_the_code(document: str, fact: str) -> None:
    text = " ".join(text_of(document).split())
    assert fact.lower() in text.lower()


def test_a_closed_page_is_looked_for_in_time() -> None:
    """Found at one look, gone at the first one after ``AWAY``; Gradio's own time for it is no longer."""
    assert AWAY + 2 * LOOKED_FOR_EVERY <= AWAY + 60
    assert SessionState(gr.Blocks()).STATE_TTL_WHEN_CLOSED <= FORGET_AFTER


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_of_privacy_what_the_table_says(language: str) -> None:
    said = " ".join(load_texts(language).paragraphs("about.privacy"))
    told = {_seconds(number, unit) for number, unit in _TIME.findall(said.lower())}
    assert told == {FORGET_AFTER, AWAY}
    assert 60 < _SWEPT_AGE + _SWEPT_EVERY < 3600  # what the page calls "some minutes"
    sizes = {int(number) for number in re.findall(r"\b(\d+) (?:px|pixels|píxeles)", said)}
    assert sizes <= {VIEW_SIZE}
    assert "MedlinePlus" in said
    assert f"{MAX_BYTES // 2**20} MB" in " ".join(load_texts(language).paragraphs("reading.helps"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_tells_of_the_picture_and_the_name_that_stay(language: str) -> None:
    said = " ".join(load_texts(language).paragraphs("about.privacy"))
    assert str(VIEW_SIZE) in said
    assert not re.search(r"without name|sin nombre", said)


def test_both_languages_promise_the_same() -> None:
    english, spanish = (
        tomllib.loads((ROOT / f"assistant/messages/ui.{language}.toml").read_text(encoding="utf-8"))["about"]
        for language in ("en", "es")
    )
    assert len(english["privacy"]) == len(spanish["privacy"])
    for one, other in zip(english["privacy"], spanish["privacy"], strict=True):
        assert re.findall(r"\d+", one) == re.findall(r"\d+", other)


def test_no_package_loads_with_pickle() -> None:
    """Neither by import nor by ``torch.load`` without ``weights_only``, ``yaml.load`` and the like."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(files) > 100
    assert [f"{path.relative_to(ROOT)}: {why}" for path in files for why in pickled(path)] == []


def pickled(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            yield from {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} & set(
                names
            )
        elif isinstance(node, ast.Call):
            called, given = ast.unparse(node.func), {word.arg: word.value for word in node.keywords}
            if called in ("yaml.load", "yaml.unsafe_load", "yaml.full_load"):
                yield called
            if (
                called == "torch.load"
                and ast.unparse(given.get("weights_only", ast.Constant(None))) != "True"
            ):
                yield called
            if "allow_pickle" in given and ast.unparse(given["allow_pickle"]) != "False":
                yield f"{called} with allow_pickle"


def _seconds(number: str, unit: str) -> int:
    return (int(number) if number.isdecimal() else 1) * (60 if unit.startswith("minut") else 3600)
