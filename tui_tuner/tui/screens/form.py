"""A form: a few texts to fill in, checked as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_tuner.analysis.text import truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.stacking import close
from tui_tuner.tui.widgets.line_input import LineInput
from tui_tuner.tui.widgets.plain import Plain

_LABEL_WIDTH = 24

DIALOG_LINES = 7
"""What a dialog needs around its list: frame, padding, and the note below it, which may be folded."""


class Kind(StrEnum):
    """What a remark says about a field."""

    FINE = "fine"
    WRONG = "wrong"
    UNUSED = "unused"
    """It plays no part beside what the other fields say."""


@dataclass(frozen=True)
class Remark:
    """What is said beside a field, as clean text.

    Args:
        hint: Short: what is possible.
        problem: What is wrong, in a sentence; told while the field has the focus.
    """

    hint: str
    kind: Kind = Kind.FINE
    problem: str = ""


@dataclass(frozen=True)
class Field:
    """One text.

    Args:
        id: Its name in the result.
        label: Clean text.
        text: What it holds at first.
        neighbour: The text that up (1) and down (-1) make of another one.
    """

    id: str
    label: str
    text: str = ""
    neighbour: Callable[[str, int], str] | None = None


Texts = Mapping[str, str]
Check = Callable[[Texts], Mapping[str, Remark]]
"""Says something about each field, by id, given all texts."""


class Form(ModalScreen[Texts | None]):
    """Gives back the texts by field id, or `None` if the user changed their mind. Nothing wrong is given back.

    Args:
        title: Plain text.
        fields: In their order; the first has the focus.
        check: Called whenever a text changes.
        accept: What Enter does, in a word or two.
        about: A line above the fields; plain text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "Cancel")]

    def __init__(self, title: str, fields: Sequence[Field], check: Check, *, accept: str, about: str = "") -> None:
        super().__init__()
        self._title_text = title
        self._fields = {field.id: field for field in fields}
        self._check = check
        self._accept = accept
        self._about = about
        self._remarks: Mapping[str, Remark] = {}
        width = min(_LABEL_WIDTH, max((cell_len(field.label) for field in fields), default=0))
        self._rows = {field.id: FieldRow(field, width) for field in fields}
        self._note = Plain("form-note")
        self._scroll = VerticalScroll(*self._rows.values(), can_focus=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog form") as dialog:
            dialog.border_title = Content(self._title_text)
            if self._about:
                about = Plain("form-about")
                about.put(Content.styled(self._about, style("dim")))
                yield about
            yield self._scroll
            yield self._note

    def on_mount(self) -> None:
        self._look()
        self.set_focus(next(iter(self._rows.values())).input)  # now: what is typed next belongs there

    def on_resize(self, event: events.Resize) -> None:
        around = DIALOG_LINES + (2 if self._about else 0)
        self._scroll.styles.max_height = max(1, event.size.height - around)

    @property
    def texts(self) -> Texts:
        """What the fields hold now, by id."""
        return {name: row.input.value for name, row in self._rows.items()}

    def on_input_changed(self, message: Input.Changed) -> None:
        self._look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._say()

    def _look(self) -> None:
        self._remarks = self._check(self.texts)
        for name, row in self._rows.items():
            row.show(self._remarks[name])
        self._say()

    def _say(self) -> None:
        name = next((name for name, row in self._rows.items() if row.input is self.focused), None)
        remark = self._remarks.get(name or "")
        if remark is not None and remark.problem:
            self._note.put(Content.styled(remark.problem, style("failed")))
            return
        keys = [("enter", self._accept), ("esc", "cancel"), ("tab", "next")]
        if name is not None and self._fields[name].neighbour is not None:
            keys.append(("↑ ↓", "other value"))
        parts = [part for key, what in keys for part in ((key, "$key"), (f" {what}   ", style("dim")))]
        self._note.put(Content.assemble(*parts))

    def on_input_submitted(self) -> None:
        # Enter comes through the field, so that what was typed before it counts.
        self._look()
        for name, row in self._rows.items():
            if self._remarks[name].kind is Kind.WRONG:
                row.input.focus()
                return
        close(self, self.texts)

    def action_dismiss_none(self) -> None:
        close(self)


class FieldRow(Horizontal):
    """A label, the text, and what is said about it."""

    def __init__(self, field: Field, label_width: int) -> None:
        super().__init__(classes="field")
        self._field = field
        self._label_width = label_width
        self._label = Plain()
        self._hint = Plain()
        self.input = FieldInput(field)

    def compose(self) -> ComposeResult:
        self._label.styles.width = self._label_width + 2
        yield self._label
        yield self.input
        yield self._hint

    def show(self, remark: Remark) -> None:
        """Draw what is said about the text."""
        unused, wrong = remark.kind is Kind.UNUSED, remark.kind is Kind.WRONG
        label = truncate(self._field.label, self._label_width)
        self._label.put(Content.styled(label, style("dim") if unused else "bold" if wrong else ""))
        self._hint.put(Content.styled(remark.hint, style("failed") if wrong else style("dim")))
        self.input.set_class(wrong, "-wrong")
        self.input.set_class(unused, "-unused")


class FieldInput(LineInput):
    """A line of text in which up and down go to the neighbouring values, where there are any."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "neighbour(1)", show=False),
        Binding("down", "neighbour(-1)", show=False),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field.text)
        self._field = field

    def action_neighbour(self, up: int) -> None:
        if self._field.neighbour is not None:
            self.value = self._field.neighbour(self.value, up)
            self.action_end()
