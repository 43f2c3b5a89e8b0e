"""Files that a person asks for."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from textual.app import App
from textual.color import Color
from textual.widget import Widget

from tui_tuner.analysis.text import clean
from tui_tuner.tui.pictures import as_png, as_svg, drawn
from tui_tuner.tui.widgets.plot_colours import Rgb, rgb

FOLDER = "plots"
_ODD = re.compile(r"[^\w.-]+")
_NAME_LENGTH = 80


def save_picture(
    app: App[object], shows: Sequence[str], widgets: Sequence[Widget], title: str, root: Path, *, svg: bool
) -> None:
    """Write what is drawn as a picture, and say where it is.

    Args:
        shows: What the picture shows, such as a plot, a trial and a metric: the file is named for it.
        widgets: What is drawn, from above to below; what is not in sight is left out.
        title: Clean text.
        root: The search directory.
        svg: SVG, else PNG.
    """
    name = "-".join(_ODD.sub("_", part) for part in shows if part)[:_NAME_LENGTH]
    lines = [line for widget in widgets if widget.display for line in drawn(widget)]
    variables = app.theme_variables
    dark = app.current_theme.dark
    foreground, background = (_picture_colour(variables[each], each, dark) for each in ("foreground", "background"))
    if svg:
        save(app, f"{name}.svg", as_svg(lines, title, foreground, background).encode(), root)
    else:
        save(app, f"{name}.png", as_png(lines, foreground, background), root)


def _picture_colour(colour: str, name: str, dark: bool) -> Rgb:
    """As the theme has it; black on white or white on black where that leaves it to the terminal."""
    if Color.parse(colour).ansi is None:
        return rgb(colour)
    return (235, 235, 235) if dark is (name == "foreground") else (20, 20, 20)


def save(app: App[object], name: str, content: bytes, root: Path) -> None:
    """Write a file and say where it is: below the search directory, or where the app was started if that may not be
    written. A file of that name stays as it is: the new one has a number. In a browser it is a download.
    """
    if app.is_web:
        app.deliver_binary(io.BytesIO(content), save_filename=name)
        return
    problem = ""
    for folder in (root / FOLDER, Path.cwd()):
        try:
            folder.mkdir(exist_ok=True)
            path = _free(folder / name)
            path.write_bytes(content)
        except OSError as error:
            problem = problem or str(error)
            continue
        app.notify(clean(str(path)), title="Written", markup=False)
        return
    app.notify(clean(problem), title="It could not be written", severity="error", markup=False)


def _free(path: Path) -> Path:
    """The path, or with a number the first one that there is not."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(each for each in itertools.chain((path,), numbered) if not each.exists())
