"""The screen of one search: the panes, the clock that pulls snapshots, and what the keys do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.notifications import SeverityLevel

from tui_tuner.analysis.away import LastSeen, while_away
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource, SearchState, SearchView, TrialState, TrialView
from tui_tuner.errors import TunerError, to_type
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.actions import ACTIONS, Action, Availability, Situation, availability, bindings
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.control import Control
from tui_tuner.tui.driving import Drive, Driving
from tui_tuner.tui.herald import Herald
from tui_tuner.tui.jumping import jump
from tui_tuner.tui.layout import Layout, choose_layout
from tui_tuner.tui.leavable import LeavableApp
from tui_tuner.tui.memory import Memory
from tui_tuner.tui.pace import EVERY_S
from tui_tuner.tui.screens.help import HelpScreen, focused_scope
from tui_tuner.tui.screens.leaving import LeavingScreen
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.screens.paned import PanedScreen
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.state import Leave, ScreenState, Selection
from tui_tuner.tui.widgets.away import AwayPanel
from tui_tuner.tui.widgets.deck import PaneDeck
from tui_tuner.tui.widgets.hardware import HardwareStrip
from tui_tuner.tui.widgets.header import SearchHeader
from tui_tuner.tui.widgets.key_bar import KeyBar
from tui_tuner.tui.widgets.leaderboard import Leaderboard
from tui_tuner.tui.widgets.workers import WorkerStrip

_READ_ERRORS = (TunerError, OSError, sqlite3.Error)

_TROUBLES: dict[SearchState, tuple[str, SeverityLevel]] = {
    SearchState.BLOCKED: ("The search waits", "warning"),
    SearchState.FAILED: ("The search failed", "error"),
}
"""What is told when a search comes into such a state, beside its detail."""

_TOLD_WIDTH = 240


class SearchScreen(LeavingScreen, PanedScreen):
    """One search.

    Args:
        source: Where snapshots come from and commands go to.
        driving: Runs the search loop, if it runs here.
        drive: The loop to start with, or `None`.
        leave: Called with the reason when the user leaves.
        read_only: Offer no command.
        attached: The search belongs to another process.
        label: What the header says in place of `attached` or `read-only`.
        memory: Knows up to where the person has seen the search, if that is of interest.
        choices: What the person has chosen for the view of this search.
        herald: Tells a person who looks elsewhere.
        gauges: Measures the devices of this machine; without it they are not shown.
        clock: Seconds since the epoch.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")
    AUTO_FOCUS = "#leaderboard"
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    """What the key bar and the help offer, in this order."""
    of_script: ClassVar[bool] = False
    """Whether a script makes the search."""

    def __init__(
        self,
        source: SearchSource,
        driving: Driving,
        *,
        drive: Drive | None,
        leave: Callable[[Leave], None],
        read_only: bool = False,
        attached: bool = False,
        label: str = "",
        memory: Memory | None = None,
        choices: Choices | None = None,
        herald: Herald | None = None,
        gauges: GaugeReader | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._source = source
        self.choices = choices or Choices()
        self._driving = driving
        self._drive = drive
        self._leave = leave
        self._read_only = read_only
        self._attached = attached
        self._label = label
        self._clock = clock
        self._memory = memory
        self._herald = herald
        self._control = Control(source.send, source.answer)
        self._selection = Selection()
        self._view: SearchView | None = None
        self._shown: TrialView | None = None
        self._state: ScreenState | None = None
        self._situation = Situation(read_only=read_only, driving=drive is not None)
        self._layout_now: Layout | None = None
        self._read_error = ""
        self._header = SearchHeader()
        self._workers_strip = WorkerStrip(source, self._guarded)
        self._hardware = HardwareStrip(gauges, self.choices)
        self._deck = PaneDeck(source, self._guarded, self.choices)
        self._keys = KeyBar(self.actions)
        self._away = AwayPanel()

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._workers_strip
        yield self._hardware
        yield self._deck
        yield self._keys
        yield self._away

    # Snapshots

    def on_mount(self) -> None:
        self._lay_out(self.app.size)
        # The first frame goes out before anything is read or trained.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        last = self._memory.recall() if self._memory is not None else None
        self.poll()
        if last is not None and self._view is not None:
            self._welcome_back(self._view, last)
        if self._drive is not None:
            self._driving.start(self._drive)
            self.draw()
        self.set_interval(EVERY_S, self._poll_in_time)

    def _poll_in_time(self) -> None:
        app = self.app
        if not isinstance(app, LeavableApp) or app.is_time_to_draw():
            self.poll()

    def _welcome_back(self, view: SearchView, last: LastSeen) -> None:
        away = while_away(view, last, self._clock())
        if away is not None:
            self._away.show(away, view)
            self._update_situation()

    def action_close_away(self) -> None:
        self._away.close()
        self._update_situation()

    def remember(self) -> None:
        """The person leaves: what they have seen is known when they come back."""
        if self._memory is not None and self._view is not None:
            self._memory.seen(self._view, leaving=True)

    def now(self) -> float:
        return self._clock()

    def poll(self) -> None:
        try:
            view = self._source.poll()
            answered = self.tell_answers()
        except _READ_ERRORS as error:
            self._say_read_error(error)
            return
        self._read_error = ""
        if view is not self._view or answered:
            self._tell_trouble(view)
            self._tell_findings(view)
            self._view = view
            self._control.observe(view)
            self.draw()
            if self._herald is not None:
                self._herald.observe(view, self._clock(), self._control.word(view))
        elif over := self._over:
            over[-1].tick(self._clock())
        else:
            self._header.tick(self._clock())
            self._hardware.tick()
            self._deck.tick()
        if self._memory is not None:
            self._memory.seen(view)

    def draw(self) -> None:
        view = self._view
        if view is None:
            return
        self._shown = self._selection.resolve(view, self._shown)
        attached = "attached" if self._attached and not self._driving.running else ""
        label = self._label or ("read-only" if self._read_only else attached)
        self._state = ScreenState(
            view=view,
            state=self._control.state(view),
            word=self._control.word(view),
            shown=self._shown,
            following=self._selection.following,
            skipping=self._control.skipping,
            label=label,
            read_only=self._read_only,
            marked=self._selection.marked,
        )
        over = self._over
        with self.app.batch_update():
            if over:  # the panes catch up when they are seen again
                over[-1].show_state(self._state, self._clock())
            else:
                self._header.show(self._state, self._clock())
                self._workers_strip.show(self._state)
                self._hardware.show(self._state)
                self._deck.show(self._state)
        self._update_situation()

    def _tell_trouble(self, view: SearchView) -> None:
        """Something outside must be mended, or the search has failed: the header may lack the room to say what."""
        before = self._view.state if self._view is not None else None
        if view.state is before or view.state not in _TROUBLES:
            return
        title, severity = _TROUBLES[view.state]
        text = truncate(clean(view.detail), _TOLD_WIDTH) or "Something outside must be mended."
        self.notify(text, title=title, severity=severity, timeout=30, markup=False)

    def _tell_findings(self, view: SearchView) -> None:
        """What would spoil the search, once to everybody who looks at it."""
        told = self._view.findings if self._view is not None else ()
        for finding in view.findings:
            if finding not in told:
                text = clean(f"{finding.text}. {finding.fix}")
                self.notify(text, title="Warning", severity="warning", timeout=30, markup=False)

    def _guarded(self, read: Callable[[], None]) -> None:
        try:
            read()
        except _READ_ERRORS as error:
            self._say_read_error(error)

    def _say_read_error(self, error: Exception) -> None:
        """Say once that something could not be read; the next poll tries again."""
        message = clean(error.message if isinstance(error, TunerError) else str(error))
        if message != self._read_error:
            self._read_error = message
            self.notify(message, title="The search cannot be read", severity="error", markup=False)

    def _update_situation(self) -> None:
        assert self._state is not None
        shown = self._state.shown
        situation = Situation(
            state=self._state.state,
            read_only=self._read_only,
            driving=self._driving.running,
            stopping_now=self._control.stopping_now,
            trial_running=shown is not None
            and shown.status is TrialState.RUNNING
            and shown.trial_id not in self._control.skipping
            and self._deck.leaderboard.lists(shown.trial_id),
            following=self._selection.following,
            attached=self._attached,
            space_known=any(parameter.kind != "Fixed" for parameter in self._state.view.space),
            away=self._away.display,
            any_completed=self._state.view.best is not None,
            script="search" if self.of_script else "",
        )
        self._situation = situation
        self._keys.show(situation)

    @property
    def state(self) -> ScreenState | None:
        """What is shown now."""
        return self._state

    @property
    def worker_pids(self) -> list[int]:
        """The processes that train; none for who only looks, and must not hold them up."""
        return [] if self._view is None or self._read_only else [worker.pid for worker in self._view.workers]

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible now."""
        return self._situation

    # Screens over this one

    @property
    def _over(self) -> list[OverSearch]:
        """The screens that cover this one wholly, the uppermost last."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else []
        return [screen for screen in above if isinstance(screen, OverSearch)]

    def open_over(self, screen: OverSearch) -> None:
        """Cover this screen with another view of the search, which is kept up to date until it is closed.

        Nothing happens if it is covered already.
        """
        if self.is_active:
            screen.opened_from(self)
            open_over(self.app, screen, lambda _: self.draw())
            screen.call_after_refresh(self.draw)

    def choose(self, trial_id: str) -> None:
        """Show this trial's details, here and on the screens above."""
        self._selection.choose(trial_id)
        self.draw()

    def mark(self, trial_ids: Sequence[str]) -> None:
        """Mark these trials and no others."""
        self._selection.mark(trial_ids)
        self.draw()

    def note(self, trial_id: str, text: str) -> None:
        """Keep a note on a trial; an empty one takes it away."""
        with self.asking():
            self._source.note(trial_id, text)

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out(event.size)
        self._away.lay_out(event.size.width)

    def _lay_out(self, size: Size) -> None:
        layout = choose_layout(size.width, size.height)
        if layout != self._layout_now:
            if self._layout_now is not None:
                self.remove_class(f"-{self._layout_now.name}")
            self._layout_now = layout
            self.add_class(f"-{layout.name}")
            self._workers_strip.max_lines = layout.worker_lines
            self._hardware.lay_out(layout.gauge_lines)
            self._deck.lay_out(layout)
            self.draw()

    # What the user asks for

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return availability(action, self._situation)

    async def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        await self.run_action(message.action.command or message.action.id)

    @property
    def selected_hyperparameter(self) -> str | None:
        space = self._view.space if self._view is not None else ()
        searched = (parameter.name for parameter in space if parameter.kind != "Fixed")
        return self._deck.space.selected or next(searched, None)  # the pane may never have been in sight

    def action_resume(self) -> None:
        if not self._driving.can_resume:
            again = clean(to_type("resume", self._view.root)) if self._view else ""
            self.app.notify(
                f"This app only watches the search. To go on with it: {again}",
                title="Not from here",
                severity="warning",
                markup=False,
            )
            return
        with self.asking():
            self._driving.resume()
            self._control.starting()

    def action_interventions(self) -> None:
        from tui_tuner.tui.screens.interventions import InterventionsScreen

        self.open_over(InterventionsScreen(self._source, self._guarded))

    def action_metric(self) -> None:
        self._deck.curves.next_metric()

    def action_log_scale(self) -> None:
        self._deck.curves.toggle_log()

    def action_analysis(self) -> None:
        from tui_tuner.tui.screens.analysis import AnalysisScreen  # only those wait for it who look at it

        self.open_over(AnalysisScreen())

    def action_follow(self) -> None:
        self._selection.follow()
        self._shown = None
        self.draw()

    def on_leaderboard_chosen(self, message: Leaderboard.Chosen) -> None:
        self.choose(message.trial_id)

    def on_leaderboard_rearranged(self) -> None:
        self.draw()

    def on_leaderboard_opened(self, message: Leaderboard.Opened) -> None:
        from tui_tuner.tui.screens.trial import TrialScreen

        self.choose(message.trial_id)
        self.open_over(TrialScreen(self._source, self._guarded, lambda: self._deck.leaderboard.keys))

    def on_leaderboard_compared(self, message: Leaderboard.Compared) -> None:
        from tui_tuner.tui.screens.compare import CompareScreen

        self.open_over(CompareScreen(self._source, self._guarded, message.trial_ids))

    def on_leaderboard_marked(self, message: Leaderboard.Marked) -> None:
        self.mark(message.trial_ids)

    def on_leaderboard_noted(self, message: Leaderboard.Noted) -> None:
        self.note(message.trial_id, message.text)

    def action_hardware(self) -> None:
        if self._hardware.toggle() and not self._hardware.display:
            self.notify("The devices are shown while trials run on this machine.", markup=False)

    def action_help(self) -> None:
        open_over(self.app, HelpScreen(self._situation, self.actions, focused_scope(self.focused)))

    def action_jump(self) -> None:
        jump(self)
