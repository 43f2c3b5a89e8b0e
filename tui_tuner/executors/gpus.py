"""The NVIDIA GPUs of this machine, as `nvidia-smi` tells of them: which may be used, and how much memory they have."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui_tuner.errors import ConfigError

_CARD = re.compile(r"^GPU (\d+): (.*?)(?: \(UUID: ([^)\s]+)\))?\s*$")
_SLICE = re.compile(r"^\s+MIG (\S+).*\(UUID: (MIG-[^)\s]+)\)")
_SLICE_SIZE = re.compile(r"\.(\d+)gb")

_SLICE_MIB = 0.95 * 1024
"""What a slice has for each GB in its name: `1g.10gb` has 9728 MiB."""

_TIMEOUT_S = 20


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a slice of one (MIG).

    Args:
        name: As `CUDA_VISIBLE_DEVICES` names it: a number or a UUID.
        label: What people read: `GPU 0`.
        card: The number of the card, `None` if it is unknown.
        uuid: Empty if it is unknown.
        memory_mib: Known at once for slices only; see `with_memory`.
    """

    name: str
    label: str
    card: int | None = None
    uuid: str = ""
    memory_mib: int | None = None


def find_gpus(chosen: Sequence[int | str] | None = None) -> tuple[Gpu, ...]:
    """The GPUs that this process may use; empty if there are none.

    Args:
        chosen: Numbers, as `nvidia-smi` counts, or UUIDs or their beginnings; `None` for all that
            `CUDA_VISIBLE_DEVICES` allows. A card that is cut into slices stands for all of them.

    Raises:
        ConfigError: If a chosen GPU is not there, is not allowed, or is named twice.
    """
    if chosen is not None and not chosen:
        return ()
    present = _present_gpus()
    allowed = _allowed(present)
    if chosen is None:
        return allowed
    found: list[Gpu] = []
    for wish in map(str, chosen):
        for gpu in _matching(wish, present):
            if not any(_same(gpu, other) for other in allowed):
                names = ", ".join(other.name for other in allowed) or "none"
                raise ConfigError(
                    f"run.gpus: {wish} is not among the GPUs that CUDA_VISIBLE_DEVICES allows ({names})",
                    "Choose among these, or unset the variable CUDA_VISIBLE_DEVICES.",
                )
            if gpu in found:
                raise ConfigError(f"run.gpus: {gpu.label} is named twice", "Name each GPU once; see workers_per_gpu.")
            found.append(gpu)
    return tuple(found)


def memory_by_card() -> Mapping[str, int]:
    """The total memory of each card in MiB, by number and by UUID, as far as the driver says it."""
    listed = _ask("--query-gpu=index,uuid,memory.total", "--format=csv,noheader,nounits") or ""
    found: dict[str, int] = {}
    for line in listed.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and parts[2].isdigit():  # "[N/A]" where the GPU has no memory of its own
            found[parts[0]] = found[parts[1]] = int(parts[2])
    return found


def _matching(wish: str, present: Sequence[Gpu]) -> list[Gpu]:
    """The GPU that is meant, or the slices of the card that is meant.

    Raises:
        ConfigError: If there is none, or several.
    """
    if wish.isdigit():
        matching = [gpu for gpu in present if gpu.card == int(wish)]
    else:
        matching = [gpu for gpu in present if gpu.uuid and gpu.uuid.startswith(wish)]
        if len(matching) > 1:
            raise ConfigError(f"run.gpus: {wish} may mean {len(matching)} GPUs", "Give more of the UUID.")
    if not matching:
        there = "; ".join(f"{gpu.label}, {gpu.uuid}" if gpu.uuid else gpu.label for gpu in present)
        raise ConfigError(
            f"run.gpus: there is no GPU {wish} here"
            if present
            else f"run.gpus: no NVIDIA GPU was found, nor GPU {wish}",
            f"There are: {there}." if present else "Look at what `nvidia-smi -L` says, or leave run.gpus out.",
        )
    return matching


def _allowed(present: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """Those that `CUDA_VISIBLE_DEVICES` allows, named as it names them."""
    variable = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not present or variable is None:
        return present
    named = []
    for name in (part.strip() for part in variable.split(",")):
        if not name or name.startswith("-") or (name.isdigit() and int(name) >= len(present)):
            break  # as CUDA has it: what follows an invalid entry is not seen either
        named.append(_as_named(name, present))
    return tuple(named)


def _as_named(name: str, present: Sequence[Gpu]) -> Gpu:
    if name.isdigit():
        known = present[int(name)]
    else:
        matching = [gpu for gpu in present if gpu.uuid and gpu.uuid.startswith(name)]
        if len(matching) != 1:
            return Gpu(name, f"GPU {name}")
        known = matching[0]
    return Gpu(name, known.label, known.card, known.uuid, known.memory_mib)


def _same(gpu: Gpu, other: Gpu) -> bool:
    return gpu.uuid == other.uuid if gpu.uuid and other.uuid else gpu.name == other.name


def _present_gpus() -> tuple[Gpu, ...]:
    listed = _ask("-L")
    if listed is None:
        known = Path("/proc/driver/nvidia/gpus")
        count = len(list(known.iterdir())) if known.is_dir() else 0
        return tuple(Gpu(str(number), f"GPU {number}", number) for number in range(count))
    cards: list[Gpu] = []
    slices: list[Gpu] = []
    for line in listed.splitlines():
        if (card := _CARD.match(line)) is not None:
            cards.append(Gpu(card[1], f"GPU {card[1]}", int(card[1]), card[3] or ""))
        elif (part := _SLICE.match(line)) is not None and cards:
            number = cards[-1].card
            position = sum(other.card == number for other in slices)
            size = _SLICE_SIZE.search(part[1])
            memory = None if size is None else int(int(size[1]) * _SLICE_MIB)
            slices.append(Gpu(part[2], f"GPU {number} MIG {position}", number, part[2], memory))
    return tuple(slices) or tuple(cards)


def _ask(*arguments: str) -> str | None:
    """What `nvidia-smi` prints: nothing where it fails, `None` where there is no such command."""
    try:
        done = subprocess.run(
            ["nvidia-smi", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else ""
