"""From a search directory to the plan that goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan
    from tui_tuner.engine.loop import SearchLoop


def stored_plan(root: Path, database: Path | None = None) -> SearchPlan:
    """What was begun in a directory, to go on with it.

    Args:
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search, if a script began it, or if the files that it needs are not there.
    """
    from tui_tuner.commands.demo import demo_plan, stored_demo
    from tui_tuner.configs.assemble import stored_search

    demo = stored_demo(root, database)
    return stored_search(root, database) if demo is None else demo_plan(root, demo)


def reopen(root: Path) -> SearchLoop:
    """Go on with the search in a directory.

    Raises:
        TunerError: As `stored_plan`, and if another process runs it.
    """
    return stored_plan(root).open()
