"""The list of searches, and of what can be started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen

from tui_tuner.analysis.formatting import format_bytes, format_count
from tui_tuner.analysis.text import clean
from tui_tuner.engine.brief import SearchBrief
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError
from tui_tuner.headless.offers import Offer, OfferKind
from tui_tuner.tui.actions import SCOPES, Availability, Situation, availability, bindings
from tui_tuner.tui.look import style
from tui_tuner.tui.screens.compare_searches import CompareSearches
from tui_tuner.tui.screens.help import HelpScreen
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.widgets.key_bar import KeyBar
from tui_tuner.tui.widgets.new_list import NewList
from tui_tuner.tui.widgets.plain import Plain
from tui_tuner.tui.widgets.search_list import SearchList, short_path


class ChoiceKind(StrEnum):
    """What the person wants."""

    OPEN = "open"
    WATCH = "watch"
    RESUME = "resume"
    REPLAY = "replay"
    RUN = "run"
    DEMO = "demo"


@dataclass(frozen=True)
class HomeChoice:
    """What the person wants to do with which directory or config."""

    kind: ChoiceKind
    path: Path


class HomeScreen(Screen[None]):
    """Both lists. It is given what they hold, and hands on what was chosen.

    Args:
        here: The folder that searches are looked for in.
        choose: Called with what the person wants.
        delete: Deletes a search and returns the names of what was left in its directory; may raise `TunerError`.
        leave: Called when the person wants to leave.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("home")
    AUTO_FOCUS = "#searches"

    def __init__(
        self,
        here: Path,
        *,
        choose: Callable[[HomeChoice], None],
        delete: Callable[[Path], tuple[str, ...]],
        leave: Callable[[], None],
    ) -> None:
        super().__init__()
        self._here = here
        self._choose = choose
        self._delete = delete
        self._leave = leave
        self._title = Plain("home-title")
        self.searches = SearchList(here)
        self.new = NewList()
        self._keys = KeyBar(SCOPES["home"])
        self._situation = Situation()
        self._deleted: set[Path] = set()
        self._shown: tuple[Sequence[SearchBrief], float] = ((), 0.0)

    def compose(self) -> ComposeResult:
        yield self._title
        with Vertical(id="home-body"):
            yield self.searches
            yield self.new
        yield self._keys

    def on_mount(self) -> None:
        self.searches.border_title = Content("Searches")
        self.new.border_title = Content("Start a new one")
        self.searches.set_empty_text("looking for searches …")
        self._update()

    def show_searches(self, briefs: Sequence[SearchBrief], now: float) -> None:
        """Draw the searches.

        Args:
            now: Seconds since the epoch.
        """
        self._shown = (briefs, now)
        self._deleted &= {brief.root for brief in briefs}  # what was read before may still hold them
        briefs = [brief for brief in briefs if brief.root not in self._deleted]
        self.searches.set_empty_text("None here yet, and none was opened before: start one below.")
        with self.app.batch_update():
            self.searches.show(briefs, now)
            self._title.put(self._about(briefs))
        self._update()
        if not briefs and self.focused is self.searches:
            self.new.focus()

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Draw what can be started."""
        self.new.show(offers)
        self._update()

    def _about(self, briefs: Sequence[SearchBrief]) -> Content:
        running = sum(brief.state.is_live for brief in briefs if not brief.problem)
        parts: list[str | tuple[str, str]] = [
            ("tui-tuner", "bold $foreground"),
            "   ",
            format_count(len(briefs), "search", "searches"),
        ]
        if running:
            parts += ["   ", (f"● {running} running", f"{style('running')} bold")]
        parts += ["   ", (short_path(self._here, self._here), style("dim"))]
        return Content.assemble(*parts)

    # What is possible

    def on_search_list_moved(self) -> None:
        self._update()

    def on_new_list_moved(self) -> None:
        self._update()

    def on_descendant_focus(self) -> None:
        self._update()

    def _update(self) -> None:
        brief = self.searches.selected
        listed: Literal["", "search", "new"] = ""
        if self.focused is self.new and self.new.selected is not None:
            listed = "new"
        elif self.focused is not self.new and brief is not None:
            listed = "search"
        state = brief.state if brief is not None and not brief.problem else self._situation.state
        situation = Situation(state=state, listed=listed, marked=len(self.searches.marked))
        self._situation = situation
        self._keys.show(situation)

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible now."""
        return self._situation

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return availability(action, self._situation)

    async def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        await self.run_action(message.action.command or message.action.id)

    # What the person asks for

    def _with_selected(self, kind: ChoiceKind) -> None:
        brief = self.searches.selected
        if brief is None:
            return
        if brief.problem:
            self.notify(clean(brief.problem), title="Not readable", severity="error", markup=False)
            return
        self._choose(HomeChoice(kind, brief.root))

    def action_open_search(self) -> None:
        self._with_selected(ChoiceKind.OPEN)

    def action_watch_search(self) -> None:
        self._with_selected(ChoiceKind.WATCH)

    def action_resume_search(self) -> None:
        self._with_selected(ChoiceKind.RESUME)

    def action_replay_search(self) -> None:
        self._with_selected(ChoiceKind.REPLAY)

    def action_start_search(self) -> None:
        offer = self.new.selected
        if offer is not None:
            self._choose(HomeChoice(ChoiceKind.DEMO if offer.kind is OfferKind.DEMO else ChoiceKind.RUN, offer.path))

    def action_mark_search(self) -> None:
        self.searches.toggle_mark()
        self._update()

    def action_compare_searches(self) -> None:
        open_over(self.app, CompareSearches(self.searches.chosen))

    def action_other_list(self) -> None:
        (self.searches if self.focused is self.new else self.new).focus()

    def action_new_search(self) -> None:
        self.new.focus()

    def action_home_help(self) -> None:
        open_over(self.app, HelpScreen(self._situation, SCOPES["home"]))

    def action_leave_home(self) -> None:
        self._leave()

    def action_delete_search(self) -> None:
        brief = self.searches.selected
        if brief is None:
            return
        root = brief.root
        about = [] if brief.problem else [format_count(brief.trials, "trial")]
        if brief.disk_bytes is not None:
            about.append(format_bytes(brief.disk_bytes))
        if SearchDirectory(root).final.exists():
            about.append("its final model")
        answer = Answer(
            "delete",
            "y",
            f"Delete {clean(brief.name) or clean(root.name)}",
            ", ".join([*about, short_path(root, self._here)]) + ". There is no way back.",
        )

        def answered(said: str | None) -> None:
            if said == answer.id:
                self._delete_now(root)

        open_over(self.app, Question("Delete this search?", (_KEEP, answer)), answered)

    def _delete_now(self, root: Path) -> None:
        try:
            left = self._delete(root)
        except TunerError as error:
            self.notify(clean(str(error)), title="Not deleted", severity="error", markup=False)
            return
        self._deleted.add(root)
        self.show_searches(*self._shown)
        if left:
            names = clean(", ".join(left[:5])) + (" …" if len(left) > 5 else "")
            self.notify(
                f"Left in {clean(str(root))}, because no search made it: {names}", title="Deleted", markup=False
            )


_KEEP = Answer("", "n", "Keep it", "Nothing is changed.")
