"""How much each hyperparameter matters, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_tuner.analysis.formatting import format_count, format_share
from tui_tuner.analysis.importance import MIN_TRIALS, Importance, compared_trials, epochs_to_train
from tui_tuner.analysis.ranking import judged_trials
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import TrialState
from tui_tuner.tui.look import bar, style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material
from tui_tuner.tui.widgets.canvas import Canvas
from tui_tuner.tui.widgets.painted import Painted

_NAME_WIDTH = 32
_NUMBERS_WIDTH = 24


class ImportancePlot(AnalysisPlot):
    """A bar for each hyperparameter, the most important first."""

    label = "Importance"
    arrows = "scroll"

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("importance", self._painted)
        self._top = 0
        self._count = 0

    def draw(self, material: Material) -> str:
        found = material.scored.importances
        compared = compared_trials(material.view)
        if not found:
            missing = MIN_TRIALS - len(compared)
            if missing > 0:
                return f"Importances are told from {MIN_TRIALS} completed or stopped trials on: {missing} more."
            return "There is no hyperparameter with more than one value."
        self._count = len(found)
        completed = sum(trial.status is TrialState.COMPLETED for trial in compared)
        stopped = f" and {format_count(len(compared) - completed)} stopped early" if completed < len(compared) else ""
        epochs = epochs_to_train(compared[0])
        alike = f" of {format_count(epochs, 'epoch')}" if len(compared) < len(judged_trials(material.view)) else ""
        self._top = max(0, min(self._top, self._count - 1))
        self.caption(
            ("how much the score of a good trial changes with it", style("dim")),
            (f"{format_count(completed, 'completed trial')}{alike}{stopped}", style("dim")),
        )
        shown = found[self._top :]
        self._painted.set_paint(lambda canvas: _paint(canvas, shown))
        return ""

    def move(self, across: int, upwards: int) -> None:
        self._top = max(0, min(self._count - 1, self._top + across - upwards))
        self.redraw()


def _paint(canvas: Canvas, found: Sequence[Importance]) -> None:
    names = [truncate(clean(each.name), min(_NAME_WIDTH, canvas.width // 3)) for each in found]
    left = max(map(cell_len, names)) + 2
    length = max(4, canvas.width - left - _NUMBERS_WIDTH)
    largest = max(each.share for each in found) or 1.0
    step = 2 if 2 * len(found) <= canvas.height else 1
    for index, (each, name) in enumerate(zip(found, names, strict=True)):
        y = 1 + index * step if step == 2 else index
        done, _ = bar(each.share / largest, length)
        canvas.text(0, y, name)
        canvas.text(left, y, done or "╸", "status-running" if done else "status-track")
        canvas.right(left + length + 7, y, format_share(each.share))
        canvas.text(left + length + 9, y, f"in {format_count(each.trials, 'trial')}", "status-dim")
