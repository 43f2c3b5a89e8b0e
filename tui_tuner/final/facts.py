"""What the database of a search knows and a view does not show: its config and its whole search space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.schema import connect
from tui_tuner.engine.view import OPTUNA_STUDY
from tui_tuner.errors import TunerError

_KERAS_TUNER = "oracle.json"
"""What KerasTuner writes, and nobody else without a `search.db`."""


@dataclass(frozen=True)
class Facts:
    """Of one search.

    Args:
        config: The config file as JSON values.
        space: `HyperParameters.get_config()["space"]`.
    """

    config: Mapping[str, Any]
    space: list[Any]

    @property
    def gpus(self) -> tuple[int | str, ...] | None:
        """As in `run.gpus`."""
        gpus = self.config.get("run", {}).get("gpus")
        return None if gpus is None else tuple(gpus)

    @property
    def seed(self) -> int:
        """The search's seed, 0 if it has none."""
        return int(self.config.get("search", {}).get("seed") or 0)


def read_facts(root: Path) -> Facts:
    """The facts of a search.

    Raises:
        TunerError: If there is no search, if a script began it (nobody but the script can build its models), or if it
            is a demo.
    """
    directory = SearchDirectory(root)
    if not directory.exists() and (root / _KERAS_TUNER).is_file():
        raise _of_a_script(root)
    connection = connect(directory.database)
    try:
        rows = connection.execute("SELECT key, value FROM meta WHERE key IN ('config', 'space', 'tuner')").fetchall()
    finally:
        connection.close()
    meta = {key: json_values.load(value) for key, value in rows}
    if meta.get("config") is None and meta.get("tuner") == OPTUNA_STUDY:
        raise TunerError(f"{root}: this is a study of Optuna's, and only its script has its model and its data.")
    if meta.get("config") is None:
        raise _of_a_script(root)
    if "model" not in meta["config"]:
        raise TunerError(f"{root}: this search is a demo, whose training is made up: it has no model.")
    return Facts(meta["config"], meta.get("space", {}).get("space", []))


def _of_a_script(root: Path) -> TunerError:
    return TunerError(
        f"{root}: this search was begun by a script, and only that script has its model and its data.",
        "In the script: model = tuner.hypermodel.build(tuner.get_best_hyperparameters()[0])",
    )
