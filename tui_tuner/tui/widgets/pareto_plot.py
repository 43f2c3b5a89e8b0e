"""The trials of a search for several objectives, and the front of those that none beats in all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from tui_tuner.analysis.formatting import format_count, format_objective
from tui_tuner.analysis.pareto import objectives, pareto_front, values_of
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import Objective, TrialView
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import Material
from tui_tuner.tui.widgets.loss_plot import Line, LossPlot, Mark, Plot
from tui_tuner.tui.widgets.windowed_plot import WindowedPlot

_NAME_WIDTH = 24


class ParetoPlot(WindowedPlot):
    """The first objective across, another one upwards. Left and right go along the front, up and down to another."""

    label = "Pareto"
    arrows = "along the front, other objective"

    def __init__(self) -> None:
        self._plot = LossPlot()
        super().__init__("pareto", self._plot)
        self._other = 1
        self._front: list[TrialView] = []

    def draw(self, material: Material) -> str:
        view = material.view
        if not view.other_objectives:
            return "The search has one objective: its front is the best trial."
        wanted = objectives(view)
        self._other = 1 + (self._other - 1) % (len(wanted) - 1)
        trials = [trial for trial in view.trials.values() if has_rank(trial) and self._point(trial) is not None]
        if not trials:
            return "No trial has completed yet." if view.trials else "No trial yet."
        self._front = sorted(
            (trial for trial in pareto_front(view) if self._point(trial) is not None),
            key=lambda trial: (values_of(trial)[0], trial.number),
        )
        on_front = {trial.trial_id for trial in self._front}
        points = {trial.trial_id: point for trial in trials if (point := self._point(trial)) is not None}
        self.window.set_places([points[trial.trial_id][0] for trial in self._front])
        others = tuple(point for trial_id, point in points.items() if trial_id not in on_front)
        front = tuple(points[trial.trial_id] for trial in self._front)
        marks = [Mark(points[key], "●", colour) for key, colour in material.marked.items() if key in points]
        marks += [Mark(points[trial_id]) for trial_id in (self.selected if self.window.cursor is not None else ())]
        self._plot.set_plot(
            Plot(
                (
                    Line(others, "status-dim", dots=True),
                    Line(front, "status-best", faint=True),
                    Line(front, "status-best", dots=True),
                ),
                marks=tuple(marks),
                x="number",
                cursor=self.window.cursor,
            )
        )
        self.caption(
            *self._at_cursor(wanted),
            _axis("→", wanted[0]),
            _axis("↑", wanted[self._other]),
            Content.assemble(("• ", style("best")), f"{len(front)}", (" on the front", style("dim"))),
            Content.assemble(("• ", style("dim")), format_count(len(others)), (" behind it", style("dim"))),
        )
        return ""

    def _point(self, trial: TrialView) -> tuple[float, float] | None:
        """Where a trial stands; `None` if that cannot be drawn."""
        values = values_of(trial)
        if self._other >= len(values) or not all(map(math.isfinite, (values[0], values[self._other]))):
            return None
        return values[0], values[self._other]

    def _at_cursor(self, wanted: Sequence[Objective]) -> list[Content]:
        if self.window.cursor is None:
            return []
        chosen = set(self.selected)
        found = []
        for trial in self._front:
            if trial.trial_id in chosen:
                named = zip(wanted, values_of(trial), strict=True)
                values = "  ".join(format_objective(each.name, value) for each, value in named)
                found.append(Content.assemble((f"trial {clean(trial.trial_id)} ", "bold"), values))
        return found

    @property
    def selected(self) -> tuple[str, ...]:
        """The trial at the cursor; the whole front without one."""
        cursor = self.window.cursor
        return tuple(trial.trial_id for trial in self._front if cursor is None or values_of(trial)[0] == cursor)

    def up(self, steps: int) -> None:
        self._other += steps


def _axis(arrow: str, objective: Objective) -> Content:
    better = "more" if objective.direction == "max" else "less"
    name = truncate(clean(objective.name), _NAME_WIDTH)
    return Content.assemble((f"{arrow} ", style("dim")), (name, "bold"), (f", {better} is better", style("dim")))
