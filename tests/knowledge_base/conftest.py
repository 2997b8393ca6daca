"""A small house of articles, and everything built over it without a model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from knowledge_base.fake_encoder import FakeEncoder
from knowledge_base.fusion import load_fusion
from knowledge_base.index import build_index
from knowledge_base.passages import Library, load_library
from knowledge_base.retriever import Retriever, load_retriever

SOURCES = """[page]
title = "A page"
publisher = "National Cancer Institute"
url = "https://www.cancer.gov/page"
year = 2024
fact = "what the thing is"
checked = 2026-11-21
"""
FILLER = {
    "en": "People ask their doctor about this.",
    "es": "Conviene hablar de esto con el médico.",
}

#: What each made-up passage says, by topic and section, in both languages.
FACTS = {
    ("meningioma", "overview"): (
        ("What is a meningioma?", "A meningioma is a tumor of the meninges that cover the brain."),
        ("¿Qué es un meningioma?", "Un meningioma es un tumor de las meninges que cubren el cerebro."),
    ),
    ("meningioma", "treatment"): (
        (
            "How is a meningioma treated?",
            "A meningioma is treated with surgery, radiation therapy or observation.",
        ),
        ("¿Cómo se trata un meningioma?", "Un meningioma se trata con cirugía, radioterapia u observación."),
    ),
    ("pneumonia", "overview"): (
        ("What is pneumonia?", "Pneumonia is an infection that fills the air sacs of the lungs."),
        ("¿Qué es la neumonía?", "La neumonía es una infección que llena los alvéolos de los pulmones."),
    ),
    ("pneumonia", "symptoms"): (
        ("What are the symptoms of pneumonia?", "The symptoms of pneumonia are cough, fever and chills."),
        ("¿Qué síntomas da la neumonía?", "Los síntomas de la neumonía son tos, fiebre y escalofríos."),
    ),
}


#: What is asked of the passages, as in ``training_questions/passages``. Of pneumonia nothing is.
QUESTIONS = {
    "meningioma": [
        {
            "passage": "How is a meningioma treated?",
            "en": ["Can the lump be cut out?", "knife or rays"],
            "es": ["¿Se opera ese bulto?"],
        }
    ]
}


def passage(title: str, first: str, language: str, words: int = 60) -> str:
    """A passage in the articles' format, filled up to about so many words."""
    text = [*first.split()]
    while len(text) < words:
        text += [*FILLER[language].split(), *first.split()]
    return f"### {title}\nsources: page\n\n{' '.join(text)}\n"


def write_articles(folder: Path) -> None:
    for at, language in enumerate(("en", "es")):
        for topic in ("meningioma", "pneumonia"):
            parts = [f"# {topic.capitalize() if at == 0 or topic != 'pneumonia' else 'Neumonía'}\n"]
            for (owner, section), twins in FACTS.items():
                if owner == topic:
                    parts.append(f"## {section}\n\n{passage(*twins[at], language)}")
            (folder / topic).mkdir(parents=True, exist_ok=True)
            (folder / topic / f"{language}.md").write_text("\n".join(parts), "utf-8")
            (folder / topic / "sources.toml").write_text(SOURCES, "utf-8")


def write_questions(folder: Path) -> None:
    folder.mkdir()
    for topic, entries in QUESTIONS.items():
        (folder / f"{topic}.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Questions written for one of the passages in ``articles``."""
    folder = tmp_path / "questions"
    write_questions(folder)
    return folder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of two sound topics, which a test may spoil."""
    folder = tmp_path / "articles"
    write_articles(folder)
    return folder


@pytest.fixture
def edit(articles: Path) -> Callable[[str, str, str], None]:
    """Replaces a text in one of the articles' files; it must be there."""

    def change(name: str, old: str, new: str) -> None:
        path = articles / name
        content = path.read_text("utf-8")
        assert old in content
        path.write_text(content.replace(old, new), "utf-8")

    return change


@pytest.fixture(scope="session")
def fake_encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(scope="session")
def retriever(tmp_path_factory: pytest.TempPathFactory, fake_encoder: FakeEncoder) -> Retriever:
    folder = tmp_path_factory.mktemp("house")
    write_articles(folder / "articles")
    write_questions(folder / "questions")
    places = {name: folder / name for name in ("articles", "questions")}
    build_index(fake_encoder, **places, folder=folder / "index")
    any_encoder = replace(load_fusion(), encoder="", scope=())
    return load_retriever(fake_encoder.fingerprint, **places, folder=folder / "index", fusion=any_encoder)


@pytest.fixture(scope="session")
def library() -> Library:
    """The project's own articles."""
    return load_library()
