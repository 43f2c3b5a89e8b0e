"""`tui-tuner` alone: the searches that there are, and what can be started; one after another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui_tuner.commands.demo import LABEL, DemoSettings, demo_plan, temporary_root
from tui_tuner.commands.plans import reopen, stored_plan
from tui_tuner.commands.replay import show_replay
from tui_tuner.commands.watching import watch
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan
    from tui_tuner.system.foreground import Foreground
    from tui_tuner.tui.screens.home import HomeChoice
    from tui_tuner.tui.state import Leave

_EXIT_SIGNALLED = {"hangup": 129, "terminated": 143}


def home(*, mouse: bool = True) -> int:
    """Show the list, and after each search that is left the list again; returns the exit code."""
    from tui_tuner.system.foreground import keep_foreground

    foreground = keep_foreground()
    from tui_tuner.tui.home_app import HomeApp
    from tui_tuner.tui.state import Leave

    notice = ""
    while True:
        app = HomeApp(Path.cwd(), notice=notice)
        leave = app.run(mouse=mouse)
        notice = ""
        if leave is not Leave.FINISHED or app.choice is None:
            return 1 if leave is None else _EXIT_SIGNALLED.get(leave.value, 0)
        try:
            code, left = _do(app.choice, foreground, mouse=mouse)
        except TunerError as error:
            notice = str(error)
            continue
        if left not in (Leave.FINISHED, Leave.STOPPED):
            return code


def _do(choice: HomeChoice, foreground: Foreground, *, mouse: bool) -> tuple[int, Leave | None]:
    """What the person wants; returns the exit code and why that was left.

    Raises:
        TunerError: If it cannot be done.
    """
    from tui_tuner.tui.screens.home import ChoiceKind
    from tui_tuner.tui.state import Leave

    match choice.kind:
        case ChoiceKind.OPEN | ChoiceKind.WATCH:
            code, left = watch(choice.path, foreground, read_only=choice.kind is ChoiceKind.WATCH, mouse=mouse)
            return code, Leave.FINISHED if left is Leave.HEADLESS else left  # another process runs it
        case ChoiceKind.REPLAY:
            return show_replay(choice.path, mouse=mouse)
        case ChoiceKind.RESUME:
            return _run(stored_plan(choice.path), foreground, mouse=mouse)
        case ChoiceKind.DEMO:
            return _run(demo_plan(temporary_root(), DemoSettings()), foreground, mouse=mouse, label=LABEL)
        case ChoiceKind.RUN:
            from tui_tuner.configs.assemble import plan_search
            from tui_tuner.configs.load import load_config

            return _run(plan_search(load_config(choice.path, [])), foreground, mouse=mouse)


def _run(plan: SearchPlan, foreground: Foreground, *, mouse: bool, label: str = "") -> tuple[int, Leave | None]:
    from tui_tuner.tui.session import AppSession

    root = plan.spec.directory.root
    session = AppSession(root, plan.open(), lambda: reopen(root), foreground, mouse=mouse, label=label)
    return session.run(), session.left
