"""What an action is, and what decides whether it is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from tui_tuner.engine.view import SearchState

PlotSkill = Literal["move", "brush", "mark"]
"""What a plot of the analysis can do: go on by the arrows, take trials into a brush, choose trials to mark."""


@dataclass(frozen=True)
class Situation:
    """What decides which actions are possible.

    Args:
        state: The search's state as it is shown.
        driving: Whether this process runs the search loop.
        trial_running: Whether the shown trial runs and has not been told to end.
        attached: Whether another process runs the search.
        space_known: Whether there is a hyperparameter to set.
        any_completed: Whether a trial has completed.
        away: Whether the panel "while you were away" is shown.
        script: What is shown of a script that makes its own searches: one of its searches, or its output; empty if the
            search is no script's.
        listed: What the cursor of the list of searches is on; empty elsewhere.
        marked: How many searches are marked there.
        curves: Whether there are curves in sight.
        plot_can: What the plot of the analysis that is in sight can do; empty elsewhere.
    """

    state: SearchState = SearchState.STARTING
    read_only: bool = False
    driving: bool = False
    stopping_now: bool = False
    trial_running: bool = False
    following: bool = True
    attached: bool = False
    space_known: bool = False
    any_completed: bool = False
    away: bool = False
    script: Literal["", "search", "output"] = ""
    listed: Literal["", "search", "new"] = ""
    marked: int = 0
    curves: bool = True
    plot_can: frozenset[PlotSkill] = frozenset()


Availability = bool | None
"""`True`: possible; `None`: greyed, not possible now; `False`: hidden, makes no sense now. Textual's convention."""


def always(_: Situation) -> Availability:
    """For what is always possible, and for what only the pane it belongs to can tell (Textual's `check_action`)."""
    return True


@dataclass(frozen=True)
class Action:
    """One thing that a person can do.

    Args:
        id: Name of the action and id of its binding, for rebinding; unique over all scopes. `action_<id>` of the screen
            or the pane that it is bound on does it, unless `command` names another.
        keys: Textual's key names, separated by commas.
        label: For the footer: a word or two.
        help: One sentence for the help and the palette.
        group: Heading in the help.
        available: Whether it is possible in a situation of the search.
        footer: Whether it is shown in the footer.
        stays: Whether it is shown there also where there is no room for all.
    """

    id: str
    keys: str
    label: str
    help: str
    group: str
    available: Callable[[Situation], Availability] = always
    footer: bool = True
    key_display: str | None = None
    command: str = ""
    stays: bool = False

    def binding(self) -> Binding:
        """The key binding of this action."""
        return Binding(
            self.keys,
            self.command or self.id,
            self.label,
            show=self.footer,
            key_display=self.key_display,
            tooltip=self.help,
            id=self.id,
        )

    @property
    def shown_keys(self) -> str:
        """The keys as people read them."""
        names = {"question_mark": "?", "escape": "esc", "left_square_bracket": "[", "right_square_bracket": "]"}
        return self.key_display or ", ".join(names.get(key, key) for key in self.keys.split(","))
