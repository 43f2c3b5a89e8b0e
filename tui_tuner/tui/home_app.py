"""The application without a search: which ones there are, and what can be started."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual._path import CSSPathType
from textual.app import SystemCommand
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from tui_tuner.engine.brief import BriefReader, SearchBrief
from tui_tuner.engine.deletion import delete_search
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.finding import find_searches
from tui_tuner.headless.offers import Offer, offers
from tui_tuner.system import recent
from tui_tuner.tui.actions import SCOPES, availability
from tui_tuner.tui.leavable import LeavableApp
from tui_tuner.tui.screens.home import HomeChoice, HomeScreen
from tui_tuner.tui.state import Leave

_LOOK_AGAIN_S = 3.0
_FIND_AGAIN_S = 30.0


class HomeApp(LeavableApp):
    """Shows the searches below a folder and those that were opened before. `choice` is what was chosen in the end.

    Args:
        here: The folder.
        notice: Something that went wrong before, to be told at once.
        clock: Seconds since the epoch.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = ["styles/search.tcss", "styles/dialogs.tcss", "styles/home.tcss"]

    @dataclass
    class Found(Message):
        """What was read in the background."""

        briefs: list[SearchBrief]
        offers: list[Offer]

    def __init__(self, here: Path, *, notice: str = "", clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._here = here
        self._notice = notice
        self._clock = clock
        self._reader = BriefReader()
        self._roots: list[Path] | None = None
        self._scanned = 0.0
        self._looking: Worker[None] | None = None
        self.choice: HomeChoice | None = None
        self.home = HomeScreen(here, choose=self._chosen, delete=self._delete, leave=lambda: self.leave(Leave.FINISHED))

    def get_default_screen(self) -> Screen[None]:
        return self.home

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for action in SCOPES["home"]:
            if availability(action.id, self.home.situation):
                yield SystemCommand(
                    action.help.rstrip("."),
                    f"key {self.keymap.shown(action)}",
                    lambda run=action.id: self.home.run_action(run),
                )
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self._notice:
            self.notify(self._notice, severity="error", timeout=15, markup=False)
        self._look()
        self.set_interval(_LOOK_AGAIN_S, self._look)

    def _look(self) -> None:
        """Read again in the background; a slow disk is not asked twice at once."""
        if self._looking is None or self._looking.is_finished:
            self._looking = self.run_worker(self._read, thread=True, exit_on_error=False)

    def _read(self) -> None:
        worker = get_current_worker()
        now = self._clock()
        if self._roots is None or not 0 <= now - self._scanned < _FIND_AGAIN_S:
            below = find_searches(self._here, cancelled=lambda: worker.is_cancelled)
            self._scanned = now
            self._roots = list(dict.fromkeys([*recent.remembered(), *below]))
        briefs = []
        for root in self._roots:
            brief = self._reader.read(root)
            if brief is not None:
                briefs.append(brief)
            if worker.is_cancelled:
                return
        briefs.sort(key=lambda brief: (not brief.state.is_live or bool(brief.problem), -(brief.changed or 0.0)))
        self.post_message(self.Found(briefs, [] if self.home.new.keys else offers(self._here)))

    def on_home_app_found(self, message: Found) -> None:
        if message.offers:
            self.home.show_offers(message.offers)
        self.home.show_searches(message.briefs, self._clock())

    def _delete(self, root: Path) -> tuple[str, ...]:
        left = delete_search(SearchDirectory(root))
        recent.forget(root)
        return left

    def _chosen(self, choice: HomeChoice) -> None:
        self.choice = choice
        self.leave(Leave.FINISHED)

    async def action_quit(self) -> None:
        self.leave(Leave.FINISHED)
