"""Makes the encoder smaller and teaches it our questions: ``python -m knowledge_base finetune``.

Every other layer goes. What is left first learns to give the vectors of the whole (Reimers and Gurevych,
EMNLP 2020), on health questions and answers, everyday requests and our own texts; then questions learn to
lie by the passage that answers them, in their own language and across (InfoNCE with the other passages of a
batch and a near miss as negatives: van den Oord et al., 2018). At the same time messages learn to lie by what
they tell of and by what they want, so that one vector serves the search, the intents and the second look
for an emergency. Needs
``requirements-train.txt``; about two hours on two cores.
"""

import json
import logging
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit

from knowledge_base.encoder import Encoder, fingerprint_of, is_kept_aside, load_encoder
from knowledge_base.graph import graph_hash, write_graph
from knowledge_base.index import VIEWS, views
from knowledge_base.messages import MESSAGES, UTTERANCES, read_messages
from knowledge_base.model_folder import write_model_folder
from knowledge_base.passages import Library, load_library
from knowledge_base.questions import PassageQuestion, load_passage_questions
from knowledge_base.schema import LANGUAGES, Passage
from knowledge_base.training import json_lines

logger = logging.getLogger(__name__)

#: Layers that stay, from the first, of the twelve.
LAYERS = (0, 2, 4, 6, 8, 11)
#: Word pieces of a text that are read in training; a passage has some 170.
LONGEST = 192
#: Texts to imitate, and pairs of MedQuAD to keep the breadth with.
IMITATED, BREADTH = 24_000, 3_000
#: Share of questions that learn the passage of the other language.
ACROSS = 0.25
#: Among how many wrong passages that look nearest the near miss is drawn.
NEAR = 6
#: One over the temperature of the contrast.
SCALE = 50.0
SEED = 7
VERSION = "2.1.0"
#: How much either counts beside the questions, and one over the temperature of their sorting.
SORTING, SORTING_SCALE = 0.5, 20.0
#: The step of the layers that sort, which begin with nothing.
SORTING_RATE = 1e-3
#: What the card says of the whole encoder only.
_OF_THE_BASE = frozenset(
    {"compared_texts", *(f"cosine_with_untrimmed_{part}" for part in ("mean", "p5", "min"))}
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage that answers it, and one that nearly does."""

    question: str
    answer: str
    near_miss: str


def finetune(base: Path, data: Path, folder: Path, runs: Path, epochs: float = 2.5) -> dict[str, Any]:
    """Writes the tuned encoder to ``folder`` and returns what changed in its card.

    ``base`` is the folder of the whole encoder, ``data`` that of the packs. What learnt to imitate is kept
    in ``runs``, by a hash of what it was made from: a run that was cut off goes on from there.
    """
    import torch
    from sentence_transformers.losses import MultipleNegativesRankingLoss

    random.seed(SEED)
    torch.manual_seed(SEED)
    card = tomlkit.parse((base / "card.toml").read_text("utf-8"))
    teacher = load_encoder(base, threads=2)
    imitating = _imitating(teacher, base, data, runs)
    student = _load_student(imitating)
    library = load_library()
    pairs = make_pairs(library, load_passage_questions(library), teacher) + _medquad_pairs(data)
    columns: dict[str, dict[str, list[Any]]] = {
        "questions": {
            "question": [f"query: {pair.question}" for pair in pairs],
            "answer": [f"passage: {pair.answer}" for pair in pairs],
            "near_miss": [f"passage: {pair.near_miss}" for pair in pairs],
        }
    }
    losses = {"questions": MultipleNegativesRankingLoss(student, scale=SCALE)}
    for name, texts_by_sort in (("messages", MESSAGES), ("utterances", UTTERANCES)):
        learnt = [(text, sort) for text, sort in read_messages(texts_by_sort) if not is_kept_aside(text)]
        sorts = sorted({sort for _, sort in learnt})
        columns[name] = {
            "message": [f"query: {text}" for text, _ in learnt],
            "label": [sorts.index(sort) for _, sort in learnt],
        }
        losses[name] = _sorting_loss(student, len(sorts))
    logger.info("contrasting %d pairs", len(pairs))
    _train(student, columns, losses, runs, epochs, 5e-5)
    unfinished = runs / "encoder.part"
    _write(student, base, unfinished)
    write_graph(unfinished)
    learnt_from = {name: len(next(iter(some.values()))) for name, some in columns.items()}
    changes = _write_card(card, unfinished, {"epochs": epochs, "learnt": learnt_from})
    _put_in_place(unfinished, folder)
    return changes


def _put_in_place(made: Path, folder: Path) -> None:
    """The files of ``made`` into ``folder``, whose other files (a README) stay. The card goes first and comes
    last: weights never stand beside a card of others."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.toml").unlink(missing_ok=True)
    for old in folder.rglob("*.safetensors"):
        old.unlink()
    files = [path for path in made.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.name == "card.toml"):
        target = folder / path.relative_to(made)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.rmtree(made)


def _imitating(teacher: Encoder, base: Path, data: Path, runs: Path) -> Path:
    """The folder of the smaller encoder that says nearly what the whole one says."""
    from sentence_transformers.losses import MSELoss

    texts = _texts(data)
    digest = sha256("\n".join([teacher.fingerprint, str(LAYERS), str(LONGEST), *texts]).encode()).hexdigest()
    folder = runs / f"imitating-{digest[:12]}"
    if folder.is_dir():
        logger.info("imitated already: %s", folder)
        return folder
    logger.info("imitating %d texts", len(texts))
    student = _load_student(base)
    keep_layers(student, LAYERS)
    vectors = _vectors(teacher, texts)
    columns: dict[str, dict[str, list[Any]]] = {}
    for name, prompt in (("queries", "query: "), ("passages", "passage: ")):
        rows = [at for at, text in enumerate(texts) if text.startswith(prompt)]
        columns[name] = {"sentence": [texts[at] for at in rows], "label": [vectors[at] for at in rows]}
    _train(student, columns, dict.fromkeys(columns, MSELoss(student)), runs, 1.5, 3e-4)
    unfinished = folder.with_name(f"{folder.name}.part")
    student.save(str(unfinished))
    unfinished.rename(folder)
    return folder


def _load_student(folder: Path) -> Any:
    """A ``SentenceTransformer`` without dropout: on a CPU the drawing of it takes longer than the passes."""
    from sentence_transformers import SentenceTransformer

    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    student = SentenceTransformer(str(folder), device="cpu", local_files_only=True, config_kwargs=none)
    student.max_seq_length = LONGEST
    return student


def keep_layers(model: Any, layers: Sequence[int]) -> None:
    """Only those layers of a ``SentenceTransformer`` over BERT, in order."""
    import torch

    bert = model[0].auto_model
    bert.encoder.layer = torch.nn.ModuleList(bert.encoder.layer[at] for at in layers)
    bert.config.num_hidden_layers = len(layers)


def make_pairs(library: Library, questions: Sequence[PassageQuestion], encoder: Encoder) -> list[Pair]:
    """Each question, and each passage's title, with one view of its passage and of a near miss.

    A near miss is drawn from the passages that lie nearest to the question and are of another topic or
    section; some questions get the passage of the other language.
    """
    draw = random.Random(SEED)
    by_id = {passage.passage_id: passage for passage in library.passages}
    asked = [(question.text, by_id[question.passage_id]) for question in questions]
    asked += [(passage.title, passage) for passage in library.passages]
    of_language = {
        language: [passage for passage in library.passages if passage.language == language]
        for language in LANGUAGES
    }
    vectors = {
        language: encoder.encode_passages([f"{passage.title} {passage.text}" for passage in some])
        for language, some in of_language.items()
    }
    pairs = []
    for (text, passage), vector in zip(
        asked, encoder.encode_queries([text for text, _ in asked]), strict=True
    ):
        target = _twin(passage, by_id) if draw.random() < ACROSS else passage
        candidates = of_language[target.language]
        wrong = [
            candidates[row]
            for row in np.argsort(-(vectors[target.language] @ vector))
            if (candidates[row].topic, candidates[row].section) != (passage.topic, passage.section)
        ]
        view = draw.randrange(VIEWS) if text != passage.title else VIEWS - 1
        answer, near_miss = (
            views(shown, library.topic_names[shown.topic, shown.language])[view]
            for shown in (target, draw.choice(wrong[:NEAR]))
        )
        pairs.append(Pair(text, answer, near_miss))
    return pairs


def _twin(passage: Passage, by_id: dict[str, Passage]) -> Passage:
    other = "es" if passage.language == "en" else "en"
    return by_id[f"{passage.topic}/{passage.section}/{other}/{passage.number}"]


def _medquad_pairs(data: Path) -> list[Pair]:
    """Health questions on other diseases, with their answers; the near miss is another answer on the same."""
    draw = random.Random(SEED)
    rows = list(json_lines(data / "text" / "medquad_pairs.jsonl.gz"))
    by_focus: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_focus.setdefault(row["focus"], []).append(row)
    chosen = [some for some in by_focus.values() if len(some) > 1]
    draw.shuffle(chosen)
    pairs = []
    for some in chosen[:BREADTH]:
        one, other = draw.sample(some, 2)
        pairs.append(Pair(_tidy(one["question"]), _start(one["answer"]), _start(other["answer"])))
    return pairs


def _texts(data: Path) -> list[str]:
    """What is imitated, each with the prompt under which it is read."""
    draw = random.Random(SEED)
    rows = list(json_lines(data / "text" / "medquad_pairs.jsonl.gz"))
    texts = [f"query: {_tidy(row['question'])}" for row in rows]
    texts += [f"passage: {_start(row['answer'])}" for row in rows]
    texts += [f"query: {row['text']}" for row in json_lines(data / "text" / "clinc150_sample.jsonl.gz")]
    draw.shuffle(texts)
    library = load_library()
    ours = [f"query: {question.text}" for question in load_passage_questions(library)]
    for passage in library.passages:
        ours.append(f"query: {passage.title}")
        ours += [
            f"passage: {v}" for v in views(passage, library.topic_names[passage.topic, passage.language])
        ]
    mixed = ours + texts[: IMITATED - len(ours)]
    draw.shuffle(mixed)
    return mixed


def _vectors(teacher: Encoder, texts: Sequence[str]) -> Any:
    """What the whole encoder says; the prompts are in the texts already."""
    import torch

    vectors = np.zeros((len(texts), teacher.dimension), np.float32)
    for prompt, encode in (("query: ", teacher.encode_queries), ("passage: ", teacher.encode_passages)):
        rows = [at for at, text in enumerate(texts) if text.startswith(prompt)]
        with torch.autocast("cpu", torch.bfloat16):
            vectors[rows] = encode([texts[at].removeprefix(prompt) for at in rows])
    return vectors


def _sorting_loss(model: Any, sorts: int) -> Any:
    """Cross-entropy of one linear layer over the vectors; the layer itself is not kept."""
    import torch
    from torch.nn import functional

    class SortingLoss(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.sorting = torch.nn.Linear(model.get_embedding_dimension(), sorts)

        def forward(self, features: Any, labels: Any) -> Any:
            vectors = functional.normalize(self.model(next(iter(features)))["sentence_embedding"], dim=1)
            return SORTING * functional.cross_entropy(SORTING_SCALE * self.sorting(vectors), labels)

    return SortingLoss()


def _train(
    model: Any,
    columns: dict[str, dict[str, list[Any]]],
    losses: dict[str, Any],
    runs: Path,
    epochs: float,
    rate: float,
) -> None:
    """Trains ``model`` on all data sets at once, each by its own loss. The passes are in half precision,
    which is twice as fast on a CPU that has it; the weights are not."""
    from datasets import Dataset, DatasetDict
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.training_args import BatchSamplers

    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(runs),
        num_train_epochs=epochs,
        per_device_train_batch_size=32,
        learning_rate=rate,
        learning_rate_mapping={r"\bsorting\b": SORTING_RATE} if "questions" in columns else {},
        warmup_steps=0.1,
        weight_decay=0.01,
        lr_scheduler_type="cosine",
        batch_sampler=BatchSamplers.NO_DUPLICATES if "questions" in columns else BatchSamplers.BATCH_SAMPLER,
        save_strategy="no",
        logging_steps=20,
        report_to="none",
        use_cpu=True,
        bf16=True,
        seed=SEED,
    )
    SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=DatasetDict({name: Dataset.from_dict(some) for name, some in columns.items()}),
        loss=losses,
    ).train()


def _write(student: Any, base: Path, folder: Path) -> None:
    bert = student[0].auto_model
    sizes = {
        name: int(getattr(bert.config, name))
        for name in (
            *("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
            *("vocab_size", "max_position_embeddings", "type_vocab_size"),
        )
    }
    tensors = {
        name: tensor.detach().float().numpy()
        for name, tensor in bert.state_dict().items()
        if not name.startswith("pooler") and tensor.is_floating_point()
    }
    tokenizer = json.loads((base / "tokenizer.json").read_text("utf-8"))
    write_model_folder(folder, sizes, tensors, tokenizer)


def _write_card(card: tomlkit.TOMLDocument, folder: Path, training: dict[str, Any]) -> dict[str, Any]:
    """``card`` is that of the whole encoder; what is another now is changed."""
    files = [path for path in folder.rglob("*") if path.suffix in (".safetensors", ".json")]
    changes = {
        "version": VERSION,
        "layers": len(LAYERS),
        "tuned_from": card["fingerprint"],
        "fingerprint": fingerprint_of(folder),
        "graph_sha256": graph_hash(folder),
        "bytes": sum(path.stat().st_size for path in files),
        "largest_file_bytes": max(path.stat().st_size for path in files),
        "epochs": training["epochs"],
        **{f"learnt_{name}": count for name, count in training["learnt"].items()},
    }
    card.update(changes)
    written = tomlkit.document()
    written.add(tomlkit.comment("Written by `python -m knowledge_base finetune`."))
    written.update({key: value for key, value in card.items() if key not in _OF_THE_BASE})
    (folder / "card.toml").write_text(tomlkit.dumps(written), "utf-8")
    return changes


def _tidy(question: str) -> str:
    """MedQuAD writes "What is (are) Asthma ?"."""
    return question.replace(" (are)", "").replace(" ?", "?").strip()


def _start(answer: str) -> str:
    """The first words of an answer, as long as a passage."""
    return " ".join(answer.split()[:110])
