"""What a search is compared with: build and fit over the configurations of a finished search, in one process.

`python tests/benchmarks/bare_loop.py SEARCH_DIR HISTORIES` writes the histories of all trials as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path


def main(root: Path, histories: Path) -> None:
    """Train every configuration of the search in `root`, seeded as its trials were."""
    connection = sqlite3.connect(root / "search.db")
    meta = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM meta")}
    values = [json.loads(row[0]) for row in connection.execute("SELECT hyperparameters FROM trials ORDER BY number")]
    connection.close()
    config = meta["config"]

    import keras
    from benchmarks.titanic_wide import build_model

    from tui_tuner.configs.data import load_data
    from tui_tuner.configs.schema import DataConfig
    from tui_tuner.space import HyperParameters
    from tui_tuner.worker.seeds import execution_seed

    seed = config["search"]["seed"]
    data = load_data(DataConfig.model_validate_json(json.dumps(config["data"])), seed)
    fit = {key: value for key, value in config["fit"].items() if value is not None and key != "verbose"}
    found = []
    for number, chosen in enumerate(values):
        hp = HyperParameters()
        hp.values = dict(chosen)
        keras.utils.set_random_seed(execution_seed(seed, number, 0))
        model = build_model(hp)
        found.append(model.fit(data.x_train, data.y_train, verbose=2, **fit).history)
    histories.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
