"""A cluster whose actors must have a graphics processor."""

from pathlib import Path

from vision_models.gpu import GpuRunner
from vision_models.screening.errors import ScreenError
from vision_models.screening.on_ray import OnRay, Reader


class GpuReader(Reader):
    def _load(self, folder: Path, models: str, images: str) -> None:
        super()._load(folder, models, images)
        networks = [self._analyzer._gate._network, *self._analyzer._classifiers.values()]
        if not all(isinstance(network._run, GpuRunner) for network in networks):
            raise ScreenError("a network runs on the machine's own processor")


class GpuRay(OnRay):
    reader = GpuReader
