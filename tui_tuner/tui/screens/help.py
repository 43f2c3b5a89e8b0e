"""All keys, from the list of actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui_tuner.tui.actions import ACTIONS, PANE_ACTIONS, PANE_NAMES, PANES, SCOPES, Action, Situation
from tui_tuner.tui.leavable import keymap_of
from tui_tuner.tui.look import FRONT_MARK, INFEASIBLE_LOOK, ORIGIN_MARKS, style
from tui_tuner.tui.stacking import close

_MORE = (
    ("↑ ↓", "Go to another trial or hyperparameter, or scroll."),
    ("← →", "Scroll sideways."),
    ("ctrl+p", "Open the command palette: every action by name, themes, a screenshot."),
)

_MARKS = (
    ("rerun", "A re-run of another trial with another seed."),
    ("by hand", "A configuration that a person has enqueued."),
    ("initial", "A configuration from search.initial_trials."),
)

_STANDINGS = (
    (FRONT_MARK, "With several objectives: no other trial beats it in all of them."),
    (INFEASIBLE_LOOK.symbol, "It violates a constraint, so it has no rank."),
)


def focused_scope(focused: Widget | None) -> str:
    """The scope of the pane that has the focus; empty if it has no keys of its own."""
    return focused.id if focused is not None and focused.id in SCOPES else ""


class HelpScreen(ModalScreen[None]):
    """Keys and what they do; those that are not possible now are dim.

    Args:
        now: What is possible now.
        actions: What there is to do.
        pane: The scope of the pane that has the focus: its keys come first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss_none", "Close")]

    def __init__(self, now: Situation, actions: tuple[Action, ...] = ACTIONS, pane: str = "") -> None:
        super().__init__()
        self._now = now
        self._pane = SCOPES.get(pane, ())
        others = (action for scope in PANES if scope != pane for action in SCOPES[scope])
        beside = tuple(others) if actions is ACTIONS else ()
        self._actions = (*self._pane, *actions, *beside)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog help") as dialog:
            dialog.border_title = Content("Keys")
            dialog.border_subtitle = Content("esc closes")
            groups = list(dict.fromkeys(action.group for action in self._actions))
            for group in groups:
                here = self._pane and group == self._pane[0].group
                title = Content.assemble((group, "bold"), ("  has the focus" if here else "", style("dim")))
                yield Static(title, classes="help-group")
                for action in self._actions:
                    if action.group == group:
                        yield from self._line(action)
            yield Static(Content.styled("Everywhere", "bold"), classes="help-group")
            for keys, text in _MORE:
                yield _HelpLine(keys, text, possible=True)
            yield Static(Content.styled("Marks of trials", "bold"), classes="help-group")
            for origin, text in _MARKS:
                yield _HelpLine(ORIGIN_MARKS[origin], text, possible=True)
            for symbol, text in _STANDINGS:
                yield _HelpLine(symbol, text, possible=True)

    def action_dismiss_none(self) -> None:
        close(self)

    def _line(self, action: Action) -> Iterator[_HelpLine]:
        """A line for each action; one for all the panes."""
        if action.id == PANE_ACTIONS[0]:
            yield _HelpLine(f"1 … {len(PANE_ACTIONS)}", f"Go to {', '.join(PANE_NAMES)}.", possible=True)
        elif action.id not in PANE_ACTIONS:
            yield _HelpLine(keymap_of(self.app).shown(action), action.help, possible=bool(action.available(self._now)))


class _HelpLine(Horizontal):
    """Keys, and a sentence that is folded beside them."""

    def __init__(self, keys: str, text: str, *, possible: bool) -> None:
        super().__init__(
            Static(Content.styled(keys, "$key" if possible else style("dim")), classes="help-keys"),
            Static(Content.styled(text, "" if possible else style("dim")), classes="help-text"),
            classes="help-line",
        )
