"""A cluster over whose pictures the process dies that reads them."""

import os
import signal
from typing import Any

from tests.vision_models.screening.deadly import DeadlyProcesses
from vision_models.screening import on_ray
from vision_models.screening.on_ray import OnRay, Reader

NAME = "deadly.png"


class DeadlyReader(Reader):
    """A file called ``NAME`` ends whoever reads it, each time."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._processes = DeadlyProcesses(1, NAME)
        read = on_ray.read

        def deadly(item: Any) -> bytes | None:
            if item.path == NAME:
                os.kill(os.getpid(), signal.SIGKILL)
            return read(item)

        on_ray.read = deadly


class DeadlyRay(OnRay):
    reader = DeadlyReader
