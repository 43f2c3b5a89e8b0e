"""Which workers a box gets: one for each GPU, else one for every two cores. Found without importing TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tui_tuner.executors.gpus import Gpu, find_gpus, memory_by_card
from tui_tuner.worker.device import GpuShare

WorkerCount = int | Literal["auto"]

_CONTEXT_MIB = 500
"""What every process takes of a GPU beside its tensors: CUDA's context, the code of its libraries."""


@dataclass(frozen=True)
class WorkerSlot:
    """The place of one worker.

    Args:
        name: `worker-0`; also the name of its log.
        device: What people read: `CPU`, `GPU 0`.
        environment: Variables to set on top of this process's own.
        gpu_share: The limit of its GPU's memory, `None` for none.
    """

    name: str
    device: str
    environment: Mapping[str, str]
    gpu_share: GpuShare | None = None


class Box:
    """This machine as workers are planned for it; its GPUs and cores are looked up once.

    Args:
        gpus: Which GPUs to use, see `find_gpus`; an empty sequence for none.
        workers_per_gpu: How many workers share one GPU.

    Raises:
        ConfigError: If a chosen GPU is not there, is not allowed, or is named twice.
        ValueError: If `workers_per_gpu` is below 1.
    """

    def __init__(self, gpus: Sequence[int | str] | None = None, workers_per_gpu: int = 1) -> None:
        if workers_per_gpu < 1:
            raise ValueError(f"workers_per_gpu must be at least 1, not {workers_per_gpu}")
        self._gpus = find_gpus(gpus)
        self._chosen = gpus is not None
        self._per_gpu = workers_per_gpu
        self._cores = count_cores()
        self._knows_memory = False

    def plan(self, workers: WorkerCount) -> tuple[WorkerSlot, ...]:
        """The workers of this box, if there are so many.

        GPUs are dealt out in turn. A GPU's memory is taken as it is needed, so that more workers may come later;
        workers that share a GPU have a limit each. Several workers share the cores evenly. What the user has set in
        the environment stays, except for the GPU that a worker sees.

        Raises:
            ValueError: If `workers` is below 1.
        """
        if workers != "auto" and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        gpus = self._gpus
        count = (len(gpus) * self._per_gpu or max(1, self._cores // 2)) if workers == "auto" else workers
        sharing = max(self._per_gpu, -(-count // len(gpus))) if gpus else 1
        if sharing > 1:
            self._learn_memory()
        return tuple(self._slot(number, count, sharing) for number in range(count))

    def _slot(self, number: int, count: int, sharing: int) -> WorkerSlot:
        forced = {"PYTHONUNBUFFERED": "1"}  # for C's `printf` too, so that a log has all that was printed
        defaults = {"TF_CPP_MIN_LOG_LEVEL": "2"}
        device, share = "CPU", None
        if self._gpus:
            gpu = self._gpus[number % len(self._gpus)]
            device, share = gpu.label, _share(gpu, sharing)
            forced["CUDA_VISIBLE_DEVICES"] = gpu.name
            if self._chosen or "CUDA_VISIBLE_DEVICES" not in os.environ:
                defaults["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts; CUDA has the fastest first
            defaults |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
            if share is not None:
                defaults["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{share.fraction:.3f}"
        elif self._chosen:
            forced["CUDA_VISIBLE_DEVICES"] = "-1"
        if count > 1:
            threads = max(1, self._cores // count)
            defaults |= dict.fromkeys(THREAD_VARIABLES, str(threads))
            defaults["TF_NUM_INTEROP_THREADS"] = str(max(2, threads))  # an operation may wait for another one
        unset = {name: value for name, value in defaults.items() if name not in os.environ}
        return WorkerSlot(f"worker-{number}", device, {**unset, **forced}, share)

    def _learn_memory(self) -> None:
        """Fill in what each GPU has, once; a driver that does not say leaves its GPUs without limits."""
        if self._knows_memory:
            return
        self._knows_memory = True
        known = memory_by_card()
        self._gpus = tuple(
            gpu if gpu.memory_mib is not None else replace(gpu, memory_mib=known.get(gpu.uuid, known.get(gpu.name)))
            for gpu in self._gpus
        )


THREAD_VARIABLES = (
    "TF_NUM_INTRAOP_THREADS",  # TensorFlow
    "OMP_NUM_THREADS",  # PyTorch, OpenBLAS, MKL
    "NPROC",  # JAX on a CPU
)
"""What limits the threads of one operation, in each library."""


def plan_workers(
    workers: WorkerCount, gpus: Sequence[int | str] | None = None, workers_per_gpu: int = 1
) -> tuple[WorkerSlot, ...]:
    """The workers of this box; see `Box`."""
    return Box(gpus, workers_per_gpu).plan(workers)


def _share(gpu: Gpu, sharing: int) -> GpuShare | None:
    """The memory limit of each of `sharing` workers, `None` for one that is alone or where the memory is unknown."""
    if sharing == 1 or not gpu.memory_mib:
        return None
    part = gpu.memory_mib / sharing
    memory_mib = int(max(0.95 * part - _CONTEXT_MIB, part / 2))
    return GpuShare(memory_mib, memory_mib / gpu.memory_mib)


def count_cores() -> int:
    """How many cores this process may use: its affinity, and its control group's quota where that is lower."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota()
    return max(1, cores if quota is None else min(cores, int(quota)))


def _cpu_quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """The control group's limit in cores, or `None` if it has none."""
    try:
        if (root / "cpu.max").is_file():
            limit, period = (root / "cpu.max").read_text().split()
        else:
            limit = (root / "cpu/cpu.cfs_quota_us").read_text()
            period = (root / "cpu/cpu.cfs_period_us").read_text()
        return float(limit) / float(period) if float(limit) > 0 else None
    except (OSError, ValueError):  # no such file, or "max"
        return None
