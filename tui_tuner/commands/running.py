"""Runs a planned search: in the app, or as lines where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import typer

from tui_tuner.commands.sitting import Sitting, sit

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan


def run_plan(
    plan: Callable[[], SearchPlan], *, headless: bool, as_json: bool, mouse: bool, label: str = "", quiet: bool = False
) -> NoReturn:
    """Run the search to its end, or until the person leaves it.

    Args:
        plan: Says what to run; called once, in this process or in the one that keeps the shell's place.
        label: What the app's header says of the search.
        quiet: Send no notifications to the terminal.

    Raises:
        typer.Exit: Always, with the exit code.
        TunerError: As `plan`.
    """
    if headless or as_json or not sys.stdout.isatty():
        from tui_tuner.headless.session import run_headless
        from tui_tuner.system import recent

        planned = plan()
        recent.remember(planned.spec.directory.root)
        raise typer.Exit(run_headless(planned.open, planned.spec.directory.root, as_json=as_json))
    from tui_tuner.system.foreground import keep_foreground

    foreground = keep_foreground(meanwhile=lambda: Sitting(plan(), mouse, label, quiet))
    raise typer.Exit(sit(foreground.gift(), foreground))
