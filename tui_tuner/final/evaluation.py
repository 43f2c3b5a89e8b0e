"""`evaluate`: the final model of a search on the rows of another file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError, to_type
from tui_tuner.executors.aside_process import run_aside
from tui_tuner.final.facts import read_facts
from tui_tuner.worker.final_jobs import MODEL, WEIGHTS, EvaluateFileJob, Metrics


def model_of(root: Path) -> Path:
    """The model of a search that is evaluated: the retrained one, else the best one of the search itself.

    Raises:
        TunerError: If there is none.
    """
    directory = SearchDirectory(root)
    for folder in (directory.final, directory.best):
        for file in (folder / MODEL, folder / WEIGHTS):
            if file.is_file():
                return file
    raise TunerError(f"{root}: there is no model yet.", f"Make one: {to_type('retrain', root)}")


def evaluate(directory: str | PathLike[str], file: str | PathLike[str]) -> Mapping[str, float]:
    """The metrics of a search's model on the rows of a file, prepared exactly as the search's rows were.

    Args:
        directory: The search directory.
        file: With the target: a file of the kind that the search's data came from, with the same columns; or for data
            that was no table a NumPy archive with the arrays `x` and `y`.

    Raises:
        TunerError: If there is no model, if the rows do not fit, or if a script began the search.
    """
    root, rows = Path(directory).expanduser(), Path(file).expanduser()
    facts = read_facts(root)
    model = model_of(root)
    if not rows.is_file():
        raise TunerError(f"{rows}: this is a directory." if rows.is_dir() else f"there is no file {rows}.")
    with tempfile.TemporaryDirectory(prefix="tui-tuner-") as scratch:
        job = EvaluateFileJob(root.absolute(), rows.absolute(), model.absolute())
        found = run_aside(job, Path(scratch) / "log.txt", gpus=facts.gpus)
    assert isinstance(found, Metrics)
    return found.values
