"""A trained model as files: whole where Keras can save it so, else its weights.

Importing this loads neither Keras nor NumPy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.disk_full import found_no_room
from tui_tuner.worker.failures import one_line
from tui_tuner.worker.final_jobs import HYPERPARAMETERS, MODEL, WEIGHTS

_WITHOUT_CONFIG = re.compile(r"\s*Object (\w+) was created by passing")
"""How Keras begins to say, in many lines, that a class has no `get_config`."""


def write_model(model: Any, folder: Path, hyperparameters: Mapping[str, Any]) -> str:
    """Write a model and the configuration that it was built from, in place of an earlier model.

    Args:
        hyperparameters: Written as JSON; with them the build function makes the model again, if only its weights are
            there.

    Returns:
        Why only its weights were written; empty if it was written whole.

    Raises:
        OSError: If nothing can be written.
    """
    why = ""
    try:
        with replacing(folder / MODEL) as path:
            model.save(path)
        (folder / WEIGHTS).unlink(missing_ok=True)
    except Exception as error:  # whatever a `get_config` raises, or Keras for the want of one
        if isinstance(error, OSError) or found_no_room(error):
            raise
        without = _WITHOUT_CONFIG.match(str(error))
        why = f"{without.group(1)} has no get_config()" if without else one_line(error)
        from tui_tuner.worker.training_state import save_training_state  # here: it needs NumPy

        save_training_state(model, folder / WEIGHTS, 0)  # knows the shapes that the model was built with
        (folder / MODEL).unlink(missing_ok=True)
    with replacing(folder / HYPERPARAMETERS) as path:
        path.write_text(json.dumps(dict(hyperparameters), indent=2), encoding="utf-8")
    return why
