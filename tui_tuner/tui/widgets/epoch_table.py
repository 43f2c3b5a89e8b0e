"""All metrics of a trial by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_tuner.analysis.formatting import NOTHING, format_count, format_duration, format_metric
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import EpochView, Objective, TrialView
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell


class EpochTable(CursorTable, can_focus=True):
    """One row an epoch, the last one in sight as long as the cursor is on it."""

    def __init__(self) -> None:
        super().__init__("epochs")
        self._epochs: Sequence[EpochView] = ()
        self._metrics: tuple[str, ...] = ()
        self._best: tuple[int, int] | None = None
        self._trial_id = ""

    def on_mount(self) -> None:
        self.border_title = pane_title(3, "Epochs")

    def show(self, trial: TrialView, epochs: Sequence[EpochView], objective: Objective) -> None:
        """Draw what is new.

        Args:
            epochs: Those of the trial, by execution and epoch.
        """
        is_new = trial.trial_id != self._trial_id
        at_end = is_new or not self.keys or self.cursor_key == self.keys[-1]
        self._trial_id = trial.trial_id
        self._epochs = epochs
        names = {name for epoch in epochs for name in epoch.metrics}
        # The objective first, and each validation metric beside its training metric.
        first = objective.name.removeprefix("val_")
        self._metrics = tuple(
            sorted(names, key=lambda name: ((base := name.removeprefix("val_")) != first, base, name != base))
        )
        self._best = _best(epochs, objective)
        executions = len({epoch.execution for epoch in epochs}) > 1
        self.set_columns(
            [
                *([Column("execution", right=True, width=9, fixed=True)] if executions else []),
                Column("epoch", right=True, width=6, fixed=True),
                *(Column(clean(name), right=True, width=8, max_width=20) for name in self._metrics),
                Column("duration", right=True, width=8),
            ]
        )
        self._executions = executions
        self.set_empty_text("No epoch was finished yet.")
        self.set_rows([str(index) for index in range(len(epochs))])
        if at_end:
            self.move_cursor(self.keys[-1] if self.keys else None)
            self.scroll_to_cursor()
        self.border_title = pane_title(3, "Epochs", format_count(len(epochs), "epoch") if epochs else "")

    def on_resize(self) -> None:
        self.scroll_to_cursor()

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        epoch = self._epochs[index]
        is_best = (epoch.execution, epoch.epoch) == self._best
        colour = "best" if is_best else ""
        number = text_cell(f"{'★ ' if is_best else ''}{epoch.epoch + 1}", colour or "dim")
        return (
            *([text_cell(str(epoch.execution + 1), "dim")] if self._executions else []),
            number,
            *(
                text_cell(format_metric(epoch.metrics[name]), colour)
                if name in epoch.metrics
                else text_cell(NOTHING, "track")
                for name in self._metrics
            ),
            text_cell(format_duration(epoch.duration_s, fine=True), "dim"),
        )


def _best(epochs: Sequence[EpochView], objective: Objective) -> tuple[int, int] | None:
    """Execution and epoch of the best objective: the first of equals."""
    best: tuple[float, EpochView] | None = None
    for epoch in epochs:
        value = epoch.metrics.get(objective.name)
        if value is not None and not math.isnan(value) and (best is None or objective.better(value, best[0])):
            best = value, epoch
    return None if best is None else (best[1].execution, best[1].epoch)
