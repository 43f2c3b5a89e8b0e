"""Everything about one trial: values, metrics by epoch, curves, log, message, times, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import EpochView, SearchSource, TrialView
from tui_tuner.tui.actions import bindings
from tui_tuner.tui.actions.trial import TRIAL_PANES
from tui_tuner.tui.copying import ask_copy
from tui_tuner.tui.retraining import ask_retrain
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.curves import CurvesPane
from tui_tuner.tui.widgets.epoch_table import EpochTable
from tui_tuner.tui.widgets.message_pane import MessagePane
from tui_tuner.tui.widgets.prompt_bar import PromptBar, Said, prompt
from tui_tuner.tui.widgets.tab_strip import TabStrip
from tui_tuner.tui.widgets.trial_facts import TrialFacts
from tui_tuner.tui.widgets.trial_log import LogPane

_LOG_BYTES = 1024 * 1024
_LOG_LINES = 5000
_WIDE, _HIGH = 100, 28
"""From so many cells and lines on, all panes are in sight."""


class TrialScreen(OverSearch):
    """The trial that is shown; the keys go to the next one too.

    Args:
        source: Where epochs and logs are read.
        guard: Runs what reads from the source, and takes care of its errors.
        order: The ids of the trials in the order in which the keys go through them.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("trial")
    AUTO_FOCUS = "#facts"
    scope = "trial"

    def __init__(
        self,
        source: SearchSource,
        guard: Callable[[Callable[[], None]], None],
        order: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__()
        self._source = source
        self._guard = guard
        self._order = order
        self._state: ScreenState | None = None
        self._read: tuple[TrialView, tuple[EpochView, ...]] | None = None
        self._is_wide = True
        self._active = TRIAL_PANES[0]
        self._tabs = TabStrip()
        self._facts = TrialFacts()
        self._curves = CurvesPane(source)
        self._epochs = EpochTable()
        self._message = MessagePane()
        self._log = LogPane(source, max_bytes=_LOG_BYTES, max_lines=_LOG_LINES)
        self._panes: dict[str, Widget] = dict(
            zip(TRIAL_PANES, (self._facts, self._curves, self._epochs, self._message, self._log), strict=True)
        )

    def body(self) -> Iterable[Widget]:
        yield self._tabs
        right = Container(self._curves, self._message, self._log, id="trial-right")
        left = Container(self._facts, self._epochs, id="trial-left")
        yield Container(left, right, id="trial-body")

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        self._is_wide = event.size.width >= _WIDE and event.size.height >= _HIGH
        self._lay_out()
        if self._state is not None:
            self.show(self._state)

    @property
    def trial(self) -> TrialView | None:
        """The trial that is shown."""
        return None if self._state is None else self._state.shown

    def show(self, state: ScreenState) -> None:
        self._state = state
        trial = state.shown
        if trial is None:
            return
        if self._read is None or self._read[0] is not trial:
            self._read = trial, ()
            self._guard(lambda: self._read_epochs(trial))
        epochs = self._read[1]
        self._lay_out()
        self._facts.show(state.view, trial, epochs, self.search.now())
        self._epochs.show(trial, epochs, state.view.objective)
        self._message.show(trial)
        self._guard(lambda: self._curves.show(state))
        self._guard(lambda: self._log.show(state))

    def _read_epochs(self, trial: TrialView) -> None:
        self._read = trial, self._source.epochs(trial.trial_id)

    def tick(self, now: float) -> None:
        super().tick(now)
        self._guard(self._log.tick)

    # Panes

    @property
    def _in_use(self) -> list[str]:
        """The message has a place where there is one."""
        has_message = self.trial is not None and bool(self.trial.message.strip())
        return [pane for pane in TRIAL_PANES if pane != "message" or has_message]

    def _lay_out(self) -> None:
        in_use = self._in_use
        if self._active not in in_use:
            self._active = in_use[0]
        self.set_class(not self._is_wide, "-tabbed")
        self._tabs.display = not self._is_wide
        self._tabs.show({pane: TRIAL_PANES.index(pane) + 1 for pane in in_use}, self._active)
        for name, pane in self._panes.items():
            pane.display = name in in_use if self._is_wide else name == self._active
        for side in self.query("#trial-left, #trial-right"):
            side.display = any(pane.display for pane in side.children)

    def action_pane(self, name: str) -> None:
        if name in self._in_use:
            self._active = name
            self._lay_out()
            self._panes[name].focus()

    def action_step_pane(self, by: int) -> None:
        in_use = self._in_use
        here = next((place for place, name in enumerate(in_use) if self._panes[name] is self.focused), -1)
        self.action_pane(in_use[(here + by) % len(in_use)])

    def on_tab_strip_picked(self, message: TabStrip.Picked) -> None:
        self.action_pane(message.pane)

    # What the user asks for

    def action_trial_next(self) -> None:
        self._go_by(1)

    def action_trial_previous(self) -> None:
        self._go_by(-1)

    def _go_by(self, by: int) -> None:
        order = self._order()
        if self.trial is None or not order:
            return
        here = order.index(self.trial.trial_id) if self.trial.trial_id in order else 0
        self.search.choose(order[max(0, min(len(order) - 1, here + by))])

    def action_trial_copy(self) -> None:
        if self._state is not None and self.trial is not None:
            ask_copy(self.app, self._state.view, self.trial)

    def action_trial_enqueue(self) -> None:
        self.search.action_enqueue()

    def action_trial_rerun(self) -> None:
        self.search.action_rerun()

    def action_trial_skip(self) -> None:
        self.search.action_skip()

    def action_trial_retrain(self) -> None:
        if self._state is not None and self.trial is not None:
            ask_retrain(self.app, self._state.view.root, self.trial)

    def action_trial_mark(self) -> None:
        state, trial = self._state, self.trial
        if state is not None and trial is not None:
            rest = [marked for marked in state.marked if marked != trial.trial_id]
            self.search.mark(rest if trial.trial_id in state.marked else [*rest, trial.trial_id])

    def action_trial_note(self) -> None:
        state, trial = self._state, self.trial
        if state is None or trial is None:
            return
        focused = self.focused

        def done(text: str | None) -> None:
            if text is not None:
                self.search.note(trial.trial_id, text.strip())
            if focused is not None:
                focused.focus()

        said = Said("Kept with the search, for everybody who looks at it. An empty one takes it away.")
        title = f"Note on trial {truncate(clean(trial.trial_id), 20)}"
        note = state.view.notes.get(trial.trial_id, "")
        prompt(self, PromptBar(title, note, lambda text, cursor: said, done))

    def action_trial_pager(self) -> None:
        self._log.action_log_pager()

    def action_trial_metric(self) -> None:
        self._curves.next_metric()

    def action_trial_log_scale(self) -> None:
        self._curves.toggle_log()
