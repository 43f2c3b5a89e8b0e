"""A worker's share of its GPU's memory, set once, before the backend touches the GPU."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GpuShare:
    """How much memory of its GPU a worker may take.

    Args:
        memory_mib: In MiB, for its tensors.
        fraction: The same as a share of all that the GPU has, above 0 and at most 1.
    """

    memory_mib: int
    fraction: float


def limit_gpu_memory(share: GpuShare | None) -> None:
    """Keep the backend that is loaded within its share of the GPU that this process sees; `None` for no limit.

    TensorFlow gets a logical device with that much memory, PyTorch a fraction for the process. JAX has read its
    fraction from the environment (`XLA_PYTHON_CLIENT_MEM_FRACTION`). That memory is taken as it is needed, and not
    all at once, is in the environment too. Does nothing without a GPU; says so in the log if the limit cannot be set.
    """
    if share is None:
        return
    for name, limit in (("tensorflow", _limit_tensorflow), ("torch", _limit_torch)):
        module = sys.modules.get(name)
        if module is not None:
            try:
                limit(module, share)
            except Exception as error:  # whatever a driver or a backend raises: the trial can still try its luck
                print(f"the memory that {name} takes of the GPU is not limited: {error}", file=sys.stderr, flush=True)


def _limit_tensorflow(tf: Any, share: GpuShare) -> None:
    for gpu in tf.config.list_physical_devices("GPU"):
        limit = tf.config.LogicalDeviceConfiguration(memory_limit=share.memory_mib)
        tf.config.set_logical_device_configuration(gpu, [limit])


def _limit_torch(torch: Any, share: GpuShare) -> None:
    if torch.cuda.is_available():
        torch.cuda.set_per_process_memory_fraction(share.fraction)


def count_gpus() -> int:
    """How many GPUs the backend that is loaded sees; 0 if it cannot say."""
    try:
        if (tf := sys.modules.get("tensorflow")) is not None:
            return len(tf.config.list_physical_devices("GPU"))
        if (jax := sys.modules.get("jax")) is not None:
            return sum(device.platform == "gpu" for device in jax.devices())
        torch = sys.modules.get("torch")
        return 0 if torch is None else int(torch.cuda.device_count())
    except Exception:  # whatever a driver raises: none can be used then
        return 0


def allowed_gpus() -> int:
    """How many GPUs this process may use, as its environment names them; 0 where that is not said."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return 0 if named in ("", "-1") else len(named.split(","))
