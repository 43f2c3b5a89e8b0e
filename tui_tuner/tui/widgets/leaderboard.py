"""The leaderboard: all trials, running ones on top, then the best; failed and NaN last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource, SearchState
from tui_tuner.tui.actions import Availability, Situation, availability, bindings
from tui_tuner.tui.board import Arranged, Board, BoardChoices, Order
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.copying import ask_copy
from tui_tuner.tui.look import pane_title, style
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.board_columns import PARAMETER, BoardColumn, Drawn, board_columns
from tui_tuner.tui.widgets.board_curves import BoardCurves
from tui_tuner.tui.widgets.board_prompts import filter_prompt, find_prompt, note_prompt
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.key_bar import pane_keys
from tui_tuner.tui.widgets.line_table import Cell
from tui_tuner.tui.widgets.prompt_bar import prompt

_COMPACT_BELOW = 86
_FILTER_WIDTH = 40
_SECTION = "leaderboard"
_ARROWS = {False: " ▲", True: " ▼"}
"""By whether the largest comes first."""


class Leaderboard(CursorTable, can_focus=True):
    """Trials in rows; the cursor stays on its trial when the order changes.

    Args:
        source: Where learning curves come from.
        choices: What the person has chosen for the view of this search.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("leaderboard")

    @dataclass
    class Chosen(Message):
        """The user went to a trial."""

        trial_id: str

    @dataclass
    class Rearranged(Message):
        """The user has chosen other rows, or another order."""

    @dataclass
    class Opened(Message):
        """The user wants to see all of a trial."""

        trial_id: str

    @dataclass
    class Marked(Message):
        """The user marks these trials and no others."""

        trial_ids: tuple[str, ...]

    @dataclass
    class Compared(Message):
        """The user wants to see these trials side by side."""

        trial_ids: tuple[str, ...]

    @dataclass
    class Noted(Message):
        """The user has something to say about a trial; nothing takes the note away."""

        trial_id: str
        text: str

    def __init__(self, source: SearchSource, choices: Choices) -> None:
        super().__init__("leaderboard")
        self._kept = choices
        self._chosen = BoardChoices.from_stored(choices.read(_SECTION))
        self._state: ScreenState | None = None
        self.board: Board | None = None
        self._arranged = Arranged((), 0, 0)
        self._columns_shown: list[BoardColumn] = []
        self._titled: Content | None = None
        self._compact = False
        self._row = 0
        self._trying = False
        self._cells: dict[str, tuple[Drawn, tuple[Cell, ...]]] = {}
        self._curves = BoardCurves(source, self._come_back_for_curves)

    def on_mount(self) -> None:
        self.border_title = pane_title(1, "Leaderboard")

    @property
    def chosen(self) -> BoardChoices:
        """What the person has chosen."""
        return self._chosen

    @property
    def matching(self) -> int:
        """How many trials pass the filter."""
        return self._arranged.matching

    # What is drawn

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        before, self._state = self._state, state
        if before is None:  # now it is known what may be asked for
            self._put_keys()
        if self.board is None or state.view is not self.board.view:
            self.board = Board(state.view, self.board)
            self._arrange()
        else:
            self.set_rows(self._arranged.trial_ids)
        self._place_cursor()

    def lists(self, trial_id: str) -> bool:
        """Whether a trial has a row here; a leaderboard that is hidden lists them all."""
        return not self._chosen.filter or not self.display or trial_id in self._arranged.trial_ids

    def _place_cursor(self) -> None:
        """Put it on the trial that is shown; where the filter hides that, on another one, which is shown then."""
        shown = self._state.shown if self._state is not None else None
        cursor = shown.trial_id if shown is not None and self.lists(shown.trial_id) else None
        if cursor != self.cursor_key:
            self.move_cursor(cursor)
            self.scroll_to_cursor()
        if cursor is None and not self._trying:
            self._go(self._row)

    def _arrange(self) -> None:
        """Put columns and rows in their places."""
        board, state = self.board, self._state
        if board is None or state is None:
            return
        columns = board_columns(board, compact=self._compact)
        order = self._chosen.order
        sorting = next((column for column in columns if column.id == order.column), columns[0])
        self._arranged = arranged = board.arrange(
            self._chosen, sorting.value, descending=sorting.descending != order.turned
        )
        unchanged = set()
        if self._chosen.changed_only:
            unchanged = {
                PARAMETER + parameter.name
                for parameter in board.searched
                if board.unchanged(parameter, arranged.trial_ids)
            }
        shown = [column for column in columns if column.id not in (self._chosen.hidden | unchanged)]
        self._columns_shown = shown
        arrow = _ARROWS[sorting.descending != order.turned] if order != Order() else ""
        self._cells.clear()
        self.set_columns(
            [
                replace(column.column, label=column.column.label + arrow) if column is sorting else column.column
                for column in shown
            ]
        )
        self.set_empty_text(_why_empty(state, self._chosen.filter))
        if self._chosen.filter:
            self._row = self._index(self.cursor_key) or 0
        in_sight = self.row_in_sight(self.cursor_key)
        trials = (board.view.trials[key] for key in self.lines_of(arranged.trial_ids))
        self._curves.renew(trials, board.view.objective, compact=self._compact)
        self.set_rows(arranged.trial_ids)
        if in_sight:
            self.scroll_to_cursor()
        # Which column the rows are sorted by may be out of sight; the first ones never are.
        self._put_title(board, "" if sorting.column.fixed else sorting.name + arrow, len(columns) - len(shown))

    def _put_title(self, board: Board, order: str, hidden: int) -> None:
        arranged, text = self._arranged, self._chosen.filter.strip()
        count = format_count(len(board.view.trials), "trial") if board.view.trials else ""
        about = [f"{arranged.matching:,} of {count}" if text and count else count]
        if order:
            about.append(f"by {order}")
        if text and not arranged.problem:
            about.append(f"where {truncate(clean(text), _FILTER_WIDTH)}")
        if hidden:
            about.append(f"{format_count(hidden, 'column')} hidden")
        title = pane_title(1, "Leaderboard", *about)
        if arranged.problem:
            title = Content.assemble(title, (f"  filter off: {clean(arranged.problem)}", style("warning")))
        if self._titled is None or not title.is_same(self._titled):
            self._titled = title
            self.border_title = title

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._put_keys()

    def _put_keys(self) -> None:
        """What the keys do here, on the lower edge, as long as they count."""
        if not self.has_focus:
            self.border_subtitle = ""
        else:
            self.border_subtitle = pane_keys(self.app, "leaderboard", self._situation, self.size.width - 2)

    @property
    def _situation(self) -> Situation:
        return Situation(read_only=self._state is not None and self._state.read_only)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return availability(action, self._situation) if action == "note" else True

    def on_resize(self) -> None:
        self._put_keys()
        compact = self.size.width < _COMPACT_BELOW
        if compact != self._compact:
            self._compact = compact
            self._curves.forget()
            self._arrange()

    def _come_back_for_curves(self) -> None:
        self.call_later(self._read_curves)

    def _read_curves(self) -> None:
        if self.board is not None:
            self._curves.read(self.lines_of(self.keys), self.board.view.objective, compact=self._compact)
            self.set_rows(self.keys)

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        assert self.board is not None
        assert self._state is not None
        trial = self.board.view.trials[key]
        drawn = Drawn(
            trial,
            rank=self.board.ranks.get(key),
            front=key in self.board.front,
            best=key == self.board.view.best_trial_id,
            skipping=key in self._state.skipping,
            repeated=self.board.repeated.get(key),
            colour=self._state.marked.get(key, ""),
            pinned=index < self._arranged.pinned,
            note=self.board.view.notes.get(key, ""),
            curve=self._curves.of(trial),
        )
        known = self._cells.get(key)
        if known is not None and known[0].is_same(drawn):
            return known[1]
        cells = tuple(column.cell(drawn) for column in self._columns_shown)
        self._cells[key] = (drawn, cells)
        return cells

    # What the user chooses

    def choose(self, chosen: BoardChoices, *, keep: bool = True) -> None:
        """Show the rows in this way.

        Args:
            keep: Whether they are shown so at the next time too. Else it is tried only: the cursor goes nowhere.
        """
        self._chosen = chosen
        self._trying = not keep
        self._arrange()
        if keep:
            self._kept.keep(_SECTION, chosen.to_stored())
            self._place_cursor()
            self.post_message(self.Rearranged())

    def cursor_moved(self, key: str) -> None:
        self.post_message(self.Chosen(key))

    def action_open_trial(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self.cursor_key))

    def action_sort(self, by: int) -> None:
        """Sort by the next column in sight, or the one before, round and round."""
        columns = [column.id for column in self._columns_shown if column.can_sort]
        order = self._chosen.order
        place = columns.index(order.column) if order.column in columns else 0
        self.choose(replace(self._chosen, order=Order(columns[(place + by) % len(columns)])))

    def action_turn(self) -> None:
        order = self._chosen.order
        self.choose(replace(self._chosen, order=replace(order, turned=not order.turned)))

    def heading_clicked(self, column: int) -> None:
        """Sort by a column, and the other way round at the next click."""
        clicked = self._columns_shown[column]
        order = self._chosen.order
        if clicked.can_sort:
            turned = order.column == clicked.id and not order.turned
            self.choose(replace(self._chosen, order=Order(clicked.id, turned)))

    def action_columns(self) -> None:
        if self.board is None:
            return
        columns = [column for column in board_columns(self.board, compact=False) if column.can_hide]
        picked = [place for place, column in enumerate(columns) if column.id not in self._chosen.hidden]

        def answered(places: tuple[int, ...] | None) -> None:
            if places is not None:
                seen = {column.id for column in columns}
                hidden = seen - {columns[place].id for place in places}
                self.choose(replace(self._chosen, hidden=(self._chosen.hidden - seen) | hidden))

        from tui_tuner.tui.screens.picks import Picks  # the first frame does not wait for it

        labels = [column.name for column in columns]
        open_over(self.app, Picks("Columns", labels, picked, accept="show these", counted="shown"), answered)

    def action_changed_only(self) -> None:
        self.choose(replace(self._chosen, changed_only=not self._chosen.changed_only))

    def action_pin(self) -> None:
        key = self.cursor_key
        if key is not None:
            rest = tuple(pinned for pinned in self._chosen.pinned if pinned != key)
            self.choose(replace(self._chosen, pinned=rest if key in self._chosen.pinned else (*rest, key)))

    def action_mark(self) -> None:
        """Mark the trial, or take its mark away, and go on to the next row."""
        key, state = self.cursor_key, self._state
        if key is not None and state is not None:
            marked = tuple(trial_id for trial_id in state.marked if trial_id != key)
            self.post_message(self.Marked(marked if key in state.marked else (*marked, key)))
            self.action_scroll_down()

    def action_unmark(self) -> None:
        self.post_message(self.Marked(()))

    def action_compare(self) -> None:
        """The marked trials; one alone beside the cursor's or the best."""
        state, key = self._state, self.cursor_key
        if state is None or key is None:
            return
        wanted = dict.fromkeys(state.marked)
        if len(wanted) < 2:
            wanted |= dict.fromkeys([key])
        if len(wanted) < 2 and state.view.best_trial_id is not None:
            wanted = dict.fromkeys([state.view.best_trial_id, *wanted])
        if len(wanted) < 2:
            self.app.notify("Mark trials to compare them, with t.", severity="warning", markup=False)
        else:
            self.post_message(self.Compared(tuple(wanted)))

    def action_copy(self) -> None:
        if self._state is not None and self.cursor_key is not None:
            ask_copy(self.app, self._state.view, self._state.view.trials[self.cursor_key])

    def action_note(self) -> None:
        if self.board is not None and self.cursor_key is not None:
            prompt(self.screen, note_prompt(self, self.board, self.cursor_key))

    def action_filter(self) -> None:
        if self.board is not None:
            prompt(self.screen, filter_prompt(self, self.board))

    def action_find(self) -> None:
        if self.board is not None:
            prompt(self.screen, find_prompt(self, self.board))


def _why_empty(state: ScreenState, filter_text: str) -> str:
    view = state.view
    if view.trials and filter_text:
        return "No trial passes the filter."
    detail = clean(view.detail)
    if view.state is SearchState.FAILED and detail:
        return f"No trial was run. The search failed: {detail}"
    if not view.state.is_live:
        return "No trial was run."
    busy = next((f"{clean(worker.activity)} in {clean(worker.name)}" for worker in view.workers if worker.activity), "")
    return f"Starting: {detail or busy or 'waiting for the first worker'} …"
