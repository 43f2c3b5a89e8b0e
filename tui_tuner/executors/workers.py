"""Which workers a box gets: one for each GPU, else one for every two cores. Found without importing TensorFlow."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

WorkerCount = int | Literal["auto"]

_GPU_LINE = re.compile(r"^GPU (\d+):", re.MULTILINE)
_MIG_LINE = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)\s]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class WorkerSlot:
    """The place of one worker.

    Args:
        name: `worker-0`; also the name of its log.
        device: What people read: `CPU`, `GPU 0`.
        environment: Variables to set on top of this process's own.
    """

    name: str
    device: str
    environment: Mapping[str, str]


def plan_workers(workers: WorkerCount) -> tuple[WorkerSlot, ...]:
    """The workers of this box.

    GPUs are dealt out in turn; workers that share one let its memory grow as needed. Several workers share the cores
    evenly. What the user has set in the environment stays, except for the GPU that a worker sees.

    Raises:
        ValueError: If `workers` is below 1.
    """
    if workers != "auto" and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    gpus = find_gpus()
    cores = count_cores()
    count = (len(gpus) or max(1, cores // 2)) if workers == "auto" else workers
    slots = []
    for number in range(count):
        forced = {"PYTHONUNBUFFERED": "1"}  # for C's `printf` too, so that a log has all that was printed
        defaults = {"TF_CPP_MIN_LOG_LEVEL": "2"}
        device = "CPU"
        if gpus:
            gpu = gpus[number % len(gpus)]
            device = f"GPU {gpu}"
            forced["CUDA_VISIBLE_DEVICES"] = gpu
            if count > len(gpus):
                defaults["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        if count > 1:
            threads = str(max(1, cores // count))
            defaults |= {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
        unset = {name: value for name, value in defaults.items() if name not in os.environ}
        slots.append(WorkerSlot(f"worker-{number}", device, {**unset, **forced}))
    return tuple(slots)


def find_gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them; empty if there are none."""
    present = _present_gpus()
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not present or allowed is None:
        return present
    named = []
    for name in (part.strip() for part in allowed.split(",")):
        if not name or name.startswith("-") or (name.isdigit() and int(name) >= len(present)):
            break  # as CUDA has it: what follows an invalid entry is not seen either
        named.append(name)
    return tuple(named)


def _present_gpus() -> tuple[str, ...]:
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        known = Path("/proc/driver/nvidia/gpus")
        return tuple(str(number) for number, _ in enumerate(known.iterdir())) if known.is_dir() else ()
    if listed.returncode != 0:
        return ()
    return tuple(_MIG_LINE.findall(listed.stdout)) or tuple(_GPU_LINE.findall(listed.stdout))


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
