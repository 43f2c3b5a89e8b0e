"""What the plots of the analysis share: a caption, a picture, and words in its place where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.scored import ScoredTrials, scored
from tui_tuner.engine.view import SearchView
from tui_tuner.tui.actions.action import PlotSkill
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.painted import shade
from tui_tuner.tui.widgets.plain import Plain


@dataclass(frozen=True)
class Material:
    """What plots are made of.

    Args:
        now: Seconds since the epoch.
        marked: The marked trials with their colours.
        dark: Whether the theme is dark.
        ansi: Whether it takes the terminal's own sixteen colours.
        has_colour: Whether colours are seen.
    """

    view: SearchView
    now: float
    marked: Mapping[str, str] = field(default_factory=dict)
    dark: bool = True
    ansi: bool = False
    has_colour: bool = True

    @cached_property
    def scored(self) -> ScoredTrials:
        """The trials whose scores compare."""
        return scored(self.view)

    def shade(self, goodness: float) -> str:
        """The colour of a score."""
        return shade(goodness, dark=self.dark, ansi=self.ansi)


class AnalysisPlot(Vertical):
    """One plot. A subclass says what it is called, what is drawn, and what the arrows do."""

    DEFAULT_CSS = """
    AnalysisPlot { height: 1fr; padding: 0 1; }
    AnalysisPlot > .plot-caption { height: auto; width: 100%; margin: 0 0 1 0; }
    AnalysisPlot > .plot-note { height: 1fr; width: 100%; }
    AnalysisPlot > #plot, AnalysisPlot > #painted { height: 1fr; width: 100%; }
    """

    label: ClassVar[str]
    """For its tab."""
    arrows: ClassVar[str] = ""
    """What the arrow keys do, in a few words; empty if they do nothing."""
    can: ClassVar[frozenset[PlotSkill]] = frozenset()
    """What the keys do here besides."""
    follows_time: ClassVar[bool] = False
    """Whether it changes though no trial has ended."""

    def __init__(self, plot_id: str, picture: Widget) -> None:
        super().__init__(id=plot_id)
        self.picture = picture
        self._caption = Plain()
        self._caption.add_class("plot-caption")
        self._note = Plain()
        self._note.add_class("plot-note")
        self.material: Material | None = None

    def compose(self) -> ComposeResult:
        yield self._caption
        yield self._note
        yield self.picture

    def show(self, material: Material) -> None:
        """Draw what is new."""
        self.material = material
        self.redraw()

    def redraw(self) -> None:
        """Draw again, after something was chosen."""
        if self.material is None:
            return
        note = self.draw(self.material)
        self._note.display = bool(note)
        self._note.put(Content.styled(note, style("dim")))
        self._caption.display = self.picture.display = not note

    def draw(self, material: Material) -> str:
        """Draw into the picture and the caption; returns what to say if there is nothing to draw."""
        raise NotImplementedError

    def move(self, across: int, upwards: int) -> None:
        """The arrow keys."""

    def toggle(self) -> None:
        """The space key."""

    def clear(self) -> bool:
        """Take back what was chosen here; whether there was anything."""
        return False

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of the trials that it is about now: those to mark."""
        return ()

    def caption(self, *parts: str | Content | tuple[str, str]) -> None:
        """Put the caption: parts with a gap between them."""
        content = Content("")
        for part in parts:
            if part:
                gap = "   " if content.plain else ""
                content = Content.assemble(content, gap, part)
        self._caption.put(content)

    @property
    def text(self) -> str:
        """The caption, or what stands in place of the picture."""
        return self._note.shown.plain if self._note.display else self._caption.shown.plain

    @property
    def parts(self) -> tuple[Widget, ...]:
        """What it consists of, from above to below."""
        return self._caption, self._note, self.picture


def too_few(material: Material) -> str:
    """Why nothing is drawn that needs completed trials; empty if there are any."""
    if material.scored.trials:
        return ""
    count = len(material.view.trials)
    return "No trial has completed yet." if count else "No trial yet."


def counted(material: Material) -> str:
    """`34 completed trials`."""
    return format_count(len(material.scored.trials), "completed trial")


def ramp(material: Material, symbol: str) -> Content | str:
    """`•••••• from worst to best`; nothing where colours are not seen."""
    if not material.has_colour:
        return ""
    shades = ((symbol, material.shade(step / 5)) for step in range(6))
    return Content.assemble(*shades, (" from worst to best", style("dim")))
