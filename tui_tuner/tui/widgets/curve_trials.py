"""The trials that are in sight of the learning curves: what was read of each, and what is drawn of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tui_tuner.analysis.curves import VALIDATION, Over, base_metrics
from tui_tuner.engine.view import SearchSource, TrialView
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.curve_drawing import Drawn, Read, best_guide, in_front, marked, pruner_guide
from tui_tuner.tui.widgets.curve_settings import CurveSettings

_SHOWN_BESIDE_MARKED = "foreground"


class CurveTrials:
    """The shown trial, the marked ones, and the best one behind them. Each is read and drawn again only if it changed.

    Args:
        source: Where epochs are read.
    """

    def __init__(self, source: SearchSource) -> None:
        self._source = source
        self._known: dict[str, Read] = {}
        self._drawings: dict[tuple[str, str], tuple[tuple[object, ...], Drawn]] = {}

    def take_in(self, state: ScreenState, settings: CurveSettings) -> None:
        """Read what is new of the trials in sight, and forget the others."""
        wanted = {trial.trial_id: trial for trial in _in_sight(state, settings)}
        self._known = {trial_id: self._read(trial, state) for trial_id, trial in wanted.items()}
        self._drawings = {name: drawn for name, drawn in self._drawings.items() if name[1] in wanted}

    def _read(self, trial: TrialView, state: ScreenState) -> Read:
        known = self._known.get(trial.trial_id)
        if known is not None and known.trial is trial:
            return known
        epochs = self._source.epochs(trial.trial_id)
        steps = known.steps if known is not None else None
        if steps is None and epochs:
            summary = self._source.model_summary(trial.trial_id)
            steps = summary.steps_per_epoch if summary is not None else None
        return Read(trial, epochs, tuple(base_metrics(epochs, state.view.objective)), steps)

    def read_of(self, trial: TrialView | None) -> Read | None:
        """What is known of a trial, if it is in sight."""
        return self._known.get(trial.trial_id) if trial is not None else None

    def metrics(self, state: ScreenState) -> list[str]:
        """Of the shown trial; of all that are drawn where it has none yet."""
        shown = self.read_of(state.shown)
        if shown is not None and shown.metrics:
            return list(shown.metrics)
        return list(
            dict.fromkeys(name for key in state.marked if key in self._known for name in self._known[key].metrics)
        )

    def applied(self, state: ScreenState, settings: CurveSettings) -> CurveSettings:
        """The settings as they can be followed: over epochs where the steps of the shown trial are not known."""
        read = self.read_of(state.shown)
        if settings.over is Over.STEP and (read is None or read.steps is None):
            return replace(settings, over=Over.EPOCH)
        return settings

    def front(self, state: ScreenState, settings: CurveSettings, metric: str) -> Drawn | None:
        """The shown trial; beside marked ones in one colour, like them, unless it is one of them."""
        trial = state.shown
        if trial is None or trial.trial_id in state.marked:
            return None
        if state.marked:
            return self._marked(trial, _SHOWN_BESIDE_MARKED, settings, metric)
        objective = state.view.objective
        return self._drawing(
            trial,
            ("front", metric, objective),
            settings,
            lambda read: in_front(read, metric, settings, objective),
        )

    def others(self, state: ScreenState, settings: CurveSettings, metric: str) -> list[Drawn]:
        """The marked trials."""
        trials = [(state.view.trials[key], colour) for key, colour in state.marked.items() if key in state.view.trials]
        return [self._marked(trial, colour, settings, metric) for trial, colour in reversed(trials)]

    def guides(self, state: ScreenState, settings: CurveSettings, metric: str) -> list[Drawn]:
        """What the pruner measures by, and the best trial, unless that is drawn anyway."""
        if not settings.guides:
            return []
        guides = []
        if metric == state.view.objective.name.removeprefix(VALIDATION):
            longest = max((len(read.epochs) for read in self._known.values()), default=0)
            guides += [pruner_guide(bar, settings, longest) for bar in state.view.bars]
        best = state.view.best
        if best is not None and best is not state.shown and best.trial_id not in state.marked:
            guides.append(
                self._drawing(best, ("best", metric), settings, lambda read: best_guide(read, metric, settings))
            )
        return guides

    def _marked(self, trial: TrialView, colour: str, settings: CurveSettings, metric: str) -> Drawn:
        return self._drawing(
            trial, ("marked", metric, colour), settings, lambda read: marked(read, metric, settings, colour)
        )

    def _drawing(
        self, trial: TrialView, what: tuple[object, ...], settings: CurveSettings, draw: Callable[[Read], Drawn]
    ) -> Drawn:
        """What is drawn of a trial; it is made again only if something about it has changed."""
        read = self.read_of(trial)
        if read is None:
            return Drawn()
        key = (read.epochs, read.steps, trial.status, settings, *what)
        name = (str(what[0]), trial.trial_id)
        known = self._drawings.get(name)
        if known is None or known[0] != key:
            known = self._drawings[name] = (key, draw(read))
        return known[1]


def _in_sight(state: ScreenState, settings: CurveSettings) -> list[TrialView]:
    """The trials that are drawn: the one shown, the marked ones, and the best."""
    trials = state.view.trials
    found = [] if state.shown is None else [state.shown]
    found += [trials[trial_id] for trial_id in state.marked if trial_id in trials]
    if settings.guides and state.view.best is not None:
        found.append(state.view.best)
    return found
