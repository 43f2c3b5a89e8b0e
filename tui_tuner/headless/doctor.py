"""`tui-tuner doctor`: what is here to search with, and what would go wrong, each with what to do."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tui_tuner import __version__
from tui_tuner.analysis.formatting import format_bytes, format_count
from tui_tuner.engine.file_system import file_system_of, is_networked
from tui_tuner.errors import TunerError
from tui_tuner.system.keras_versions import BACKENDS, backend_name, installed_version

EXIT_PROBLEM = 1

EXTRAS: Mapping[str, str] = {
    "gpu": "nvidia-ml-py",
    "ray": "ray",
    "serve": "textual-serve",
    "parquet": "pyarrow",
    "optuna": "optuna",
    "mlflow": "mlflow-skinny",
}
"""By name: the package by which an extra is known."""

_LOW_DISK_BYTES = 2 * 2**30
_ASK_BACKEND_S = 120.0

_SEEN_BY = {
    "tensorflow": "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))",
    "jax": "import jax; print(sum(device.platform == 'gpu' for device in jax.devices()))",
    "torch": "import torch; print(torch.cuda.device_count())",
}


@dataclass(frozen=True)
class Finding:
    """One line of the answer.

    Args:
        advice: What to do; empty if nothing needs doing.
        is_problem: Whether searches go wrong, or waste a GPU, until that is done.
    """

    topic: str
    text: str
    advice: str = ""
    is_problem: bool = False


def examine(folder: Path) -> Iterator[Finding]:
    """What there is to say, the terminal first.

    Args:
        folder: Where searches would be kept.
    """
    yield Finding("tui-tuner", f"{__version__}, Python {platform.python_version()}, {platform.system()}")
    yield from _terminal()
    yield from _backend()
    yield from _machine()
    for name, package in EXTRAS.items():
        found = installed_version(package)
        advice = "" if found else f"for it: pip install 'tui-tuner[{name}]'"
        yield Finding(f"extra {name}", f"{package} {found}" if found else "not installed", advice)
    yield from _disk(folder)


def doctor(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where searches are kept. Default: here.")] = Path(),
) -> None:
    """Say what is here to search with: terminal, Keras and its backend, GPUs, extras, disk; and what to mend.

    Exit code 1 if something would go wrong.
    """
    findings = []
    for finding in examine(folder):
        findings.append(finding)
        mark = "!" if finding.is_problem else " "
        print(f"{mark} {finding.topic:<13} {finding.text}", flush=True)
        if finding.advice:
            print(f"{'':<16}{finding.advice}", flush=True)
    if any(finding.is_problem for finding in findings):
        raise typer.Exit(EXIT_PROBLEM)


def _terminal() -> Iterator[Finding]:
    if not sys.stdout.isatty():
        yield Finding("terminal", "none here", "Without one, searches print lines: tui-tuner run CONFIG --headless")
        return
    columns, rows = shutil.get_terminal_size()
    colours = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256 colours or fewer"
    if os.environ.get("NO_COLOR"):
        colours = "no colours, because NO_COLOR is set"
    text = f"{os.environ.get('TERM', 'unknown')}, {columns} columns, {rows} rows, {colours}"
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        yield Finding("terminal", text, f"The encoding is {encoding}: set LANG to one of UTF-8.", is_problem=True)
    else:
        yield Finding("terminal", text, "" if columns >= 80 and rows >= 24 else "At 80 by 24 more is to be seen.")


def _backend() -> Iterator[Finding]:
    name = backend_name()
    keras = installed_version("keras")
    if name not in BACKENDS:
        known = ", ".join(BACKENDS)
        yield Finding("Keras", f"{keras}, backend {name}", f"Set KERAS_BACKEND to one of {known}.", is_problem=True)
        return
    found = installed_version(BACKENDS[name])
    if found is None:
        advice = f"pip install {BACKENDS[name]}, or set KERAS_BACKEND to another."
        yield Finding("Keras", f"{keras} with {name}, which is not installed", advice, is_problem=True)
    else:
        yield Finding("Keras", f"{keras} with {name} {found}")
    if name != "jax":
        with_jax = "KERAS_BACKEND=jax" + ("" if installed_version("jax") else " (pip install jax)")
        yield Finding("small models", f"train faster with {with_jax}: what it compiles is kept between processes")


def _machine() -> Iterator[Finding]:
    from tui_tuner.executors.gpus import find_gpus, memory_by_card
    from tui_tuner.executors.memory import machine_memory_bytes
    from tui_tuner.executors.workers import Box, count_cores

    workers = len(Box().plan("auto"))
    yield Finding(
        "machine",
        f"{format_count(count_cores(), 'core')}, {format_bytes(machine_memory_bytes())} of memory: "
        f"{format_count(workers, 'trial')} at once unless run.workers says otherwise",
    )
    gpus = find_gpus()
    if not gpus:
        yield Finding("GPUs", "none: nvidia-smi shows none, or CUDA_VISIBLE_DEVICES hides them")
        return
    memory = memory_by_card()
    for gpu in gpus:
        mib = gpu.memory_mib or memory.get(gpu.uuid)
        yield Finding(gpu.label, "memory unknown" if mib is None else format_bytes(mib * 2**20))
    yield _seen(len(gpus))


def _seen(present: int) -> Finding:
    """Whether the backend sees the GPUs that are there: asked in a process of its own."""
    name = backend_name()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _SEEN_BY.get(name, "print(0)")],
            capture_output=True,
            text=True,
            timeout=_ASK_BACKEND_S,
            check=True,
        )
        seen = int(done.stdout.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return Finding(name, f"could not be asked for its GPUs ({type(error).__name__})", is_problem=True)
    text = f"sees {seen} of {format_count(present, 'GPU')}"
    if seen >= present:
        return Finding(name, text)
    advice = "pip install 'tui-tuner[gpu]'" if name == "tensorflow" else f"Install {name} with CUDA."
    return Finding(name, text, advice, is_problem=True)


def _disk(folder: Path) -> Iterator[Finding]:
    place = folder.absolute()
    if place.exists() and not place.is_dir():
        yield Finding("disk", f"{place} is a file", "Give a folder.", is_problem=True)
        return
    while not place.exists():
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise TunerError(f"{place}: cannot be looked at ({error}).") from error
    system = file_system_of(place) or "unknown file system"
    text = f"{format_bytes(free)} free in {place}, {system}"
    if not os.access(place, os.W_OK):
        yield Finding("disk", text, "You may not write there: give another search.directory.", is_problem=True)
    elif free < _LOW_DISK_BYTES:
        yield Finding("disk", text, "That is little: see run.keep_checkpoints.", is_problem=True)
    elif is_networked(place):
        yield Finding("disk", text, "A network file system: searches are safe there, a local disk is faster.")
    else:
        yield Finding("disk", text)
