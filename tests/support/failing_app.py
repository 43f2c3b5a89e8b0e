"""`support.simulated` with an app that fails at the key `l`."""

from __future__ import annotations

from support import simulated

from tui_tuner.tui.screens.search import SearchScreen


def fail(self: SearchScreen) -> None:
    raise ZeroDivisionError("the app fails on purpose")


if __name__ == "__main__":
    SearchScreen.action_log_scale = fail  # type: ignore[method-assign]
    simulated.main()
