"""Images read by a Ray cluster: a Ray Data job with an actor for each processor, its networks warm."""

import logging
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import ray
import ray.data

from vision_models.analyzer import Analyzer, load_analyzer
from vision_models.card import MODELS, ModelError, fingerprint_of_all
from vision_models.cluster import connect, has_gpu
from vision_models.screening.errors import ScreenError, check_models
from vision_models.screening.processes import Processes
from vision_models.screening.rows import COLUMNS, Row, crashed_row, row
from vision_models.screening.source import Item, check_visible, read, visible_folder

#: Images of one task, from and to: a second or two of work, so that little is done again where a machine is
#: lost; fewer where each actor would have few tasks.
LEAST, MOST, TASKS = 16, 128, 20
#: Actors at most, on a cluster of any size.
MOST_ACTORS = 1024
#: What stops the run, in a column of its own: of what is raised in an actor Ray keeps little but a text.
STOPS = "stops"
#: Tasks that an actor is given at a time, so that one waits while one is done.
IN_FLIGHT = 2


class Reader:
    """What an actor does: batches of places to batches of rows, with one column more, ``STOPS``.

    It may be one that took the place of another that died, be it with its machine or for a file that ends
    whoever decodes it: then what that one had been given is read in a process apart.
    """

    def __init__(self, folder: str, models: str, images: str) -> None:
        cv2.setNumThreads(1)  # there is an actor for each processor
        again = ray.get_runtime_context().was_current_actor_reconstructed
        self._apart = 2 * IN_FLIGHT if again else 0
        self._stops = ""
        try:
            self._load(Path(folder), models, images)
        except (ScreenError, ModelError) as error:
            self._stops = str(error)

    def _load(self, folder: Path, models: str, images: str) -> None:
        where = f"on the machine {ray.util.get_node_ip_address()}"
        check_visible(images, where)
        check_models(fingerprint_of_all(folder), models, where)
        self._processes = Processes(1, folder)
        self._analyzer: Analyzer = load_analyzer(folder, gpu=has_gpu())

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        columns = (batch["path"], batch["place"], batch["address"])
        items = [Item(*map(str, values)) for values in zip(*columns, strict=True)]
        rows: list[Row] = []
        try:
            rows = [] if self._stops else self._rows(items)
        except (ScreenError, ModelError) as error:
            self._stops = str(error)
        if self._stops:
            rows = [crashed_row(item.path) for item in items]
        made = {name: np.array([row[name] for row in rows], object) for name in COLUMNS}
        return made | {STOPS: np.array([self._stops] * len(rows), object)}

    def _rows(self, items: Sequence[Item]) -> list[Row]:
        if self._apart:
            self._apart -= 1
            return list(self._processes.rows(items))
        return [row(item.path, read(item), self._analyzer) for item in items]


class OnRay:
    """The cluster at ``address``, or one that is started here where it is empty, with the models in
    ``folder`` on each of its machines. Raises ``ScreenError`` where there is none."""

    reader = Reader

    def __init__(self, address: str = "", folder: Path = MODELS) -> None:
        try:
            connect(address)
        except ConnectionError as error:
            raise ScreenError(str(error)) from error
        self.models = fingerprint_of_all(folder)
        self._folder = folder

    @property
    def cores(self) -> int:
        """All of the cluster, as it is now."""
        return max(1, int(ray.cluster_resources().get("CPU", 1)))

    def rows(self, items: Sequence[Item]) -> Generator[Row]:
        if not items:
            return
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        named = [{"path": item.path, "place": item.place, "address": item.address} for item in items]
        cores = self.cores
        size = min(MOST, max(LEAST, len(named) // (cores * TASKS)))
        blocks = -(-len(named) // size)
        made = ray.data.from_items(named, override_num_blocks=blocks).map_batches(
            self.reader,
            fn_constructor_args=(str(self._folder), self.models, visible_folder(items)),
            batch_size=None,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(
                min_size=1,
                initial_size=min(cores, blocks),
                max_size=MOST_ACTORS,
                max_tasks_in_flight_per_actor=IN_FLIGHT,
            ),
        )
        try:
            for found in made.iter_rows():
                if found[STOPS]:
                    raise ScreenError(str(found[STOPS]))
                yield {name: str(found[name]) for name in COLUMNS}
        except ray.exceptions.RayError as error:
            raise ScreenError(
                f"the cluster gave up ({type(error).__name__}): run the same command again to go on"
            ) from error
