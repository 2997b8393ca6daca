"""The brain network and the weights that ship, on what others run a network on, with the same pictures."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.found import Found, resident

MODEL = "brain_mri"
#: Pictures of the test split, drawn evenly, that an engine reads for its accuracy; and runs that are timed.
PICTURES, TIMED, RELOADS = 300, 60, 3
SIZE = 224

Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def pictures(data: Path, split: str, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """``uint8 (N, S, S, 3)`` prepared as they are served, and their classes."""
    from vision_models.card import load_card
    from vision_models.preprocess import prepare
    from vision_models.training.data import ImageStore, class_names, load_samples

    card, names = load_card(MODEL), class_names(MODEL)
    samples = [sample for sample in load_samples(MODEL, data) if sample.split == split]
    chosen = [samples[at] for at in np.linspace(0, len(samples) - 1, count).astype(int)]
    store = ImageStore(data, chosen)
    images = [prepare(store.read(sample), card.image_size, card.contrast) for sample in chosen]
    return np.array(images), np.array([names.index(sample.labels[0]) for sample in chosen])


def litert(content: bytes, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    run: Any = Interpreter(model_content=content, num_threads=threads).get_signature_runner("serving_default")
    return lambda picture: run(pixels=picture[None].astype(np.float32))["logits"][0]


def shipped(threads: int) -> Run:
    from vision_models.card import load_card, read_weights

    return litert(read_weights(load_card(MODEL)), threads)


def keras_graph() -> Any:
    """The shipped weights in Keras, as they are exported."""
    from vision_models.card import MODELS
    from vision_models.training.data import class_names
    from vision_models.training.export import START_NAME
    from vision_models.training.network import build_network, serving_graph
    from vision_models.training.recipes import RECIPES
    from vision_models.training.weights import load

    recipe = RECIPES[MODEL]
    network = build_network(len(class_names(MODEL)) + recipe.has_other, bool(recipe.region))
    load(network, MODELS / MODEL / START_NAME)
    return serving_graph(network, recipe.has_other)


def converted(kind: str, threads: int, sample: NDArray[np.uint8]) -> Run:
    """LiteRT in ``fp32``, in ``int8`` weights, or ``int8`` weights and activations, fitted on ``sample``."""
    import tensorflow as tf

    from vision_models.training.export import converter_of

    with tempfile.TemporaryDirectory() as folder:
        converter = converter_of(keras_graph(), sample.shape[1], folder)
        if kind != "fp32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "int8 whole":
            converter.representative_dataset = lambda: ([image[None].astype(np.float32)] for image in sample)
        return litert(converter.convert(), threads)


def tensorflow(how: str) -> Run:
    """Keras as people run it: ``predict``, or the graph traced once by ``tf.function``."""
    import tensorflow as tf

    graph = keras_graph()
    if how == "predict":
        return lambda picture: graph.predict(picture[None].astype(np.float32), verbose=0)["logits"][0]
    traced = tf.function(graph.call)
    return lambda picture: np.asarray(traced(tf.constant(picture[None], tf.float32))["logits"])[0]


def onnx(threads: int) -> Run:
    """Keras on its torch backend, exported as it does that itself, on ONNX Runtime."""
    import keras
    import onnxruntime

    graph = keras_graph()
    logits = keras.Model(graph.input, graph.output["logits"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        pixels = keras.InputSpec(shape=(1, SIZE, SIZE, 3), dtype="float32", name="pixels")
        logits.export(path, format="onnx", input_signature=[pixels], verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture[None].astype(np.float32)})[0][0]


def reloaded(folder: Path) -> Run:
    """What a page does that loads its model for each request, as one of Streamlit does without a cache."""
    import keras

    path = folder / "network.keras"
    keras_graph().save(path)

    def run(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        keras.backend.clear_session()
        graph = keras.models.load_model(path)
        return np.asarray(graph.predict(picture[None].astype(np.float32), verbose=0)["logits"][0])

    return run


ENGINES = (
    "LiteRT, fp16 weights (what ships), 1 thread",
    "LiteRT, fp16 weights (what ships), 2 threads",
    "LiteRT, fp32 weights, 1 thread",
    "LiteRT, int8 weights, 1 thread",
    "LiteRT, int8 whole, 1 thread",
    "ONNX Runtime, fp32, 1 thread",
    "ONNX Runtime, fp32, 2 threads",
    "TensorFlow, tf.function, all threads",
    "Keras, predict, all threads",
    "Keras, load_model and predict for each request",
)


def made(name: str, data: Path, folder: Path) -> Run:
    engine, how, *rest = (part.strip() for part in name.split(","))
    if engine == "Keras":
        return tensorflow("predict") if how == "predict" else reloaded(folder)
    if engine == "TensorFlow":
        return tensorflow("function")
    threads = int(rest[-1].split()[0])
    if engine == "ONNX Runtime":
        return onnx(threads)
    if "ships" in how:
        return shipped(threads)
    return converted(how.removesuffix(" weights"), threads, pictures(data, "validation", 100)[0])


def measured(name: str, data: Path) -> Found:
    images, classes = pictures(data, "test", PICTURES)
    with tempfile.TemporaryDirectory() as folder:
        run = made(name, data, Path(folder))
        slow = "request" in name
        seconds, right = [], []
        for number, (image, known) in enumerate(zip(images, classes, strict=True)):
            if slow and number == RELOADS:
                break
            began = time.perf_counter()
            logits = run(image)
            seconds.append(time.perf_counter() - began)
            right.append(int(np.argmax(logits)) == known)
    timed = seconds[1:] if slow else seconds[-TIMED:]
    share = "" if slow else f"{np.mean(right):.1%}"
    runs_alone = "ships" in name or not name.startswith(("LiteRT", "ONNX"))
    return Found(1000 * float(np.median(timed)), share, resident() if runs_alone else None)
