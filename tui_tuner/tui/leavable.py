"""What every app here has in common: its colours, a terminal that may go away, and an orderly way out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._time import get_time
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.theme import ThemeProvider

from tui_tuner.analysis.text import clean
from tui_tuner.headless.ascii_text import wants_ascii
from tui_tuner.system.collector import release_collector
from tui_tuner.tui.ascii_only import AsciiOnly
from tui_tuner.tui.driver import PatientDriver, detach_from_terminal, driver_class
from tui_tuner.tui.keymap import Keymap, keymap_file, load_keymap
from tui_tuner.tui.keys_first import KeysFirst
from tui_tuner.tui.pace import Pace
from tui_tuner.tui.preferences import Preferences
from tui_tuner.tui.signals import Signals
from tui_tuner.tui.stacking import Palette
from tui_tuner.tui.state import Leave
from tui_tuner.tui.themes import FOR_16_COLOURS, THEMES, variables_of
from tui_tuner.tui.type_ahead import TypeAhead

_STARTED_AFTER_S = 1.0
"""By then the screen is drawn, and what draws curves is loaded."""

_LOOK_AFTER_TERMINAL_S = 2.0


class LeavableApp(App[Leave]):
    """An app that can be left in every way; `run()` returns why, or `None` if the app itself failed."""

    TITLE = "tui-tuner"

    def __init__(self) -> None:
        super().__init__()
        self.keymap = load_keymap(keymap_file())
        self._signals = Signals(
            self._do_not_wait_for_terminal,
            {signal.SIGHUP: self._hang_up, signal.SIGTERM: lambda: self.leave(Leave.TERMINATED)},
        )
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._focus_known = False
        self._keys_first = KeysFirst(self.worker_pids)
        self._last_key = float("-inf")
        self.type_ahead = TypeAhead(self)
        for theme in THEMES:
            self.register_theme(theme)
        self._pace = Pace()
        self._preferences = Preferences()
        self._theme_by_itself = ""
        chosen = self._preferences.theme
        if chosen in self.available_themes:
            self.theme = chosen
        self._more_filters: list[LineFilter] = [AsciiOnly()] if wants_ascii() else []

    def let_go(self) -> None:
        """Release what runs in threads of the app; called on every way out, maybe more than once."""

    def worker_pids(self) -> Iterable[int]:
        """The processes that train for what is shown."""
        return ()

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent | events.Paste) and (self._exit or not self.is_running):
            return  # the screens are being taken away
        if isinstance(event, events.InputEvent):
            self._last_key = time.monotonic()
            self._keys_first.pressed()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self.type_ahead.is_next(event):
            if not self.type_ahead.is_left_over(event):
                await super().on_event(event)
            self.type_ahead.handled(event)

    def pop_screen(self) -> AwaitComplete:
        popped = super().pop_screen()
        self.type_ahead.closed()
        return popped

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        since, is_drawn = get_time(), renderable is not None and not self._batch_count
        super()._display(screen, renderable)
        if is_drawn:
            self.type_ahead.shown(since)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(variables_of(self.current_theme))

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        if self.no_color:  # what Textual would turn into greys has no colour at all
            filters = [*(each for each in filters if not isinstance(each, Monochrome | NoColor)), NoColor()]
        return [*filters, *self._more_filters]

    def watch_theme(self, before: str, theme: str) -> None:
        """What the person has chosen is kept."""
        if self.is_running and theme not in (before, self._theme_by_itself):
            self._preferences.choose_theme(theme)

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    def on_mount(self) -> None:
        self._event_loop = asyncio.get_running_loop()
        self._signals.install(self._event_loop)
        self.type_ahead.closed()  # what was typed before the first frame was typed for something else
        if not self.is_headless and self.console.color_system == "standard" and self._preferences.theme is None:
            self._theme_by_itself = self.theme = FOR_16_COLOURS
        self.set_timer(_STARTED_AFTER_S, release_collector)
        if isinstance(self._driver, PatientDriver) and not self._driver.is_hung_up:
            self.set_interval(_LOOK_AFTER_TERMINAL_S, self._look_after_terminal)
        self.set_keymap(self.keymap.for_textual)
        if self.keymap.problems:
            title = clean(str(keymap_file()))
            self.notify("\n".join(self.keymap.problems), title=title, severity="warning", timeout=20, markup=False)

    def forget_preferences(self) -> None:
        """What the person chooses from now on holds as long as this app."""
        self._preferences.keeps = False

    def tell_terminal(self, text: str) -> None:
        """Write something to the terminal that moves nothing on the screen: a title, a notification, the bell."""
        if isinstance(self._driver, PatientDriver) and not self._exit:
            self._driver.write(text)

    def is_looked_at(self) -> bool:
        """Whether the terminal has said that it has the focus; many never say anything."""
        return self._focus_known and self.app_focus

    def on_app_focus(self) -> None:
        self._focus_known = True

    def on_app_blur(self) -> None:
        self._focus_known = True

    def is_time_to_draw(self) -> bool:
        """Whether the screen may be brought up to date by itself: the terminal keeps up with it."""
        terminal = self._driver.output if isinstance(self._driver, PatientDriver) else None
        return self._pace.is_due(time.monotonic(), terminal, self.since_key_s)

    @property
    def since_key_s(self) -> float:
        """Seconds since the person has pressed a key, or done something with the mouse; infinite if never."""
        return time.monotonic() - self._last_key

    def leave(self, reason: Leave) -> None:
        """Let go of what runs here and end the app."""
        self.let_go()
        self._do_not_wait_for_terminal()
        if not self._exit:
            self.exit(reason)

    def on_unmount(self) -> None:
        # Also where the app ends by an error of its own: no thread must keep the process.
        self.type_ahead.end()
        self.let_go()
        self._do_not_wait_for_terminal()
        self._keys_first.release()
        self._signals.restore()

    def _do_not_wait_for_terminal(self) -> None:
        """A terminal that takes nothing must not keep the app from leaving. Called in a signal handler too."""
        if isinstance(self._driver, PatientDriver):
            self._driver.output.leaving = True

    def terminal_lost(self) -> None:
        """The terminal can neither be read nor written any more. Called from the driver's threads."""
        loop = self._event_loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._hang_up)

    def _look_after_terminal(self) -> None:
        """Nobody tells of every hangup: the signal goes to the session's leader, and an idle app writes nothing."""
        if isinstance(self._driver, PatientDriver) and self._driver.is_hung_up and not self._exit:
            self._hang_up()

    def _hang_up(self) -> None:
        # One hangup is enough; a second one must not end the search that goes on without a terminal.
        self._signals.ignore(signal.SIGHUP)
        if isinstance(self._driver, PatientDriver):
            self._driver.output.abandon()
        detach_from_terminal()
        self.leave(Leave.HANGUP)


def since_key_s(app: App[Any]) -> float:
    """Seconds since the person has done something; infinite if that is not known."""
    return app.since_key_s if isinstance(app, LeavableApp) else float("inf")


def keymap_of(app: App[Any]) -> Keymap:
    """The keys that the person has chosen."""
    return app.keymap if isinstance(app, LeavableApp) else Keymap()
