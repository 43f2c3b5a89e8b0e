"""Writes a search as a directory of KerasTuner's, with the weights."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.resume import restore_oracle
from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import TrialView
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Objective, RandomSearchOracle
from tui_tuner.oracles.json_files import read_json, write_json

_OF_A_TRIAL = ("trial.json", "checkpoint.weights.h5", "build_config.json")


def write_project(reader: SearchReader, folder: Path) -> Path:
    """Write the directory, which KerasTuner can load as it does its own.

    What one of KerasTuner's tuners needs to go on with a search is in the `oracle.json` that lies beside `search.db`; a
    search that has none, because it came from elsewhere, is written as a random search.

    Returns:
        The folder, which is made.

    Raises:
        TunerError: If the folder holds something already.
        OSError: If it cannot be written.
    """
    view = reader.poll()
    if folder.exists() and (not folder.is_dir() or next(folder.iterdir(), None) is not None):
        raise TunerError(f"{folder}: is not empty.", "Give another folder with --to.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in _files(view.root):
        (folder / file).parent.mkdir(exist_ok=True)
        shutil.copyfile(view.root / file, folder / file)
    oracle = RandomSearchOracle(Objective(view.objective.name, view.objective.direction))
    metrics = reader.trial_metrics()
    state = {key: value for key, value in (reader.meta("oracle_state") or {}).items() if key != "oracle"}
    rows = [_row(trial, metrics.get(trial.trial_id)) for trial in view.trials.values()]
    restore_oracle(oracle, rows, reader.meta("space"), state)
    oracle.set_project_dir(folder.absolute().parent, folder.absolute().name)
    oracle.find_stale_files()  # those that are not there, too
    own = read_json(folder / "oracle.json") if (folder / "oracle.json").is_file() else {}
    oracle.save()
    if own:
        now = oracle.get_state()
        write_json(folder / "oracle.json", {**own, **{key: now[key] for key in ("start_order", "end_order")}})
    if not (folder / "tuner0.json").exists():
        (folder / "tuner0.json").write_text("{}", encoding="utf-8")
    return folder


def _files(root: Path) -> Iterator[Path]:
    if root.is_dir():
        for name in ("oracle.json", "tuner0.json"):
            if (root / name).is_file():
                yield Path(name)
        for trial in sorted(root.glob("trial_*")):
            yield from (Path(trial.name) / name for name in _OF_A_TRIAL if (trial / name).is_file())


def _row(trial: TrialView, metrics: dict[str, float] | None) -> TrialRow:
    return TrialRow(
        trial_id=trial.trial_id,
        number=trial.number,
        status=trial.status,
        hyperparameters=trial.hyperparameters,
        score=trial.score,
        best_epoch=trial.best_epoch,
        message=trial.message,
        metrics=metrics,
        origin=trial.origin,
        rerun_of=trial.rerun_of,
        seq=trial.seq,
    )
