"""Makes the encoder smaller and teaches it our questions: ``python -m knowledge_base finetune``.

Every other layer goes. What is left first learns to give the vectors of the whole (Reimers and Gurevych,
EMNLP 2020), on health questions and answers, everyday requests and our own texts; then questions learn to
lie by the passage that answers them, in their own language and across (InfoNCE with the other passages of a
batch and a near miss as negatives: van den Oord et al., 2018). Needs ``requirements-train.txt``; an hour or
two on two cores.
"""

import gzip
import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.encoder import Encoder, load_encoder
from knowledge_base.index import VIEWS, views
from knowledge_base.model_folder import write_model_folder
from knowledge_base.passages import Library, load_library
from knowledge_base.questions import PassageQuestion, load_passage_questions
from knowledge_base.schema import LANGUAGES, Passage

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


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage that answers it, and one that nearly does."""

    question: str
    answer: str
    near_miss: str


def finetune(base: Path, data: Path, folder: Path, runs: Path, epochs: float = 3.0) -> None:
    """Writes the tuned encoder to ``folder``; ``base`` is the untuned one, ``data`` the packs' folder.

    ``runs`` takes the checkpoints. The card is not touched.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    random.seed(SEED)
    torch.manual_seed(SEED)
    teacher = load_encoder(base, threads=2)
    texts = _texts(data)
    student = SentenceTransformer(str(base), device="cpu", local_files_only=True)
    student.max_seq_length = LONGEST
    keep_layers(student, LAYERS)
    logger.info("imitating %d texts", len(texts))
    vectors = _vectors(teacher, texts)
    _train(student, {"sentence": texts, "label": list(vectors)}, "imitate", runs / "imitate", 1.0, 3e-4)
    pairs = make_pairs(load_library(), load_passage_questions(), teacher) + _medquad_pairs(data)
    logger.info("contrasting %d pairs", len(pairs))
    columns = {
        "question": [f"query: {pair.question}" for pair in pairs],
        "answer": [f"passage: {pair.answer}" for pair in pairs],
        "near_miss": [f"passage: {pair.near_miss}" for pair in pairs],
    }
    _train(student, columns, "contrast", runs / "contrast", epochs, 5e-5)
    _write(student, base, folder)


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
    rows = list(_json_lines(data / "text" / "medquad_pairs.jsonl.gz"))
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
    rows = list(_json_lines(data / "text" / "medquad_pairs.jsonl.gz"))
    texts = [f"query: {_tidy(row['question'])}" for row in rows]
    texts += [f"passage: {_start(row['answer'])}" for row in rows]
    texts += [f"query: {row['text']}" for row in _json_lines(data / "text" / "clinc150_sample.jsonl.gz")]
    draw.shuffle(texts)
    library = load_library()
    ours = [f"query: {question.text}" for question in load_passage_questions()]
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
    vectors = np.zeros((len(texts), teacher.dimension), np.float32)
    for prompt, encode in (("query: ", teacher.encode_queries), ("passage: ", teacher.encode_passages)):
        rows = [at for at, text in enumerate(texts) if text.startswith(prompt)]
        vectors[rows] = encode([texts[at].removeprefix(prompt) for at in rows])
    return vectors


def _train(
    model: Any, columns: dict[str, list[Any]], stage: str, runs: Path, epochs: float, rate: float
) -> None:
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.losses import MSELoss, MultipleNegativesRankingLoss
    from sentence_transformers.training_args import BatchSamplers

    imitates = stage == "imitate"
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(runs),
        num_train_epochs=epochs,
        per_device_train_batch_size=32,
        learning_rate=rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        lr_scheduler_type="cosine",
        batch_sampler=BatchSamplers.BATCH_SAMPLER if imitates else BatchSamplers.NO_DUPLICATES,
        save_steps=100,
        save_total_limit=1,
        logging_steps=20,
        report_to="none",
        use_cpu=True,
        seed=SEED,
    )
    loss = MSELoss(model) if imitates else MultipleNegativesRankingLoss(model, scale=SCALE)
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_dict(columns), loss=loss
    )
    trainer.train(resume_from_checkpoint=any(runs.glob("checkpoint-*")) or None)


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


def _tidy(question: str) -> str:
    """MedQuAD writes "What is (are) Asthma ?"."""
    return question.replace(" (are)", "").replace(" ?", "?").strip()


def _start(answer: str) -> str:
    """The first words of an answer, as long as a passage."""
    return " ".join(answer.split()[:110])


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)
