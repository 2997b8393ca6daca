"""``python -m intents.training``: the router's weights and card, made from the utterances.

The network on the vectors and the table of words are fitted each by itself, and twice: on what the encoder
learnt from too, to see on the utterances kept aside when to stop, how to calibrate and where the threshold
lies; then on all of them. Every variant of an utterance stays on its side.
"""

import argparse
import os
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from intents import model_card
from intents.augmentation import augment
from intents.card import MODEL, to_toml
from intents.classifier import Floats, Layers, logits, softmax, word_scores
from intents.examples import Example, read_examples
from intents.prediction import INTENTS
from intents.rules import match
from intents.runs import features
from knowledge_base.encoder import SHIPPED, Encoder, is_kept_aside, load_encoder

VERSION = "1.1.0"
SEED = 20
HIDDEN = (512,)
DROPOUT = 0.5
#: Buckets of the table of words; the share of a text's runs that is left out in each step of its training, so
#: that none decides alone; how long it learns; and how many runs of a text are read, drawn from longer ones.
WORD_BUCKETS, WORDS_LEFT_OUT, WORD_EPOCHS, WORD_RUNS = 1 << 15, 0.5, 10, 400
#: What the router may say when a question is none of its business.
NONE_OF_THESE = ("fallback", "offtopic")
#: The part of the validation questions in scope that may be taken for none of these.
REFUSED_AT_MOST = 0.03
#: A share of fewer than so many is chance.
NEIGHBOURS = 40

Integers = npt.NDArray[np.int64]


def fit(
    features: Floats,
    labels: Integers,
    validation: tuple[Floats, Integers] | None,
    *,
    classes: int = len(INTENTS),
    hidden: Sequence[int] = HIDDEN,
    dropout: float = DROPOUT,
    epochs: int = 60,
    seed: int = SEED,
) -> tuple[Layers, int]:
    """Dense layers fitted to ``features`` float32 (n, inputs), and the epochs that were best.

    With ``validation`` it stops when the loss there no longer falls and keeps the best epoch; with ``None``
    it runs all ``epochs``. The scaling of the inputs is folded into the first layer.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    keras.utils.set_random_seed(seed)
    mean = features.mean(axis=0)
    scale = features.std(axis=0) + 1e-3
    network = keras.Sequential([keras.layers.Input((features.shape[1],))])
    for units in hidden:
        network.add(keras.layers.Dense(units, activation="relu"))
        network.add(keras.layers.Dropout(dropout, seed=seed))
    network.add(keras.layers.Dense(classes))
    network.compile(
        optimizer=keras.optimizers.AdamW(1e-3, weight_decay=0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)
    history = network.fit(
        (features - mean) / scale,
        labels,
        batch_size=256,
        epochs=epochs,
        verbose=0,
        validation_data=None if validation is None else ((validation[0] - mean) / scale, validation[1]),
        callbacks=[] if validation is None else [stop],
    )
    layers = [_weights(layer) for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    kernel, bias = layers[0]
    layers[0] = (kernel / scale[:, None], bias - (mean / scale) @ kernel)
    losses = history.history.get("val_loss")
    return layers, int(np.argmin(losses)) + 1 if losses else epochs


def fit_words(
    texts: Sequence[str],
    labels: Integers,
    *,
    classes: int = len(INTENTS),
    buckets: int = WORD_BUCKETS,
    epochs: int = WORD_EPOCHS,
    seed: int = SEED,
) -> Floats:
    """The table of ``word_scores`` fitted to ``texts``: float32 (buckets, classes)."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    keras.utils.set_random_seed(seed)
    found, weights = _padded(texts, buckets, seed)
    which = keras.layers.Input((WORD_RUNS,), dtype="int32")
    how_much = keras.layers.Input((WORD_RUNS, 1))
    table = keras.layers.Embedding(buckets, classes, embeddings_initializer="zeros")
    left = keras.layers.Dropout(WORDS_LEFT_OUT, seed=seed)(how_much)
    scores = keras.layers.Dot(axes=1)([table(which), left])
    network = keras.Model([which, how_much], keras.layers.Flatten()(scores))
    network.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    network.fit([found, weights[..., None]], labels, batch_size=256, epochs=epochs, verbose=0)
    return np.asarray(table.get_weights()[0], dtype=np.float32)


def _padded(texts: Sequence[str], buckets: int, seed: int) -> tuple[npt.NDArray[np.int32], Floats]:
    """The buckets of each text and their weights, (n, WORD_RUNS), with runs of no weight after its own."""
    draw = np.random.default_rng(seed)
    found = np.zeros((len(texts), WORD_RUNS), dtype=np.int32)
    weights = np.zeros((len(texts), WORD_RUNS), dtype=np.float32)
    for row, text in enumerate(texts):
        ids, values = features(text)
        if len(ids) > WORD_RUNS:
            some = draw.choice(len(ids), WORD_RUNS, replace=False)
            ids, values = ids[some], values[some]
        found[row, : len(ids)] = ids % buckets
        weights[row, : len(ids)] = values
    return found, weights


def _weights(layer: Any) -> tuple[Floats, Floats]:
    kernel, bias = layer.get_weights()
    return np.asarray(kernel, dtype=np.float32), np.asarray(bias, dtype=np.float32)


def best_temperature(scores: Floats, labels: Integers) -> float:
    """The temperature under which ``scores`` float32 (n, classes) give ``labels`` the highest likelihood."""
    candidates = np.geomspace(0.3, 5.0, 120)
    rows = np.arange(len(labels))
    likelihood = [np.log(softmax(scores, float(each))[rows, labels] + 1e-9).mean() for each in candidates]
    return float(candidates[int(np.argmax(likelihood))])


def best_threshold(probabilities: Floats, labels: Integers) -> float:
    """The highest threshold that takes no more than ``REFUSED_AT_MOST`` of what is in scope for none."""
    none_of_these = [INTENTS.index(intent) for intent in NONE_OF_THESE]
    in_scope = ~np.isin(labels, none_of_these)
    called_none = np.isin(probabilities.argmax(axis=1), none_of_these)
    confidence = probabilities.max(axis=1)
    best = 0.0
    for threshold in np.arange(0.0, 0.9, 0.01):
        if ((called_none | (confidence < threshold)) & in_scope).sum() > REFUSED_AT_MOST * in_scope.sum():
            break
        best = float(threshold)
    return best


def torn_margin(probabilities: Floats, labels: Integers) -> float:
    """The lead up to which the first guess is right no more often than not, 0..1; 0.0 where it always is.

    By the share of right guesses among ``NEIGHBOURS`` in the order of their leads.
    """
    ordered = np.sort(probabilities, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    order = np.argsort(margins)
    right = (probabilities.argmax(axis=1) == labels)[order]
    if len(right) < NEIGHBOURS:
        return 0.0
    mostly_right = np.convolve(right, np.ones(NEIGHBOURS), mode="valid") > NEIGHBOURS / 2
    torn = int(np.argmax(mostly_right)) if mostly_right.any() else len(mostly_right)
    return float(margins[order][torn - 1]) if torn else 0.0


def encode(examples: Sequence[Example], encoder: Encoder) -> tuple[Floats, Integers]:
    """Vectors float32 (n, d) and the places of their intents in ``INTENTS``, int64 (n,)."""
    labels = np.asarray([INTENTS.index(example.intent) for example in examples], dtype=np.int64)
    return encoder.encode_queries([example.text for example in examples]), labels


def train(encoder: Encoder, folder: Path = MODEL) -> dict[str, Any]:
    """Fit, calibrate and save to ``folder``; returns the card as a table."""
    started = time.monotonic()
    examples = read_examples()
    kept = [example for example in examples if not is_kept_aside(example.text)]
    # What a rule catches never reaches the classifier; it would flatter the figures.
    held = [
        example
        for example in examples
        if is_kept_aside(example.text) and match(example.text, example.language) is None
    ]
    variants = augment(kept, SEED)
    vectors, labels = encode(variants, encoder)
    held_vectors, held_labels = encode(held, encoder)
    first, epochs = fit(vectors, labels, (held_vectors, held_labels))
    words = fit_words([example.text for example in variants], labels)
    scores = logits(first, held_vectors) + np.stack([word_scores(words, example.text) for example in held])
    temperature = best_temperature(scores, held_labels)
    probabilities = softmax(scores, temperature)
    threshold = best_threshold(probabilities, held_labels)
    sure = probabilities.max(axis=1) >= threshold  # what lies under it is none of these, not torn
    torn_under = torn_margin(probabilities[sure], held_labels[sure])
    more = augment(held, SEED)
    more_vectors, more_labels = encode(more, encoder)
    all_labels = np.concatenate([labels, more_labels])
    final, _ = fit(np.concatenate([vectors, more_vectors]), all_labels, None, epochs=epochs)
    final_words = fit_words([example.text for example in (*variants, *more)], all_labels)
    right = probabilities.argmax(axis=1) == held_labels
    card: dict[str, Any] = {
        "name": "router",
        "version": VERSION,
        "encoder_fingerprint": encoder.fingerprint,
        "dimension": int(vectors.shape[1]),
        "temperature": round(temperature, 4),
        "threshold": round(threshold, 4),
        "torn_under": round(torn_under, 4),
        "intents": list(INTENTS),
        "training": {
            "utterances": len(examples),
            "with_variants": len(all_labels),
            "hidden": list(HIDDEN),
            "dropout": DROPOUT,
            "epochs": epochs,
            "word_buckets": WORD_BUCKETS,
            "word_epochs": WORD_EPOCHS,
            "seed": SEED,
        },
        "validation": {
            "utterances": len(held),
            "accuracy": float(right.mean()),
            **{
                f"accuracy_{language}": float(right[[each.language == language for each in held]].mean())
                for language in ("en", "es")
            },
            "loss": float(-np.log(probabilities[np.arange(len(held)), held_labels] + 1e-9).mean()),
        },
    }
    write(final, final_words, card, folder)
    model_card.write_readme(folder)
    print(f"{len(examples)} utterances, {card['training']['with_variants']} with variants, {epochs} epochs")
    print(
        f"validation ({len(held)} utterances, classifier alone): accuracy {right.mean():.1%}, "
        f"temperature {temperature:.2f}, threshold {threshold:.2f}, torn under a lead of {torn_under:.2f}"
    )
    print(f"saved in {folder} after {time.monotonic() - started:.0f} s")
    return card


def write(layers: Layers, words: Floats, card: dict[str, Any], folder: Path) -> None:
    """The weights into ``folder``, and the card, which gets their hash."""
    folder.mkdir(parents=True, exist_ok=True)
    weights: dict[str, npt.NDArray[Any]] = {}
    for number, (kernel, bias) in enumerate(layers):
        weights[f"dense_{number}.kernel"] = np.ascontiguousarray(kernel, dtype=np.float32)
        weights[f"dense_{number}.bias"] = np.ascontiguousarray(bias, dtype=np.float32)
    weights["words"] = words.astype(np.float16)
    path = folder / "weights.safetensors"
    save_file(weights, path)
    path.chmod(0o644)
    card["sha256"] = sha256(path.read_bytes()).hexdigest()
    (folder / "card.toml").write_text(to_toml(card), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m intents.training", description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", help="a folder or a hub name (default: the encoder in the project)")
    name = parser.parse_args().encoder
    train(load_encoder(name or SHIPPED, threads=2))


if __name__ == "__main__":
    main()
