"""A question with a few answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_tuner.tui.look import style
from tui_tuner.tui.stacking import close, vanish
from tui_tuner.tui.widgets.pages import PagedOptions

_LOOK_EVERY_S = 0.25
_WIDTH = 72
"""Of the dialog where there is room for it."""
_AROUND = 8
"""Cells beside its text: borders and padding."""
_INDENT = 3


@dataclass(frozen=True)
class Answer:
    """One answer: its key gives it at once."""

    id: str
    key: str
    label: str
    detail: str = ""


class Question(ModalScreen[str | None]):
    """Asks, and gives back the id of the answer, or `None` if the user changed their mind.

    Args:
        title: The question; plain text.
        answers: The first one is chosen by Enter unless the user moves.
        stands: Whether there is still something to ask. A question that no longer stands goes away, as if the user
            had changed their mind.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "Cancel")]

    def __init__(self, title: str, answers: tuple[Answer, ...], stands: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self._stands = stands
        self._title_text = title
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title_text)
            yield PagedOptions(
                *(Option(_prompt(answer, _WIDTH), id=answer.id) for answer in self._answers), markup=False
            )
            yield Static(Content.styled("esc  stay here", style("dim")), classes="dialog-hint")

    def on_resize(self, event: events.Resize) -> None:
        answers = self.query_one(OptionList)
        for index, answer in enumerate(self._answers):
            answers.replace_option_prompt_at_index(index, _prompt(answer, min(_WIDTH, event.size.width)))

    def on_mount(self) -> None:
        self.set_interval(_LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        if not self._stands():
            vanish(self)

    def on_key(self, event: events.Key) -> None:
        for answer in self._answers:
            if event.key == answer.key:
                event.stop()
                close(self, answer.id)
                return

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        close(self, event.option.id)

    def action_dismiss_none(self) -> None:
        close(self)


def _prompt(answer: Answer, width: int) -> Content:
    """The key with the label, and below it the detail, folded under the label.

    Args:
        width: Of the dialog.
    """
    details = (
        Content.styled(answer.detail, style("dim")).wrap(max(1, width - _AROUND - _INDENT)) if answer.detail else []
    )
    label = Content.assemble((f"{answer.key}  ", "bold $key"), (answer.label, "bold"))
    return Content("\n").join([label, *(Content(" " * _INDENT).append(line) for line in details)])
