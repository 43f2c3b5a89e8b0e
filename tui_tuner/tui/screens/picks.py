"""A list of which some stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from tui_tuner.tui.look import style
from tui_tuner.tui.screens.form import DIALOG_LINES
from tui_tuner.tui.stacking import close
from tui_tuner.tui.widgets.pages import turn_page
from tui_tuner.tui.widgets.plain import Plain


class PickList(SelectionList[int]):
    """A list in which Enter is for the whole of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.accept", "Accept")]

    def action_page_up(self) -> None:
        turn_page(super().action_page_up)

    def action_page_down(self) -> None:
        turn_page(super().action_page_down)


class Picks(ModalScreen[tuple[int, ...] | None]):
    """Gives back the places of what was picked, at least one, or `None` if the user changed their mind.

    Args:
        title: Plain text.
        items: Clean text.
        picked: The places of those that are picked at first.
        accept: What Enter does, in a word or two.
        counted: What those that are picked do, for `3 of 4 remain`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "Cancel")]

    def __init__(
        self, title: str, items: Sequence[str], picked: Collection[int], *, accept: str, counted: str = "remain"
    ) -> None:
        super().__init__()
        self._title_text = title
        self._accept = accept
        self._counted = counted
        selections = [Selection(Content(item), place, place in picked) for place, item in enumerate(items)]
        self._list = PickList(*selections, compact=True)
        self._note = Plain("form-note")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog form") as dialog:
            dialog.border_title = Content(self._title_text)
            yield self._list
            yield self._note

    def on_resize(self, event: events.Resize) -> None:
        self._list.styles.max_height = max(1, event.size.height - DIALOG_LINES)

    def on_mount(self) -> None:
        self._say()

    def on_selection_list_selected_changed(self) -> None:
        self._say()

    def _say(self) -> None:
        if not self._list.selected:
            self._note.put(Content.styled("At least one must remain.", style("failed")))
            return
        keys = (("space", "in or out"), ("enter", self._accept), ("esc", "cancel"))
        parts = [part for key, what in keys for part in ((f"   {key}", "$key"), (f" {what}", style("dim")))]
        self._note.put(
            Content.assemble(f"{len(self._list.selected)} of {self._list.option_count} {self._counted}", *parts)
        )

    def action_accept(self) -> None:
        if self._list.selected:
            close(self, tuple(sorted(self._list.selected)))

    def action_dismiss_none(self) -> None:
        close(self)
