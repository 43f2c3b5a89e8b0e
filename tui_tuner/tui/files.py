"""Files that a person asks for."""

from __future__ import annotations

import io
from pathlib import Path

from textual.app import App

from tui_tuner.analysis.text import clean

FOLDER = "plots"


def save(app: App[object], name: str, content: bytes, root: Path) -> None:
    """Write a file and say where it is: below the search directory, or where the app was started if that may not be
    written. In a browser it is a download.
    """
    if app.is_web:
        app.deliver_binary(io.BytesIO(content), save_filename=name)
        return
    problem = ""
    for folder in (root / FOLDER, Path.cwd()):
        try:
            folder.mkdir(exist_ok=True)
            path = folder / name
            path.write_bytes(content)
        except OSError as error:
            problem = problem or str(error)
            continue
        app.notify(clean(str(path)), title="Written", markup=False)
        return
    app.notify(clean(problem), title="It could not be written", severity="error", markup=False)
