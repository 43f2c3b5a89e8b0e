"""The score against one hyperparameter."""

from __future__ import annotations

from textual.content import Content

from tui_tuner.analysis.formatting import format_metric, format_share, format_value
from tui_tuner.analysis.scored import Dimension, ScoredTrials
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material, counted, too_few
from tui_tuner.tui.widgets.loss_plot import Line, LossPlot, Mark, Plot

_SHADES = 5
_SPREAD = 0.5
"""How much of a category's share its points take, so that they do not all lie on one another."""

_GOLDEN = 0.6180339887
_NAME_WIDTH = 40


class SlicePlot(AnalysisPlot):
    """A point for each trial, in the colour of its rank. Up and down go from one hyperparameter to the next."""

    label = "Slices"
    arrows = "hyperparameter"

    def __init__(self) -> None:
        self._plot = LossPlot()
        super().__init__("slices", self._plot)
        self._name: str | None = None

    def draw(self, material: Material) -> str:
        trials = material.scored
        if not trials.hyperparameters or trials.best is None:
            return too_few(material) or "There is no hyperparameter with more than one value."
        place = place_of(trials, self._name)
        shown = trials.hyperparameters[place]
        points = [
            (_spread(shown, at, trials.trials[index].number), trials.scores[index], trials.goodness[index], index)
            for index, at in enumerate(shown.places)
            if at is not None
        ]
        groups: dict[int, list[tuple[float, float]]] = {}
        for x, y, good, _ in sorted(points, key=lambda point: point[2]):
            groups.setdefault(min(_SHADES - 1, int(good * _SHADES)), []).append((x, y))
        marks = [
            Mark((x, y), "●", colour)
            for x, y, _, index in points
            if (colour := material.marked.get(trials.trials[index].trial_id)) is not None
        ]
        marks += [Mark((x, y)) for x, y, _, index in points if index == trials.best]
        self._plot.set_plot(
            Plot(
                tuple(
                    Line(tuple(group), material.shade(number / (_SHADES - 1)), dots=True)
                    for number, group in groups.items()
                ),
                marks=tuple(marks),
                x=shown.axis,
            )
        )
        best = trials.trials[trials.best]
        value = format_value(best.hyperparameters.get(shown.name), 24)
        share = "" if shown.importance is None else f"importance {format_share(shown.importance)}"
        inactive = len(trials.trials) - len(points)
        self.caption(
            Content.styled(truncate(clean(shown.name), _NAME_WIDTH), "bold"),
            (f"{place + 1} of {len(trials.hyperparameters)}", style("dim")),
            (share, style("dim")) if share else "",
            Content.assemble(("◆ ", style("best")), ("best ", style("dim")), f"{format_metric(best.score)} at {value}"),
            counted(material),
            (f"{inactive} without it", style("dim")) if inactive else "",
        )
        return "" if points else f"No completed trial has {clean(shown.name)}."

    def move(self, across: int, upwards: int) -> None:
        if self.material is not None and self.material.scored.hyperparameters:
            self._name = neighbour(self.material.scored, self._name, across or -upwards)
            self.redraw()


def place_of(trials: ScoredTrials, name: str | None, otherwise: int = 0) -> int:
    """Which hyperparameter has this name; another one if there is none, or none was chosen."""
    names = [each.name for each in trials.hyperparameters]
    return names.index(name) if name in names else min(otherwise, len(names) - 1)


def neighbour(trials: ScoredTrials, name: str | None, steps: int, otherwise: int = 0) -> str:
    """The hyperparameter so many steps further, round and round."""
    place = place_of(trials, name, otherwise) + steps
    return trials.hyperparameters[place % len(trials.hyperparameters)].name


def _spread(dimension: Dimension, place: float, number: int) -> float:
    """Beside its place, the same way for the same trial, on an axis of categories."""
    if not dimension.axis.is_category:
        return place
    return place + ((number * _GOLDEN) % 1.0 - 0.5) * _SPREAD / len(dimension.axis.values)
