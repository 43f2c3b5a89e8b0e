"""Where the panes stand: every pane in sight has its place, whatever a person has made of the layouts."""

from __future__ import annotations

import random

import pytest
from textual.geometry import Size

from tui_tuner.tui.actions import PANES
from tui_tuner.tui.layout import TABS, Arrangement, choose_layout, places

SIZES = [(160, 45), (140, 34), (120, 36), (100, 28), (80, 24), (60, 20), (40, 12), (20, 8)]


def random_arrangement(draw: random.Random, size: tuple[int, int]) -> Arrangement:
    """What somebody makes who presses keys at random."""
    found = Arrangement()
    layout = choose_layout(*size)
    for _ in range(draw.randrange(12)):
        pane = draw.choice(PANES)
        shown = found.apply(layout)
        steps = draw.choice([-3, 1, 2])
        changes = (
            found.hide(pane),
            found.reveal(pane),
            found.maximise(not found.maximised),
            found.widen(shown, pane, steps),
            found.heighten(shown, pane, steps),
        )
        found = draw.choice(changes)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_the_panes_fill_the_screen_without_overlap(size: tuple[int, int]) -> None:
    draw = random.Random(size[0])
    for _ in range(200):
        arrangement = random_arrangement(draw, size)
        layout = arrangement.apply(choose_layout(*size))
        active = draw.choice(layout.tabbed) if layout.tabbed else ""
        found = places(layout, arrangement, active, Size(*size))
        regions = list(found.values())
        assert all(not one.overlaps(other) for index, one in enumerate(regions) for other in regions[index + 1 :])
        assert sum(region.area for region in regions) == size[0] * size[1]
        assert all(region.width > 0 and region.height > 0 for region in regions)
        assert (TABS in found) == bool(layout.tabbed)
        shown = set(found) - {TABS}
        assert shown.isdisjoint(arrangement.hidden)
        assert shown | set(layout.tabbed) == set(PANES) - arrangement.hidden


def test_the_last_pane_cannot_be_hidden() -> None:
    arrangement = Arrangement()
    for pane in PANES[:-1]:
        arrangement = arrangement.hide(pane)
    assert arrangement.hide(PANES[-1]) is arrangement


def test_a_pane_takes_its_width_from_its_neighbour_and_leaves_it_the_least() -> None:
    layout = choose_layout(160, 45)
    arrangement = Arrangement()
    before = places(layout, arrangement, "", Size(160, 40))
    wider = places(layout, arrangement.widen(layout, "leaderboard", 1), "", Size(160, 40))
    assert wider["leaderboard"].width > before["leaderboard"].width
    assert wider["space"] == before["space"]
    for _ in range(100):
        arrangement = arrangement.widen(layout, "log", 1)
    narrow = places(layout, arrangement, "", Size(160, 40))
    assert 0 < narrow["best"].width < before["best"].width
    assert narrow["space"] == before["space"]


def test_a_layout_keeps_its_own_sizes() -> None:
    wide, medium = choose_layout(160, 45), choose_layout(120, 36)
    arrangement = Arrangement().widen(wide, "leaderboard", 3).heighten(wide, "space", 2)
    assert places(medium, arrangement, "space", Size(120, 30)) == places(medium, Arrangement(), "space", Size(120, 30))


def test_what_was_kept_comes_back() -> None:
    wide = choose_layout(160, 45)
    made = Arrangement().hide("log").maximise(True).widen(wide, "curves", 2).heighten(wide, "curves", -2)
    again = Arrangement.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert again.hidden == {"log"}
    assert again.maximised


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"hidden": 3, "maximised": "x", "widths": [], "heights": "high"},
        {"hidden": [*PANES, "no pane", 4]},
        {"widths": {"wide": {"log": 1e9, "best": 10**9, "no": 3}, "medium": 4}, "heights": {"wide": True}},
        {"widths": {"wide": {"log": -40, "best": 40}}, "heights": {"wide": -47, "medium": 47}},
    ],
)
def test_what_makes_no_sense_is_left_out(stored: dict[str, object]) -> None:
    arrangement = Arrangement.from_json(stored)
    layout = arrangement.apply(choose_layout(160, 45))
    found = places(layout, arrangement, layout.tabbed[0] if layout.tabbed else "", Size(160, 45))
    assert found
    assert all(region.width > 0 and region.height > 0 for region in found.values())
