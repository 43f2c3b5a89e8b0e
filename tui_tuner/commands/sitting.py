"""Opens the app on a search that this process runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_tuner.commands.plans import reopen

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan
    from tui_tuner.system.foreground import Foreground


@dataclass(frozen=True)
class Sitting:
    """What the app shall show, and how.

    Args:
        label: What the app's header says of the search.
        quiet: Send no notifications to the terminal.
    """

    plan: SearchPlan
    mouse: bool
    label: str = ""
    quiet: bool = False


def sit(sitting: Sitting, foreground: Foreground) -> int:
    """Run the search in the app until it is over or the person leaves; returns the exit code.

    Raises:
        TunerError: If another process runs the search, or its directory cannot be used.
    """
    from tui_tuner.tui.session import AppSession
    from tui_tuner.worker.priority import let_workers_stand_back

    let_workers_stand_back()
    root = sitting.plan.spec.directory.root
    session = AppSession(
        root,
        sitting.plan.open(),
        lambda: reopen(root),
        foreground,
        mouse=sitting.mouse,
        label=sitting.label,
        quiet=sitting.quiet,
    )
    return session.run()
