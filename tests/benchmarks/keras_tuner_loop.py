"""What a search is compared with: KerasTuner, running the trials of a finished search of ours.

`python tests/benchmarks/keras_tuner_loop.py SEARCH_DIR FOLDER SCORES` writes the objective of each trial as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any


def main(root: Path, folder: Path, scores: Path) -> None:
    """Train every configuration of the search in `root` with KerasTuner, seeded as its trials were."""
    connection = sqlite3.connect(root / "search.db")
    meta = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM meta")}
    rows = connection.execute("SELECT number, hyperparameters FROM trials ORDER BY number").fetchall()
    connection.close()
    values = {number: json.loads(chosen) for number, chosen in rows}
    config = meta["config"]

    import keras
    import keras_tuner
    from benchmarks.titanic_wide import build_model

    from tui_tuner.configs.data import load_data
    from tui_tuner.configs.schema import DataConfig
    from tui_tuner.worker.seeds import execution_seed

    seed = config["search"]["seed"]
    data = load_data(DataConfig.model_validate_json(json.dumps(config["data"])), seed)
    fit = {key: value for key, value in config["fit"].items() if value is not None and key != "verbose"}
    waiting = list(values)

    class Given(keras_tuner.Oracle):  # type: ignore[misc]
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            if not waiting:
                return {"status": "STOPPED", "values": None}
            return {"status": "RUNNING", "values": values[waiting.pop(0)]}

    def build(hp: Any) -> Any:
        number = next((number for number, chosen in values.items() if chosen == hp.values), None)
        if number is not None:
            keras.utils.set_random_seed(execution_seed(seed, number, 0))
        return build_model(hp)

    oracle = Given(objective="val_accuracy", max_trials=len(values))
    tuner = keras_tuner.Tuner(oracle, build, directory=str(folder), project_name="titanic")
    tuner.search(data.x_train, data.y_train, verbose=2, **fit)
    found = [oracle.trials[trial_id].score for trial_id in oracle.start_order]
    scores.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
