"""A network on a graphics processor: LiteRT's compiled model through WebGPU, which is Vulkan on Linux."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNATURE = "serving_default"


class GpuRunner:
    """Runs one exported graph; what the processor cannot do is done by the machine's own. Not safe to call
    from several threads at once.

    In full precision, so that readings are those of ``runtime.Network`` elsewhere. Raises ``RuntimeError``
    where no graphics processor is found.
    """

    def __init__(self, content: bytes) -> None:
        # Here and not above: they load libraries of their own, and most machines have no use for them.
        from ai_edge_litert.compiled_model import CompiledModel
        from ai_edge_litert.hardware_accelerator import HardwareAccelerator
        from ai_edge_litert.options import GpuOptions, Options

        options = Options(
            HardwareAccelerator.GPU | HardwareAccelerator.CPU, gpu_options=GpuOptions(enforce_f32=True)
        )
        self._model = CompiledModel.from_buffer(content, options=options)
        details = self._model.get_output_tensor_details(SIGNATURE)
        self._shapes = {name: tuple(detail["shape"]) for name, detail in details.items()}
        self._input = self._model.create_input_buffer_by_name(SIGNATURE, "pixels")
        self._outputs: dict[str, Any] = {
            name: self._model.create_output_buffer_by_name(SIGNATURE, name) for name in self._shapes
        }

    def __call__(self, *, pixels: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """``pixels``: ``float32 (1, S, S, 3)``. The outputs by name, as the graph has them."""
        self._input.write(pixels)
        self._model.run_by_name(SIGNATURE, {"pixels": self._input}, self._outputs)
        return {
            name: np.asarray(buffer.read(int(np.prod(self._shapes[name])), np.float32), np.float32).reshape(
                self._shapes[name]
            )
            for name, buffer in self._outputs.items()
        }
