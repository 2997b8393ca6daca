"""A model for the ``text-generation`` pipeline of transformers, as the ``Writer`` of a ``Rephraser``."""

import logging
import time
from collections.abc import Generator
from pathlib import Path
from queue import Empty
from threading import Event, Lock, Thread
from typing import Any

logger = logging.getLogger(__name__)

#: No answer is longer; the time limit ends most of what babbles on before.
MOST_TOKENS = 1024


class LanguageModel:
    """A loaded pipeline, which writes one text at a time: who waits for it too long gets nothing."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._free = Lock()

    def write(self, prompt: str, seconds: float) -> Generator[str, None, None]:
        """Pieces of what the model writes after ``prompt``, its likeliest words, for at most ``seconds``.

        When the time is over or the generator is closed, the model stops after the token at which it is.
        """
        from transformers import TextIteratorStreamer

        until = time.monotonic() + seconds
        streamer = TextIteratorStreamer(self._pipeline.tokenizer, skip_prompt=True, skip_special_tokens=True)
        over = Event()
        if not self._free.acquire(timeout=seconds):
            return
        Thread(target=self._run, args=(prompt, streamer, over), name="language-model").start()
        try:
            while (left := until - time.monotonic()) > 0:
                piece = streamer.text_queue.get(timeout=left)
                if piece is streamer.stop_signal:
                    return
                yield piece
        except Empty:
            return
        finally:
            over.set()

    def _run(self, prompt: str, streamer: Any, over: Event) -> None:
        def stop(input_ids: Any, _scores: Any, **_: Any) -> Any:
            return input_ids.new_full((len(input_ids),), over.is_set(), dtype=bool)

        try:
            asked: Any = prompt + "\n\n"
            options: dict[str, Any] = {}
            if self._pipeline.tokenizer.chat_template:
                asked = [{"role": "user", "content": prompt}]
                # Templates of models that think aloud know this word; the others pass over it.
                options["tokenizer_encode_kwargs"] = {"enable_thinking": False}
            self._pipeline(
                asked,
                streamer=streamer,
                stopping_criteria=[stop],
                max_new_tokens=MOST_TOKENS,
                do_sample=False,
                num_beams=1,
                return_full_text=False,
                **options,
            )
        except Exception as error:  # whatever a model raises; its text may quote the prompt
            logger.warning("the language model gave up: %s", type(error).__name__)
        finally:
            streamer.text_queue.put(streamer.stop_signal)
            self._free.release()


def load_language_model(name: str, threads: int) -> LanguageModel:
    """The model in a folder, or under a name on the hub; on a CPU it computes with ``threads`` threads.

    Only safetensors are read, and no code that comes with a model is run. Raises ``FileNotFoundError`` for a
    path that is no folder, and what transformers raises for a folder or a name that it cannot load.
    """
    folder = Path(name)
    if name.startswith((".", "/")) and not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder, expected a model for text generation")
    import torch
    from transformers import pipeline
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = pipeline("text-generation", model=name, model_kwargs={"use_safetensors": True})
    torch.set_num_threads(threads)
    return LanguageModel(model)
