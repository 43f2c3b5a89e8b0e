"""An `nvidia-smi` that says what a test wants it to say; there is no GPU behind it."""

from __future__ import annotations

import stat
from pathlib import Path

TWO_GPUS = "GPU 0: NVIDIA A (UUID: GPU-1)\nGPU 1: NVIDIA A (UUID: GPU-2)"

SLICED = (
    "GPU 0: NVIDIA A (UUID: GPU-1)\n"
    "  MIG 1g.10gb     Device  0: (UUID: MIG-a)\n"
    "  MIG 1g.10gb     Device  1: (UUID: MIG-b)"
)

VARIABLES = (
    "CUDA_DEVICE_ORDER",
    "CUDA_VISIBLE_DEVICES",
    "NPROC",
    "OMP_NUM_THREADS",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "XLA_PYTHON_CLIENT_MEM_FRACTION",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
)
"""What a plan of workers leaves alone if it is set."""


def write_nvidia_smi(folder: Path, listing: str, memory: str = "", status: int = 0) -> str:
    """Write the command into `folder` and return the `PATH` that finds it.

    Args:
        listing: What `nvidia-smi -L` prints.
        memory: What the query of index, UUID and total memory prints.
        status: The exit status.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / "nvidia-smi"
    (folder / "listing").write_text(f"{listing}\n")
    (folder / "memory").write_text(f"{memory}\n")
    tool.write_text(
        f'#!/bin/sh\nif [ "$1" = -L ]; then cat {folder}/listing; else cat {folder}/memory; fi\nexit {status}\n'
    )
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:/usr/bin:/bin"
