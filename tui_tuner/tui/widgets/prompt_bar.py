"""A line to type in, over the last lines of the screen, with what is said about it while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from tui_tuner.analysis.text import clean, truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.type_ahead import type_ahead_of
from tui_tuner.tui.widgets.line_input import LineInput
from tui_tuner.tui.widgets.plain import Plain


@dataclass(frozen=True)
class Said:
    """What is said about the text.

    Args:
        note: What it comes to, in a few clean words.
        problem: What is wrong; then the text is not accepted.
        position: Where, as an offset into the text.
        completions: What may take the place of the word before the cursor.
        begun: How many characters of that word there are.
    """

    note: str = ""
    problem: str = ""
    position: int = 0
    completions: tuple[str, ...] = ()
    begun: int = 0


class PromptBar(Vertical):
    """Enter accepts, escape takes everything back, tab completes; up and down are for what the text finds.

    Args:
        title: Plain text.
        text: What it holds at first.
        look: What is said about a text, given the cursor's offset. Called whenever either changes.
        done: Called once, with the text or with `None` if the user changed their mind; the bar is gone then.
        step: Goes to the next (1) or the one before (-1) of what is found; `None` where nothing is looked for.
    """

    def __init__(
        self,
        title: str,
        text: str,
        look: Callable[[str, int], Said],
        done: Callable[[str | None], None],
        step: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(id="prompt")
        self._title_text = title
        self._look = look
        self._done = done
        self._step = step
        self._said = Said()
        self._ended = False
        self._input = _PromptInput(self, text)
        self._note = Plain("prompt-note")
        self._hints = Plain("prompt-hints")

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._note
        yield self._hints

    def on_mount(self) -> None:
        self.border_title = Content(self._title_text)
        self._input.focus()
        self.look()

    def on_resize(self) -> None:
        self.look()

    @property
    def said(self) -> Said:
        """What is said now."""
        return self._said

    def look(self) -> None:
        """Say what there is to say about the text as it is."""
        self._said = said = self._look(self._input.value, self._input.cursor_position)
        width = self._input.size.width
        if said.problem:
            problem = f"▲ {clean(said.problem)}"
            before = cell_len(self._input.value[: said.position])
            indent = max(0, min(before, width - cell_len(problem)))
            self._note.put(Content.styled(" " * indent + truncate(problem, width), style("failed")))
        else:
            self._note.put(Content.styled(truncate(said.note, width), style("dim")))
        keys = [("enter", "accept"), ("esc", "cancel"), *([("↑ ↓", "go")] if self._step else [])]
        parts = [part for key, what in keys for part in ((key, "$key"), (f" {what}  ", style("dim")))]
        if said.completions:
            room = max(0, width - sum(cell_len(text) for text, _ in parts) - 5)
            first, *others = (clean(word) for word in said.completions)
            rest = truncate("  ".join(("", *others)), max(0, room - cell_len(first)))
            parts = [("tab ", "$key"), (truncate(first, room), ""), (f"{rest}  ", style("dim")), *parts]
        self._hints.put(Content.assemble(*parts))

    def complete(self) -> None:
        """Put the first completion in the place of the word before the cursor."""
        if self._said.completions:
            cursor = self._input.cursor_position
            word = f"{self._said.completions[0]} "
            start = cursor - self._said.begun
            self._input.value = self._input.value[:start] + word + self._input.value[cursor:].lstrip()
            self._input.cursor_position = start + len(word)

    def go(self, by: int) -> None:
        """Go to another of what is found."""
        if self._step is not None:
            self._step(by)
            self.look()

    def end(self, text: str | None) -> None:
        """Close it; what is wrong is not accepted."""
        if text is not None:
            self.look()
            if self._said.problem:
                return
        if self._ended:
            return
        self._ended = True
        if (keys := type_ahead_of(self.app)) is not None:
            keys.closed()
        self.remove()
        self._done(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        message.stop()
        self.look()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.end(message.value)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A click elsewhere: what was typed counts no more than after escape."""
        if self.is_attached and self.screen.is_current:
            self.end(None)


class _PromptInput(LineInput):
    """The line itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("escape", "cancel", show=False),
    ]

    def __init__(self, bar: PromptBar, text: str) -> None:
        super().__init__(text, select_on_focus=False)
        self._bar = bar

    def watch_cursor_position(self) -> None:
        if self.is_mounted:
            self._bar.look()

    def action_complete(self) -> None:
        self._bar.complete()

    def action_step(self, by: int) -> None:
        self._bar.go(by)

    def action_cancel(self) -> None:
        self._bar.end(None)


def prompt(screen: Screen[Any], bar: PromptBar) -> None:
    """Ask by a bar, unless something is asked already."""
    if screen.query(PromptBar):
        return
    if (keys := type_ahead_of(screen.app)) is not None:
        keys.opening(bar)
    screen.mount(bar)
