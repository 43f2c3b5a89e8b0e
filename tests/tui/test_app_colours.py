"""Themes for every terminal and every eye, no colour, and no characters but ASCII."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.style import Style
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, running
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.themes import (
    ANSI,
    ANSI_LIGHT,
    COLOUR_BLIND_DARK,
    COLOUR_BLIND_LIGHT,
    DARK,
    LIGHT,
    contrast,
    variables_of,
)
from tui_tuner.tui.trial_colours import COLOURS
from tui_tuner.tui.widgets.painted import shade


def source() -> FakeSource:
    trials = [make_trial(number) for number in range(12)]
    trials += [make_trial(12, TrialState.RUNNING, done=4), make_trial(13, TrialState.FAILED)]
    return FakeSource(make_view(trials, name="[red]Ümläut 日本"))


def styles(app: App) -> list[Style]:
    """The styles of all that is on the screen."""
    strips = app.app.screen._compositor.render_strips()
    return [segment.style for strip in strips for segment in strip if segment.style is not None]


TABLES: Mapping[str, Mapping[str, str]] = {
    "dark": DARK,
    "light": LIGHT,
    "colour-blind dark": COLOUR_BLIND_DARK,
    "colour-blind light": COLOUR_BLIND_LIGHT,
    "ANSI": ANSI,
    "ANSI light": ANSI_LIGHT,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_theme_has_every_colour(name: str) -> None:
    assert set(TABLES[name]) == set(DARK)
    assert set(COLOURS) <= set(TABLES[name])
    trials = [TABLES[name][colour] for colour in COLOURS]
    assert len(set(trials)) == len(trials)


# Of Machado, Oliveira and Fernandes (2009), for eyes without one of the three kinds of cones.
BLINDNESS = {
    "none": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
APART = 12.0
"""CIE76 distance in Lab that is seen at a glance in text; 2.3 is just noticeable."""


def seen(colour: str, blindness: str) -> tuple[float, float, float]:
    """The colour in Lab as such an eye sees it."""
    parsed = Color.parse(colour)
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in (parsed.r, parsed.g, parsed.b))
    ]
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in BLINDNESS[blindness]
    )
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("name", ["colour-blind dark", "colour-blind light"])
def test_colours_differ_for_every_eye(name: str, blindness: str) -> None:
    states = [f"status-{state}" for state in ("running", "completed", "failed", "warning", "best")]
    for group in (states, ["curve-train", "curve-validation"], list(COLOURS)):
        for one, other in itertools.combinations(group, 2):
            distance = math.dist(seen(TABLES[name][one], blindness), seen(TABLES[name][other], blindness))
            assert distance > APART, (one, other, distance)


@pytest.mark.parametrize("name", [name for name, theme in BUILTIN_THEMES.items() if not theme.ansi])
def test_in_every_theme_words_borders_and_the_selected_row_can_be_seen(name: str) -> None:
    theme = BUILTIN_THEMES[name]
    generated, colours = theme.to_color_system().generate(), variables_of(theme)
    background, surface = (Color.parse(generated[ground]) for ground in ("background", "surface"))
    cursor, focused = (Color.parse(colours[row]) for row in ("cursor", "cursor-focused"))
    assert contrast(cursor, background) > 1.15
    assert contrast(focused, background) > 1.25
    for variable in set(colours) - {"cursor", "cursor-focused"}:
        colour = Color.parse(colours[variable])
        grounds = [background, surface]
        least = 1.35 if variable == "status-track" else 2.95
        if variable == "key":
            least = 3.45
        if variable.startswith("status-") and variable != "status-track":
            grounds, least = [*grounds, cursor, focused], 3.45
        for ground in grounds:
            assert contrast(colour, ground) > least, (variable, colour.hex, ground.hex)


@pytest.mark.parametrize(
    "theme",
    ["textual-dark", "textual-light", "colour-blind-dark", "colour-blind-light", "ansi-dark", "ansi-light", "nord"],
)
async def test_the_app_draws_in_every_theme_and_remembers_it(theme: str, tmp_path: Path) -> None:
    async with running(source()) as app:
        app.app.theme = theme
        await app.press("down", "3")
        await app.pilot.pause()
        assert "1 Leaderboard" in app.text
        if theme.startswith("ansi"):
            kinds = {style.color.type for style in styles(app) if style.color is not None}
            assert ColorType.STANDARD in kinds
    async with running(source()) as app:
        assert app.app.theme == theme


async def test_on_a_dark_terminal_of_16_colours_nothing_is_written_in_its_dark_blue() -> None:
    async with running(source()) as app:
        app.app.theme = "ansi-dark"
        await app.press("down", "3", "1")
        await app.pilot.pause()
        numbers = {style.color.number for style in styles(app) if style.color is not None}
        assert 12 in numbers  # keys, and the border of the pane with the focus
        assert 4 not in numbers


@pytest.mark.parametrize(("theme", "marked"), [("ansi-dark", {12, 3}), ("ansi-light", {12, 3})])
async def test_curves_have_the_colours_of_the_terminal_that_their_legend_has(theme: str, marked: set[int]) -> None:
    async with running(source()) as app:
        app.app.theme = theme
        await app.press("home", "t", "down", "t", "down", "down")
        await app.pilot.pause()
        plot = app.pane("curves").query_one("#plot")
        strips = [plot.render_line(line) for line in range(plot.size.height)]
        drawn = [segment for strip in strips for segment in strip if segment.text.strip() and segment.style is not None]
        colours = [segment.style.color for segment in drawn if segment.style is not None and segment.style.color]
        assert {colour.type for colour in colours} <= {ColorType.STANDARD, ColorType.DEFAULT}
        assert marked <= {colour.number for colour in colours}


async def test_shift_t_offers_the_themes() -> None:
    async with running(source()) as app:
        await app.press("T")
        await app.pilot.pause()
        assert app.has_dialog
        await app.press(*"colour-blind-light")
        await app.until(lambda: "colour-blind-dark" not in app.text and app.text.count("colour-blind-light") == 2)
        await app.press("down", "enter")
        await app.until(lambda: app.app.theme == "colour-blind-light")


@pytest.mark.parametrize("content", ["", "[]", '{"theme": 4}', '{"theme": "no such"}', "\x00"])
async def test_a_damaged_choice_is_none(content: str, tmp_path: Path) -> None:
    file = tmp_path / "state" / "tui-tuner" / "preferences.json"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    async with running(source()) as app:
        assert app.app.theme == "textual-dark"
        app.app.theme = "textual-light"
        await app.pilot.pause()
        assert json.loads(file.read_text())["theme"] == "textual-light"


async def test_without_colour_there_is_none_and_the_cursor_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(source()) as app:
        await app.press("down", "down")
        await app.pilot.pause()
        assert "●" in app.text
        for style in styles(app):
            assert style.color is None or style.color.is_default
            assert style.bgcolor is None or style.bgcolor.is_default
        assert app.screen.state is not None
        assert app.screen.state.shown is not None
        strips = app.app.screen._compositor.render_strips()
        reversed_text = [
            segment.text for strip in strips for segment in strip if segment.style is not None and segment.style.reverse
        ]
        assert app.screen.state.shown.trial_id in "".join(reversed_text)


async def test_without_colour_one_sees_which_tab_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(source(), size=(80, 24)) as app:
        await app.press("4", "tab")
        await app.pilot.pause()
        strips = app.app.screen._compositor.render_strips()
        seen = [segment.text for strip in strips for segment in strip if segment.style and segment.style.reverse]
        assert [text for text in seen if "Best model" in text or "Log" in text or "Curves" in text] == [" 5 Log "]


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_in_ascii_the_screen_is_the_same_in_other_characters(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(source(), size=size) as app:
        await app.press("2")
        await app.pilot.pause()
        before = app.text
    monkeypatch.setenv("TUI_TUNER_ASCII", "1")
    async with running(source(), size=size) as app:
        await app.press("2")
        await app.pilot.pause()
        now = app.text
        assert now.isascii()
        assert [len(line) for line in now.splitlines()] == [size[0]] * size[1]
        assert "+- 1 Leaderboard" in now
        assert "[red]Umlaut ????" in now
        assert len(now.splitlines()) == len(before.splitlines())
        await app.press("ctrl+p")
        await app.until(lambda: app.has_dialog)
        await app.pilot.pause()
        assert app.text.isascii()


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("ansi", [True, False])
def test_the_scale_of_the_plots_gets_ever_lighter_or_ever_darker(dark: bool, ansi: bool) -> None:
    lightness = [luminance(shade(step / 40, dark=dark, ansi=ansi)) for step in range(41)]
    assert lightness == sorted(lightness, reverse=not dark)
    assert lightness[0] != lightness[-1]


def luminance(colour: str) -> float:
    """Relative luminance, of the sixteen colours as xterm has them."""
    red, green, blue = (
        (part / 255 / 12.92) if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in (XTERM[colour] if colour in XTERM else Color.parse(colour).rgb)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


XTERM = {
    "ansi_black": (0, 0, 0),
    "ansi_blue": (0, 0, 238),
    "ansi_cyan": (0, 205, 205),
    "ansi_bright_blue": (92, 92, 255),
    "ansi_bright_green": (0, 255, 0),
    "ansi_bright_yellow": (255, 255, 0),
}


async def test_the_map_of_a_terminal_of_sixteen_colours_is_in_its_own() -> None:
    async with running(source()) as app:
        app.app.theme = "ansi-dark"
        await app.press("a", "4")
        await app.until(lambda: "worst" in app.text)
        assert not [each for each in styles(app) if each.color is not None and each.color.type is ColorType.TRUECOLOR]
