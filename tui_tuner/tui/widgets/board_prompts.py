"""What is asked for in a line above the keys: a filter of the trials, a text to find, a note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_tuner.analysis.fields import Field
from tui_tuner.analysis.filters import FilterError, begun_word, completions, parse_filter
from tui_tuner.analysis.formatting import format_count, format_value
from tui_tuner.analysis.search_text import id_rank, search_text
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.tui.board import Board
from tui_tuner.tui.widgets.prompt_bar import PromptBar, Said

if TYPE_CHECKING:
    from tui_tuner.tui.widgets.leaderboard import Leaderboard

_ID_WIDTH = 20


def filter_prompt(table: Leaderboard, board: Board) -> PromptBar:
    """The rows follow what is typed; what cannot be understood leaves them as they were."""
    before = table.chosen

    def look(text: str, cursor: int) -> Said:
        begun = len(begun_word(text, cursor))
        words = tuple(completions(text, cursor, board.fields))
        try:
            parse_filter(text, board.fields)
        except FilterError as error:
            return Said("", error.message, error.position, words, begun)
        if text.strip() != table.chosen.filter:
            table.choose(replace(before, filter=text.strip()), keep=False)
        return Said(
            f"{table.matching:,} of {format_count(len(board.view.trials), 'trial')}", completions=words, begun=begun
        )

    def done(text: str | None) -> None:
        table.choose(before if text is None else replace(before, filter=text.strip()))
        table.focus()

    return PromptBar(f"Filter, such as: {_example(board)}status == completed", before.filter, look, done)


def _example(board: Board) -> str:
    """A condition of one of the search's own hyperparameters."""
    for parameter in board.searched:
        name = completions("", 0, {parameter.name: Field(parameter.name, lambda trial: None)})[0]
        middle = parameter.values[0] if parameter.values else parameter.min_value
        if isinstance(middle, int | float) and len(name) <= _ID_WIDTH:
            return f"{clean(name)} {'==' if parameter.values else '>'} {format_value(middle)} and "
    return ""


class _Finding:
    """The rows in which a text is found, and which of them the cursor is on."""

    def __init__(self, table: Leaderboard, board: Board) -> None:
        self._table = table
        self._board = board
        self._before = table.cursor_key
        self._texts: dict[str, str] = {}
        self._sought = ""
        self._found: list[str] = []

    def look(self, text: str, cursor: int) -> Said:
        if text != self._sought:
            self._sought = text
            self._found = self._find(text.casefold()) if text else []
        if not text:
            return Said("a trial's id, status, note or message, or a value such as units=64")
        if not self._found:
            return Said(problem="not found")
        here = self._table.cursor_key
        place = f"{self._found.index(here) + 1:,} of " if here in self._found else ""
        return Said(place + format_count(len(self._found), "trial"))

    def _find(self, sought: str) -> list[str]:
        """The rows in which it is found, those that it names first; the cursor goes to the first."""
        ranks = {key: id_rank(key, sought) for key in self._table.keys if sought in self._text(key)}
        found = sorted(ranks, key=ranks.__getitem__)
        if found and ranks.get(self._table.cursor_key or "") != ranks[found[0]]:
            self._table.go_to(found[0])
        return found

    def _text(self, key: str) -> str:
        if key not in self._texts:
            view = self._board.view
            self._texts[key] = search_text(view.trials[key], view.notes.get(key, ""))
        return self._texts[key]

    def step(self, by: int) -> None:
        if self._found:
            here = self._table.cursor_key
            place = self._found.index(here) + by if here in self._found else 0
            self._table.go_to(self._found[place % len(self._found)])

    def done(self, text: str | None) -> None:
        if text is None and self._before is not None:
            self._table.go_to(self._before)
        self._table.focus()


def find_prompt(table: Leaderboard, board: Board) -> PromptBar:
    """The cursor goes to the first row in which the text is found, an id's own first; up and down go to the others."""
    finding = _Finding(table, board)
    return PromptBar("Find", "", finding.look, finding.done, finding.step)


def note_prompt(table: Leaderboard, board: Board, trial_id: str) -> PromptBar:
    """What somebody has to say about a trial."""

    def done(text: str | None) -> None:
        if text is not None:
            table.post_message(table.Noted(trial_id, text.strip()))
        table.focus()

    said = Said("Kept with the search, for everybody who looks at it. An empty one takes it away.")
    title = f"Note on trial {truncate(clean(trial_id), _ID_WIDTH)}"
    return PromptBar(title, board.view.notes.get(trial_id, ""), lambda text, cursor: said, done)
