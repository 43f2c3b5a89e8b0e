"""Whether the machine has what the search needs."""

from __future__ import annotations

from tui_tuner.analysis.formatting import format_bytes, format_count
from tui_tuner.worker.jobs import Finding

LEAST_DISK_BYTES = 2**30
"""With less than this free, logs and the database alone may fill the disk."""


def unseen_gpus(present: int, seen: int, backend: str) -> Finding | None:
    """GPUs that are there and that the backend does not see: trials would train on the CPU.

    Args:
        present: How many this process may use.
    """
    if not present or seen:
        return None
    install = {"tensorflow": "pip install 'tensorflow[and-cuda]'", "jax": "pip install 'jax[cuda12]'"}.get(backend)
    text = f"{format_count(present, 'GPU')} here, and {backend} sees none: trials train on the CPU"
    build = f"Install its build for CUDA{'' if install is None else f': {install}'}"
    return Finding("gpu", text, f"{build}; or set run.gpus: [].")


def other_backend(wanted: str | None, loaded: str) -> Finding | None:
    """A backend that the model's file asks for after Keras was loaded with another one, which Keras does not notice.

    Args:
        wanted: `KERAS_BACKEND`, as the model's file has left it.
    """
    if not wanted or wanted == loaded:
        return None
    text = f"the model's file sets KERAS_BACKEND to {wanted}, but Keras was loaded with {loaded} before: that trains"
    return Finding("backend", text, f"Set it outside: KERAS_BACKEND={wanted} tui-tuner ..., or in ~/.keras/keras.json.")


def little_disk(free_bytes: int, needed_bytes: int, folder: str) -> Finding | None:
    """A disk that the search may fill.

    Args:
        needed_bytes: For the weights that are kept, as far as that is known.
    """
    if free_bytes >= max(LEAST_DISK_BYTES, needed_bytes):
        return None
    needs = f", and its weights may take {format_bytes(needed_bytes)}" if needed_bytes > free_bytes else ""
    text = f"{format_bytes(free_bytes)} are free where the search will lie ({folder}){needs}"
    return Finding("disk", text, "Another search.directory, or run.keep_checkpoints: best 3 (or none).")


def much_memory(needed_bytes: int, there_bytes: int | None, where: str) -> Finding | None:
    """A configuration that needs more memory than a worker has.

    Args:
        needed_bytes: Of the largest configuration that was built.
        where: Whose memory: `a worker's share of the machine`.
    """
    if there_bytes is None or needed_bytes <= there_bytes:
        return None
    needs, has = format_bytes(needed_bytes), format_bytes(there_bytes)
    text = f"the largest configuration needs about {needs}, and {where} has {has}"
    return Finding("memory", text, "Smaller ranges, a smaller fit.batch_size, or fewer run.workers.")
