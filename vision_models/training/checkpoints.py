"""What a run leaves after each epoch, so that an interruption costs at most one."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

BEST_NAME, LOG_NAME = "best.weights.h5", "log.csv"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: whole ``epochs`` done, the ``best`` validation loss, and for how many epochs it
    has ``waited`` for a better one."""

    epochs: int = 0
    best: float | None = None
    waited: int = 0

    @classmethod
    def read(cls, folder: Path) -> "Progress":
        """That of a run in ``folder``; of a new one where there is none."""
        path = folder / "progress.json"
        return cls(**json.loads(path.read_text())) if path.is_file() else cls()

    def after(self, loss: float) -> "Progress":
        """One epoch more, whose validation loss is ``loss``."""
        better = math.isfinite(loss) and (self.best is None or loss < self.best)
        return Progress(self.epochs + 1, loss if better else self.best, 0 if better else self.waited + 1)

    def write(self, folder: Path) -> None:
        """All at once, so that a crash leaves this or what was there before."""
        fresh = folder / "progress.json.new"
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(folder / "progress.json")


class Checkpoints(keras.callbacks.Callback):
    """Keeps the best weights and the whole state of the last epoch, and ends the fit once no epoch was
    better for ``patience`` of them (``None``: never).

    Keras' own callbacks for this begin to wait anew in a resumed run, and can leave a state that is an
    epoch ahead of what is written about it.
    """

    def __init__(self, folder: Path, progress: Progress, patience: int | None) -> None:
        super().__init__()
        self.progress = progress
        self._folder, self._patience = folder, patience

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        self.progress = self.progress.after((logs or {})["val_loss"])
        if self.progress.waited == 0:
            self.model.save_weights(self._folder / BEST_NAME)
        state = state_path(self._folder, self.progress)
        self.model.save(state)
        self.progress.write(self._folder)
        for old in set(self._folder.glob("epoch-*.keras")) - {state}:
            old.unlink()
        if is_over(self.progress, self._patience):
            self.model.stop_training = True


def state_path(folder: Path, progress: Progress) -> Path:
    """The network and its optimizer after the last whole epoch."""
    return folder / f"epoch-{progress.epochs}.keras"


def trim_log(folder: Path, progress: Progress) -> None:
    """Leaves the head of the log and a line for each whole epoch: one that was cut off is logged anew."""
    path = folder / LOG_NAME
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: progress.epochs + 1]))


def is_over(progress: Progress, patience: int | None) -> bool:
    return patience is not None and progress.waited >= patience
